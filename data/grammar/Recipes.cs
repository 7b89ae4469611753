using Align.Data;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using static TorchSharp.torch;

namespace Align.ToyWorld;

/// <summary>How models of the toy world are trained: settings that were chosen on the prompts for choosing.</summary>
internal static class Recipes
{
    /// <summary>DPO's leash and learning rate, and the share of the SFT loss on the chosen answers beside it, which keeps what is true: without it manners improve and truth falls.</summary>
    public const double Beta = 0.2, Rate = 3e-4, SftShare = 0.2;

    /// <summary>Preference pairs per batch.</summary>
    public const int PairsABatch = 32;

    /// <summary>SFT until the loss on held-out demonstrations stops falling: it is looked at every 25 steps, and the best weights are kept.</summary>
    /// <returns>The model, and the held-out loss at each look.</returns>
    public static (Decoder Model, IReadOnlyList<(int Step, double HeldOut)> Looks) Sft(
        Decoder start, IEnumerable<Demonstration> demonstrations, IEnumerable<Demonstration> heldOut, PromptFormat format, ulong seed, Action<Step>? watch = null, int most = 300, double rate = 6e-4)
    {
        const int every = 25, patience = 3;
        var model = start.Copy(trainable: true);
        using var optimizer = new AdamW(model.Parameters, 0.9, 0.99);
        var batches = Methods.Sft.CompactBatches(Methods.Sft.Tokenize(demonstrations, format), 32, format.Pad, new Rng(seed).Fork("sft"));
        var held = Methods.Sft.Tokenize(heldOut, format);
        var run = new Run<TextBatch>(Methods.Sft.Objective(model), batches, optimizer, Schedules.Linear(rate, most, 20), most);
        var looks = new List<(int Step, double HeldOut)>();
        Decoder? best = null;
        foreach (var step in run.Train())
        {
            watch?.Invoke(step);
            if (step.Number % every != 0) continue;
            looks.Add((step.Number, MeanLoss(model, held, format.Pad)));
            if (looks[^1].HeldOut <= looks.Min(l => l.HeldOut))
            {
                best?.Dispose();
                best = model.Copy();
            }
            else if (looks[^1].Step - looks.MinBy(l => l.HeldOut).Step >= patience * every)
            {
                break;
            }
        }

        model.Dispose();
        return (best!, looks);
    }

    /// <summary>DPO from an SFT model.</summary>
    public static (Decoder Model, History History) Dpo(
        Decoder start, IEnumerable<PreferencePair> pairs, PromptFormat format, ulong seed, double beta = Beta, double rate = Rate, int steps = 180, PairLoss? loss = null, double sft = SftShare)
    {
        var model = start.Copy(trainable: true);
        var known = Methods.Dpo.WithReference(Tokens(pairs, format, seed, PairsABatch * steps), start, format.Pad, 64);
        return (model, Train(model.Parameters, Methods.Dpo.Objective(model, beta: beta, loss: loss, sft: sft), Methods.Dpo.CompactBatches(known, PairsABatch, format.Pad), rate, steps));
    }

    /// <summary>So many pairs, in an order of the seed's.</summary>
    public static IReadOnlyList<TokenizedPair> Tokens(IEnumerable<PreferencePair> pairs, PromptFormat format, ulong seed, int count)
    {
        var shuffled = pairs.ToArray();
        new Rng(seed).Fork("pairs").Shuffle<PreferencePair>(shuffled);
        return Methods.Dpo.Tokenize(shuffled.Take(count), format);
    }

    /// <summary>AdamW for so many steps, with a rate that rises over a tenth of them and then falls to nothing.</summary>
    public static History Train<TBatch>(IReadOnlyList<(string Name, Tensor Value)> parameters, Objective<TBatch> objective, IBatchSource<TBatch> batches, double rate, int steps)
        where TBatch : IBatch
    {
        using var optimizer = new AdamW(parameters, 0.9, 0.99);
        var run = new Run<TBatch>(objective, batches, optimizer, Schedules.Linear(rate, steps, steps / 10), steps);
        foreach (var _ in run.Train()) { }
        return run.History;
    }

    /// <summary>The mean loss of a completion's token, in nats.</summary>
    public static double MeanLoss(Decoder model, IReadOnlyList<TokenizedText> texts, int padId)
    {
        var (sum, count) = (0.0, 0);
        foreach (var some in texts.Chunk(64))
        {
            var batch = Batching.Padded(some, padId);
            sum -= model.FrozenValues(batch).Sum();
            count += batch.TrainedTokens;
        }

        return sum / count;
    }
}
