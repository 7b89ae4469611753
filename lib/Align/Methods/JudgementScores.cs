using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>A policy's log-probabilities of a batch of judged completions, the reference's, and what every unpaired method logs of them.</summary>
/// <param name="LogProbs">The tokens. [B, T].</param>
/// <param name="Statistics">Of the same tokens.</param>
/// <param name="Sums">log π, log π₀ and the judgements. Each [B].</param>
internal sealed record JudgementScores(TokenLogProbs LogProbs, TokenStatistics Statistics, JudgedLogProbs Sums)
{
    /// <summary>Scores a batch.</summary>
    /// <exception cref="BatchException">There is not one text to every judgement.</exception>
    public static JudgementScores Of(IPolicy policy, IPolicy? reference, JudgementBatch batch)
    {
        var count = batch.Judgements.Count;
        if (batch.Text.Scored.Count != count || (batch.Mismatched is { } other && other.Scored.Count != count))
            throw new BatchException($"{count} judgements need as many texts; the batch has {batch.Text.Scored.Count}, and {batch.Mismatched?.Scored.Count ?? 0} mismatched ones.");
        using var scope = NewDisposeScope();
        var (logProbs, statistics) = policy.Score(batch.Text, statistics: true);                            // [B, T]
        var sums = new JudgedLogProbs(
            logProbs.Sum().MoveToOuterDisposeScope(),
            (reference?.Frozen(batch.Text) ?? Kept(batch, j => j.Reference, logProbs.Values)).MoveToOuterDisposeScope(),
            tensor([.. batch.Judgements.Select(j => j.Desirable)], ScalarType.Bool, policy.Device).MoveToOuterDisposeScope());
        foreach (var t in new[] { logProbs.Values, logProbs.Mask, statistics!.Entropy, statistics.MeanLogit, statistics.SumOfSquares, statistics.Top1 }) t.MoveToOuterDisposeScope();
        return new(logProbs, statistics, sums);
    }

    /// <summary>log π(y′) − log π₀(y′) of the mismatched completions y′, without a gradient. Shape [B].</summary>
    public static Tensor MismatchedLogRatios(IPolicy policy, IPolicy? reference, JudgementBatch batch)
    {
        using var scope = NewDisposeScope();
        var policys = policy.Frozen(batch.Mismatched!);
        return (policys - (reference?.Frozen(batch.Mismatched!) ?? Kept(batch, j => j.ReferenceMismatched, policys))).MoveToOuterDisposeScope();
    }

    /// <summary>Logs the metrics that unpaired methods share. A side that the batch lacks is not logged.</summary>
    public Terms Log(Terms terms, double beta)
    {
        terms.WarnOfMasked(LogProbs.Mask).Mean("entropy", Statistics.Entropy, LogProbs.Mask).Difference("rewards/margins", "rewards/chosen", "rewards/rejected");
        foreach (var (side, on) in new[] { ("chosen", Sums.Desirable), ("rejected", Sums.Desirable.logical_not()) })
        {
            if (!on.any().ToBoolean()) continue;
            terms.PerExample($"logps/{side}", Sums.Policy.masked_select(on))
                .PerExample($"rewards/{side}", (beta * Sums.LogRatio()).masked_select(on))
                .Mean($"logits/{side}", Statistics.MeanLogit, LogProbs.Mask & on.unsqueeze(-1));
        }

        return terms;
    }

    private static Tensor Kept(JudgementBatch batch, Func<TokenizedJudgement, double?> value, Tensor like)
    {
        var missing = Enumerable.Range(0, batch.Judgements.Count).FirstOrDefault(i => value(batch.Judgements[i]) is null, -1);
        if (missing >= 0) throw new MissingLogProbsException("JudgedLogProbs.Reference", $"judgement {batch.Examples[missing]} was not given any and no reference model is there");
        return tensor([.. batch.Judgements.Select(j => value(j)!.Value)], like.dtype, like.device);         // [B]
    }
}
