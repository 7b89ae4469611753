using Align.Evaluation;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Evaluation;

/// <summary>The distance from a reference, against enumeration.</summary>
public sealed class KlReportTests
{
    private const int Vocabulary = 4, End = 3, Room = 3;

    [Fact]
    public void One_token_worked_by_hand()
    {
        // π = (½, ½), π₀ = (¾, ¼): KL = ½ ln ⅔ + ½ ln 2 = ½ ln 4/3
        using var scope = NewDisposeScope();
        var policy = new LogitsPolicy(tensor([0.5, 0.5, 0.5, 0.5], [1, 2, 2], ScalarType.Float64).log());
        var reference = new LogitsPolicy(tensor([0.75, 0.25, 0.75, 0.25], [1, 2, 2], ScalarType.Float64).log());
        var report = KlReport.Of(policy, reference, [Answer([0], [1])], padId: 0);
        Close.To(0.5 * Math.Log(4.0 / 3), report.Exact[0], 1e-12);
        Close.To(Math.Log(2), report.K1[0], 1e-12);
        Close.To(0.5 - 1 + Math.Log(2), report.K3[0], 1e-12);
        Assert.Equal([1], report.Tokens);
    }

    [Fact]
    public void Over_all_completions_the_three_estimates_have_the_divergence_as_their_mean()
    {
        var rng = new Rng(5);
        using var policy = new TablePolicy(Vocabulary, Room + 1, ScalarType.Float64).Randomise(rng);
        using var reference = new TablePolicy(Vocabulary, Room + 1, ScalarType.Float64).Randomise(rng);
        var all = ExactOptimum.Of(reference, [0], _ => 0, beta: 1, End, Room);
        var (p, p0) = (all.Of(policy), all.Of(reference));
        var divergence = p.Zip(p0, (x, y) => x * Math.Log(x / y)).Sum();

        var report = KlReport.Of(policy, reference, [.. all.Completions.Select(c => Answer([0], c))], padId: 0, batchSize: 7);
        double Mean(IReadOnlyList<double> values) => values.Zip(p, (v, x) => v * x).Sum();
        Close.To(divergence, Mean(report.Exact), 1e-10);
        Close.To(divergence, Mean(report.K1), 1e-10);
        Assert.True(report.Exact.All(v => v >= 0) && report.K3.All(v => v >= 0));
        Assert.Equal(all.Completions.Select(c => c.Length), report.Tokens);
    }

    [Fact]
    public void A_policy_is_no_distance_from_itself()
    {
        using var policy = new TablePolicy(Vocabulary, Room + 1).Randomise(new Rng(6));
        var report = KlReport.Of(policy, policy, [Answer([0], [1, 2]), Answer([1], [End])], padId: 0);
        Assert.All(report.Exact.Concat(report.K1).Concat(report.K3), v => Close.To(0, v, 1e-6));
        Close.To(0, report.PerToken, 1e-6);
    }

    private static Answer Answer(int[] prompt, int[] completion) => new(0, new TokenizedPrompt("", prompt), completion, true, "");
}
