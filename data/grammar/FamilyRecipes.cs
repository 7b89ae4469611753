using Align.Data;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;

namespace Align.ToyWorld;

/// <summary>How ORPO, SimPO and KTO are trained in the toy world, from an SFT model.</summary>
internal static class FamilyRecipes
{
    /// <summary>Steps of every method, DPO beside them included.</summary>
    public const int Steps = 90;

    private const int Judgements = 64;

    /// <summary>ORPO; β is the paper's λ.</summary>
    public static Decoder Orpo(Decoder sft, IEnumerable<PreferencePair> pairs, PromptFormat format, ulong seed, double beta = 1, double rate = 5e-4, int steps = Steps) =>
        Train(sft, model => Methods.Orpo.Objective(model, beta), Methods.Orpo.Batches(Recipes.Tokens(pairs, format, seed, Recipes.PairsABatch * steps), Recipes.PairsABatch, format.Pad), rate, steps);

    /// <summary>SimPO, two answers of a pair in a row.</summary>
    public static Decoder Simpo(Decoder sft, IEnumerable<PreferencePair> pairs, PromptFormat format, ulong seed, double beta = 2, double gamma = 1, double rate = 3e-4, int steps = Steps) =>
        Train(
            sft,
            model => Cpo.SimpoObjective(model, beta, gamma),
            Methods.Dpo.CompactBatches(Recipes.Tokens(pairs, format, seed, Recipes.PairsABatch * steps), Recipes.PairsABatch, format.Pad),
            rate,
            steps);

    /// <summary>KTO over judgements in any numbers, each round of them shuffled anew.</summary>
    public static Decoder Kto(
        Decoder sft, IReadOnlyList<Judgement> judgements, PromptFormat format, ulong seed, double desirableWeight = 1, double beta = 0.2, double rate = 3e-4, int steps = Steps)
    {
        var rng = new Rng(seed).Fork("judgements");
        var order = new List<Judgement>();
        while (order.Count < Judgements * steps)
        {
            var round = judgements.ToArray();
            rng.Shuffle<Judgement>(round);
            order.AddRange(round);
        }

        var known = Methods.Kto.WithReference(Methods.Kto.Mismatch(Methods.Kto.Tokenize(order.Take(Judgements * steps), format), Judgements), sft, format.Pad, 64);
        return Train(sft, model => Methods.Kto.Objective(model, beta: beta, loss: x => Methods.Kto.Loss(x, beta, desirableWeight)), Methods.Kto.Batches(known, Judgements, format.Pad), rate, steps);
    }

    private static Decoder Train<TBatch>(Decoder sft, Func<Decoder, Objective<TBatch>> method, IBatchSource<TBatch> batches, double rate, int steps)
        where TBatch : IBatch
    {
        var model = sft.Copy(trainable: true);
        Recipes.Train(model.Parameters, method(model), batches, rate, steps);
        return model;
    }
}
