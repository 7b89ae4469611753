using Align.Models;
using Align.Rewards;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Evaluation;

/// <summary>How far a policy has moved from its reference, along completions that it wrote: per completion, in nats.</summary>
/// <param name="Exact">Σ_t Σ_v π(v)·(log π(v) − log π₀(v)): the vocabulary is summed, only the path is sampled.</param>
/// <param name="K1">Σ_t log π(y_t) − log π₀(y_t), what a reward with a KL penalty sees; single values may be below 0.</param>
/// <param name="K3">Σ_t e^d − 1 − d with d = log π₀(y_t) − log π(y_t), never below 0.</param>
/// <param name="Tokens">The completions' tokens.</param>
/// <remarks>
/// Over completions drawn from π at temperature 1 all three have KL(π ‖ π₀) as their mean; drawn at another temperature they are an index of the distance.
/// Schulman 2020, http://joschu.net/blog/kl-approx.html.
/// </remarks>
public sealed record KlReport(IReadOnlyList<double> Exact, IReadOnlyList<double> K1, IReadOnlyList<double> K3, IReadOnlyList<int> Tokens)
{
    /// <summary>The mean of <see cref="Exact"/> over completions; NaN where there are none.</summary>
    public double PerSequence => Exact.Count == 0 ? double.NaN : Exact.Average();

    /// <summary>The sum of <see cref="Exact"/> over the sum of tokens; NaN where there are none.</summary>
    public double PerToken => Exact.Sum() / Tokens.Sum();

    /// <summary>Measures along answers, which the policy should have written.</summary>
    /// <param name="policy">π.</param>
    /// <param name="reference">π₀, of the same vocabulary.</param>
    /// <param name="answers">The answers.</param>
    /// <param name="padId">The id that fills shorter rows.</param>
    /// <param name="batchSize">Answers per pass.</param>
    /// <param name="cancellation">Checked before every pass; the answers of the passes that were finished are reported.</param>
    public static KlReport Of(IPolicy policy, IPolicy reference, IReadOnlyList<Answer> answers, int padId, int batchSize = 64, CancellationToken cancellation = default)
    {
        var (exact, k1, k3, tokens) = (new List<double>(), new List<double>(), new List<double>(), new List<int>());
        foreach (var some in answers.Chunk(batchSize))
        {
            if (cancellation.IsCancellationRequested) break;
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            var batch = Batching.Padded([.. some.Select(a => TokenizedText.Of(a.Prompt.Ids, a.Ids))], padId);
            var (vocabulary, ones, threes) = PerTokens(policy, reference, batch);
            var lengths = some.Select(a => a.Ids.Length).ToArray();
            tokens.AddRange(lengths);
            exact.AddRange(Sums(vocabulary, lengths));
            k1.AddRange(Sums(ones, lengths));
            k3.AddRange(Sums(threes, lengths));
        }

        return new(exact, k1, k3, tokens);
    }

    /// <summary>The three values of every trained token, in the batch's order.</summary>
    private static (double[] Exact, double[] K1, double[] K3) PerTokens(IPolicy policy, IPolicy reference, Batch batch)
    {
        var targets = batch.Targets;
        var places = tensor(targets.Predictors, ScalarType.Int64, policy.Device);
        var ids = tensor(targets.Ids, ScalarType.Int64, policy.Device).unsqueeze(-1);             // [N, 1]
        var (hidden, hidden0) = (policy.Hidden(batch, places), reference.Hidden(batch, places));  // [N, H]
        var rows = Math.Max(1, LogProbs.DefaultChunkBytes / (policy.VocabularySize * 8L));
        var (exact, k1, k3) = (new List<double>(), new List<double>(), new List<double>());
        for (long at = 0; at < targets.Count; at += rows)
        {
            using var chunk = NewDisposeScope();
            var count = Math.Min(rows, targets.Count - at);
            var logP = policy.Head.Logits(hidden.narrow(0, at, count)).log_softmax(-1);           // [rows, V]
            var logP0 = reference.Head.Logits(hidden0.narrow(0, at, count)).log_softmax(-1);
            var chosen = ids.narrow(0, at, count);
            var (p, p0) = (logP.gather(-1, chosen), logP0.gather(-1, chosen));                    // [rows, 1]
            exact.AddRange(Values((logP.exp() * (logP - logP0)).sum(-1)));
            k1.AddRange(Values(Kl.K1(p, p0)));
            k3.AddRange(Values(Kl.K3(p, p0)));
        }

        return ([.. exact], [.. k1], [.. k3]);
    }

    private static IEnumerable<double> Sums(double[] perToken, int[] lengths)
    {
        var at = 0;
        foreach (var length in lengths)
        {
            yield return perToken.Skip(at).Take(length).Sum();
            at += length;
        }
    }

    private static double[] Values(Tensor x) => x.to(ScalarType.Float64).cpu().data<double>().ToArray();
}
