using Align.Data;
using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>Kahneman–Tversky Optimization (Ethayarajh et al. 2024, https://arxiv.org/abs/2402.01306): answers judged one by one, good or bad, no pairs.</summary>
public static class Kto
{
    /// <summary>
    /// w⁺·(1 − σ(β·(u − z₀))) for a desirable answer, w⁻·(1 − σ(β·(z₀ − u))) for an undesirable one, u = log π(y) − log π₀(y): gains and losses are felt from a
    /// reference point, and both saturate.
    /// </summary>
    /// <param name="x">Log-probabilities, summed over the completions, and z₀; a constant.</param>
    /// <param name="beta">β, how soon they saturate.</param>
    /// <param name="desirableWeight">w⁺. The paper keeps w⁺·n⁺ / (w⁻·n⁻) between 1 and 4/3 (eq. 8 there) when the numbers n of judgements differ.</param>
    /// <param name="undesirableWeight">w⁻.</param>
    /// <returns>Shape [B]. Half the weight where u = z₀.</returns>
    /// <exception cref="MissingLogProbsException">There is no reference point.</exception>
    public static Tensor Loss(JudgedLogProbs x, double beta, double desirableWeight = 1, double undesirableWeight = 1) =>
        Valued(x, beta, desirableWeight, undesirableWeight, x.ReferencePoint ?? throw new MissingLogProbsException(
            "JudgedLogProbs.ReferencePoint", "KTO measures from it", "Give the judgements mismatched completions with Kto.Mismatch, or take Kto.ApoZeroUnpaired."));

    /// <summary>The same from z₀ = 0, w⁺·(1 − σ(βu)) and w⁻·σ(βu): no mismatched completions are scored (D'Oosterlinck et al. 2024, https://arxiv.org/abs/2408.06266).</summary>
    public static Tensor ApoZeroUnpaired(JudgedLogProbs x, double beta, double desirableWeight = 1, double undesirableWeight = 1) =>
        Valued(x, beta, desirableWeight, undesirableWeight, null);

    /// <summary>The method: the mean over judgements, whatever their weights.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="reference">π₀, frozen; null when the judgements carry its log-probabilities (<see cref="WithReference"/>).</param>
    /// <param name="beta">β, which the logged rewards are multiplied by.</param>
    /// <param name="loss">The loss of a judgement; <see cref="Loss"/> with weights 1 when absent. It closes over its own β.</param>
    /// <param name="running">Keeps the mean of the mismatched log-ratios over steps, for small batches whose own is noisy; null takes each batch's own.</param>
    /// <remarks>
    /// z₀ = max(0, mean of log π(y′) − log π₀(y′)) over mismatched completions y′, an estimate of KL(π‖π₀); it couples the batch. Logs <c>kl</c> = z₀ (0 without mismatched
    /// completions), <c>entropy</c>, and <c>logps</c>, <c>rewards</c>, <c>logits</c> of the sides <c>chosen</c> and <c>rejected</c> that a step has, <c>rewards/margins</c> where it
    /// has both.
    /// </remarks>
    public static Objective<JudgementBatch> Objective(
        IPolicy policy, IPolicy? reference = null, double beta = 0.1, JudgementLoss? loss = null, RunningMoments? running = null)
    {
        LossSettingException.ThrowUnlessPositive(beta);
        return new(
            Weights: batch => [batch.Judgements.Count],
            Terms: batch =>
            {
                using var scope = NewDisposeScope();
                var scores = JudgementScores.Of(policy, reference, batch);
                var point = batch.Mismatched is null ? null : ReferencePoint(JudgementScores.MismatchedLogRatios(policy, reference, batch), running);
                var losses = OwnLoss.Checked(() => (loss ?? (x => Loss(x, beta)))(scores.Sums with { ReferencePoint = point }), scores.Sums.Policy, "judgement"); // [B]

                var terms = new Terms(new LossTerm("judgement", losses.sum().MoveToOuterDisposeScope())).PerExample("loss", losses);
                using var frozen = no_grad();
                return scores.Log(terms, beta).Mean("kl", (point?.ToDouble() ?? 0) * losses.shape[0], losses.shape[0]);
            },
            State: MethodStates.Of(running, reference as SyncedReference));
    }

    /// <summary>max(0, mean of the log-ratios): a scalar without a gradient.</summary>
    /// <param name="logRatios">Of mismatched completions. Shape [B].</param>
    /// <param name="running">Where to take the mean from instead, after taking these in.</param>
    public static Tensor ReferencePoint(Tensor logRatios, RunningMoments? running = null)
    {
        using var scope = NewDisposeScope();
        running?.Update(logRatios);
        var mean = running is null ? logRatios.detach().mean() : logRatios.new_full([], running.Mean);
        return mean.clamp_min(0).MoveToOuterDisposeScope();
    }

    /// <summary>Pairs as judgements: all chosen answers, then all rejected ones.</summary>
    public static IReadOnlyList<Judgement> Unpair(IReadOnlyCollection<PreferencePair> pairs) =>
        [.. pairs.Select(p => new Judgement(p.Prompt, p.Chosen, true)), .. pairs.Select(p => new Judgement(p.Prompt, p.Rejected, false))];

    /// <summary>The same for pairs of any format, with their tools and variables.</summary>
    /// <exception cref="BatchException">A row is no pair.</exception>
    public static IReadOnlyList<Example> Unpair(IReadOnlyCollection<Example> pairs)
    {
        if (pairs.FirstOrDefault(p => p.Kind != ExampleKind.Pair) is { } other) throw new BatchException($"Row {other.Line} is no preference pair but of the kind {other.Kind}: there is nothing to take apart.");
        return [.. pairs.Select(p => p with { Kind = ExampleKind.Judgement, Rejected = null, Margin = null, Desirable = true }), .. pairs.Select(p => p with { Kind = ExampleKind.Judgement, Answer = p.Rejected!, Rejected = null, Margin = null })];
    }

    /// <summary>Judgements as tokens.</summary>
    public static IReadOnlyList<TokenizedJudgement> Tokenize(IEnumerable<Judgement> judgements, PromptFormat format) =>
        [.. judgements.Select(j => new TokenizedJudgement(format.Tokenize(j.Prompt, j.Completion), j.Desirable))];

    /// <summary>Gives every judgement the completion of the one before it, and the first of a block that of the last: an answer to another prompt.</summary>
    /// <param name="judgements">The judgements, in the order of the data; batches may then be drawn in any order.</param>
    /// <param name="block">Judgements per block, at least 2: the batch size, to equal the reference implementation. A block of one at the end joins the block before it.</param>
    /// <exception cref="BatchException">A judgement would get its own completion, which says nothing about the KL.</exception>
    public static IReadOnlyList<TokenizedJudgement> Mismatch(IReadOnlyList<TokenizedJudgement> judgements, int block)
    {
        if (block < 2 || judgements.Count == 1)
            throw new BatchException($"In blocks of {Math.Min(block, judgements.Count)} a judgement meets its own completion, and KTO's reference point is its own reward. Take blocks of at least 2, or Kto.ApoZeroUnpaired.");
        var blocks = Math.Max(1, judgements.Count / block + (judgements.Count % block > 1 ? 1 : 0));
        return [.. judgements.Select((j, i) =>
        {
            var number = Math.Min(i / block, blocks - 1);
            var last = number == blocks - 1 ? judgements.Count - 1 : (number + 1) * block - 1;
            var other = judgements[i == number * block ? last : i - 1].Text;
            return j with { Mismatched = TokenizedText.Of(Split(j.Text).Prompt, Split(other).Completion) };
        })];
    }

    /// <summary>Computes the reference's log-probabilities once, of the mismatched completions too, and keeps them with the judgements.</summary>
    /// <inheritdoc cref="Dpo.WithReference"/>
    public static IReadOnlyList<TokenizedJudgement> WithReference(
        IReadOnlyList<TokenizedJudgement> judgements, IPolicy reference, int padId, int batchSize = 16, CancellationToken cancellation = default)
    {
        var known = new List<TokenizedJudgement>(judgements.Count);
        foreach (var some in judgements.Chunk(batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = JudgementBatch.Padded(some, padId);
            var (own, other) = (reference.FrozenValues(batch.Text), batch.Mismatched is { } text ? reference.FrozenValues(text) : null);
            known.AddRange(some.Select((j, i) => j with { Reference = own[i], ReferenceMismatched = other?[i] }));
        }

        return known;
    }

    /// <summary>A source of batches over judgements.</summary>
    /// <inheritdoc cref="Dpo.Batches"/>
    public static Examples<TokenizedJudgement, JudgementBatch> Batches(IReadOnlyList<TokenizedJudgement> judgements, int batchSize, int padId, Rng? shuffle = null) =>
        new(judgements, batchSize, (some, places) => JudgementBatch.Padded(some, padId, places), shuffle);

    private static Tensor Valued(JudgedLogProbs x, double beta, double desirableWeight, double undesirableWeight, Tensor? point)
    {
        LossSettingException.ThrowUnlessPositive(beta);
        LossSettingException.ThrowUnless(desirableWeight >= 0 && double.IsFinite(desirableWeight), nameof(desirableWeight), desirableWeight, "at least 0");
        LossSettingException.ThrowUnless(undesirableWeight >= 0 && double.IsFinite(undesirableWeight), nameof(undesirableWeight), undesirableWeight, "at least 0");
        x.CheckPoint();
        using var scope = NewDisposeScope();
        var gain = beta * (point is null ? x.LogRatio() : x.LogRatio() - point.detach());                   // [B]
        return (desirableWeight * sigmoid(-gain)).where(x.Desirable, undesirableWeight * sigmoid(gain)).MoveToOuterDisposeScope();
    }

    private static (int[] Prompt, int[] Completion) Split(TokenizedText text)
    {
        var first = Array.IndexOf(text.Trained, true);
        return first < 0 ? (text.Ids, []) : (text.Ids[..first], text.Ids[first..]);
    }
}
