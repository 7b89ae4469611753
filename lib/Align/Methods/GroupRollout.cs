using Align.Models;
using Align.Rewards;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>What methods share that write several answers to a prompt and judge each as a whole.</summary>
internal static class GroupRollout
{
    /// <summary>Rollouts per pass of a model when they are scored.</summary>
    private const int ScoreBatch = 32;

    /// <summary>Answers as rows.</summary>
    /// <param name="answers">The answers, those to one prompt side by side.</param>
    /// <param name="leaveOutTruncated">Whether those that did not end are not trained on.</param>
    public static IReadOnlyList<Rollout> Rows(IReadOnlyList<Answer> answers, bool leaveOutTruncated) =>
        [.. answers.Select(a => new Rollout(a.Place, a.Prompt.Ids, a.Ids, a.Ended) { Trained = a.Ended || !leaveOutTruncated })];

    /// <summary>Adds the log-probabilities of the policy as it is now and of the reference; who is absent adds none.</summary>
    public static IReadOnlyList<Rollout> Score(IReadOnlyList<Rollout> rows, IPolicy? policy, IPolicy? reference, int padId)
    {
        using var frozen = no_grad();
        return [.. rows.Chunk(ScoreBatch).SelectMany(some =>
        {
            using var scope = NewDisposeScope();
            // A row that is left out is scored like the others: its numbers are worth looking at.
            var batch = RolloutBatch.Of([.. some.Select(r => r with { Trained = true })], padId).Text;
            var (old, known) = (LogProbs(policy), LogProbs(reference));
            return some.Select((r, i) => r with { Old = Of(old, i) ?? r.Old, Reference = Of(known, i) ?? r.Reference }).ToArray();

            double[]? Of(double[][]? all, int i) => all?[i][..some[i].Completion.Length];

            double[][]? LogProbs(IPolicy? who) => who?.LogProbs(batch).Values.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray().Chunk(batch.Width).ToArray();
        })];
    }

    /// <summary>A row with its score, and its advantage at every token.</summary>
    public static Rollout With(Rollout row, double score, double advantage) =>
        row with { Score = score, Advantages = [.. row.Completion.Select(_ => advantage)] };

    /// <summary>Rewards and lengths.</summary>
    public static Dictionary<string, (double Sum, double Weight)> Metrics(IReadOnlyList<Rollout> rows, Scores scores) =>
        RolloutMetrics.Lengths(rows).Concat(RolloutMetrics.Of(scores)).ToDictionary();
}
