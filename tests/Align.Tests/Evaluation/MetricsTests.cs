using Align.Evaluation;
using Align.Interactive;
using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Evaluation;

public sealed class MetricsTests
{
    [Fact]
    public void Every_metric_that_a_step_of_any_method_logs_is_explained_and_nothing_else()
    {
        var logged = EveryMethod().SelectMany(h => h.Names).Distinct().ToArray();
        var silent = logged.Where(n => Metrics.TryExplain(n) is null).ToArray();
        Assert.True(silent.Length == 0, $"not explained: {string.Join(", ", silent)}");
        var dead = Metrics.Names.Except(logged).ToArray();
        Assert.True(dead.Length == 0, $"explained and never logged: {string.Join(", ", dead)}");
        Assert.All(logged.Select(n => Metrics.Explain(n)), m => Assert.All(
            new[] { m.Definition, m.Formula, m.Healthy, m.RedFlag }, text => Assert.NotEmpty(text)));
        Assert.All(Metrics.Names, n => Assert.EndsWith(".", Metrics.Explain(n).Definition, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("eval/rewards/margins", "rewards/margins")]
    [InlineData("dpo/eval/loss/preference", "loss/preference")]
    [InlineData("eval_loss", "loss")]
    [InlineData("train_grad_norm", "grad_norm")]
    public void A_prefix_of_one_s_own_may_stand_before_a_name(string name, string plain)
    {
        var (with, without) = (Metrics.Explain(name), Metrics.Explain(plain));
        Assert.Equal((name, without.Definition), (with.Name, with.Definition));
    }

    [Fact]
    public void Names_with_a_part_of_one_s_own_are_explained_and_unknown_ones_are_refused_with_those_like_them()
    {
        Assert.Contains("reward function", Metrics.Explain("rewards/politeness/mean").Definition, StringComparison.Ordinal);
        Assert.Contains("differ", Metrics.Explain("rewards/politeness/std").Definition, StringComparison.Ordinal);
        Assert.Contains("term", Metrics.Explain("loss/mine").Definition, StringComparison.Ordinal);
        Assert.Contains("rewards/margins", Assert.Throws<UnknownMetricException>(() => Metrics.Explain("rewards/margin_")).Message, StringComparison.Ordinal);
        Assert.Null(Metrics.TryExplain("bleu"));
    }

    [Theory]
    [InlineData("rewards/margins", new[] { 0, 0.2, 0.5, 0.9 }, MetricHealth.Healthy, "from 0 to 0.9 over 4 steps")]
    [InlineData("rewards/margins", new[] { 0, -0.2, -0.5, -0.9 }, MetricHealth.RedFlag, "are the sides swapped?")]
    [InlineData("rewards/margins", new[] { 0, 10.0, 20, 31 }, MetricHealth.Watch, "without end")]
    [InlineData("rewards/accuracies", new[] { 0, 0.5, 0.6, 0.7 }, MetricHealth.Healthy, "better than a coin")]
    [InlineData("rewards/accuracies", new[] { 0, 0.5, 0.6, 0.4 }, MetricHealth.RedFlag, "no better than a coin")]
    [InlineData("rewards/accuracies", new[] { 0, 0.5, 1, 1.0 }, MetricHealth.Watch, "by heart")]
    [InlineData("logps/chosen", new[] { -30.0, -31, -32, -33 }, MetricHealth.Healthy, "fell a little")]
    [InlineData("logps/chosen", new[] { -30.0, -40, -60, -90 }, MetricHealth.RedFlag, "unlearns")]
    [InlineData("loss", new[] { 0.7, 0.6, 0.5, 0.4 }, MetricHealth.Healthy, "it fell")]
    [InlineData("loss", new[] { 0.4, 0.5, 0.6, 0.9 }, MetricHealth.RedFlag, "rose where it should fall")]
    [InlineData("loss", new[] { 0.4, 0.5, 0.5, 0.4 }, MetricHealth.Watch, "did not fall")]
    [InlineData("grad_norm", new[] { 0.0, 0, 0, 0 }, MetricHealth.RedFlag, "nothing is trained")]
    [InlineData("grad_norm", new[] { 1.0, 2, 9, 80 }, MetricHealth.RedFlag, "lower the rate")]
    [InlineData("entropy", new[] { 3.0, 2, 1, 0.2 }, MetricHealth.RedFlag, "one thing only")]
    [InlineData("entropy", new[] { 3.0, 2, 1, 1.2 }, MetricHealth.Watch, "lost much")]
    [InlineData("objective/kl", new[] { 0.0, 1, 2, 3 }, MetricHealth.Healthy, "between")]
    [InlineData("objective/kl", new[] { 0.0, 20, 40, 90 }, MetricHealth.RedFlag, "outside −5 to 50")]
    [InlineData("reward_std", new[] { 0.0, 0, 0, 0 }, MetricHealth.RedFlag, "same reward")]
    [InlineData("warnings/masked_answers", new[] { 2.0, double.NaN, 3, double.NaN, 1, 1 }, MetricHealth.Watch, "7 in 4 steps")]
    [InlineData("loss", new[] { 0.4, double.PositiveInfinity, 0.5, 0.4 }, MetricHealth.RedFlag, "infinite")]
    [InlineData("loss", new[] { 0.2, 0.8, 0.8, 0.8, 0.5, 0.5, 0.5, 0.5, 0.3, 0.3, 0.3, 0.9 }, MetricHealth.Healthy, "it fell")]
    [InlineData("loss", new[] { 0.4, 0.3 }, MetricHealth.Untold, "too few")]
    [InlineData("kl", new double[0], MetricHealth.Untold, "did not log it")]
    public void A_run_gets_a_verdict_with_its_numbers(string metric, double[] values, MetricHealth health, string text)
    {
        var verdict = Metrics.Explain(metric, Run(metric, values)).Verdict!;
        Assert.Contains(text, verdict.Text, StringComparison.Ordinal);
        Assert.Equal(health, verdict.Health);
    }

    [Fact]
    public void Tables_of_a_run_link_to_the_explanations()
    {
        var history = Run("rewards/margins", [0, 1, 2, 3]);
        Assert.Contains("title=\"By how much the policy&apos;s own reward prefers", Table.Of(history).ToHtml(), StringComparison.Ordinal);
        var row = Assert.Single(Table.OfMetrics(history).Rows);
        Assert.Equal(("rewards/margins", "✓"), ((string)row[0]!, (string)row[5]!));
        Assert.Equal("loss", Table.OfMetrics(history, "loss").Rows.Single()[0]);
        Assert.Throws<UnknownMetricException>(() => Table.OfMetrics(history, "bleu"));
    }

    private static History Run(string metric, double[] values)
    {
        var history = new History();
        foreach (var (i, value) in values.Index())
            history.Add(new Step(i + 1, double.IsNaN(value) ? new Dictionary<string, double>() : new Dictionary<string, double> { [metric] = value }, new Dictionary<string, double[]>()));
        return history;
    }

    /// <summary>One step of every method, with every term that it can have.</summary>
    private static IEnumerable<History> EveryMethod()
    {
        using var policy = TinyModels.Decoder(type: ScalarType.Float32);
        using var reference = policy.Copy();
        using var scores = RewardModel.From(reference);
        using var values = RewardModel.From(reference);
        TokenizedText empty = new([1, 2], [false, false]);
        TokenizedPair[] pairs = [.. TinyModels.Pairs(3).Select(p => p with { Margin = 1 }), new TokenizedPair(empty, empty, Margin: 0)];
        var judged = Kto.Mismatch([.. TinyModels.Texts(4).Select((t, i) => new TokenizedJudgement(t, i % 2 == 0))], 2);
        var texts = TinyModels.Texts(3);
        var writing = new Writing(4, [3], 0);
        var reward = new RewardSum(Reward.Each("length", a => a.Ids.Length + a.Ids[0] * 0.01));

        yield return Step(policy, Sft.Objective(policy), Sft.Batches(texts, 3, 0));
        yield return Step(policy, Dpo.Objective(policy, reference, sft: 1), Dpo.Batches(pairs, 4, 0));
        yield return Step(policy, Cpo.Objective(policy), Dpo.Batches(pairs, 4, 0));
        yield return Step(policy, Cpo.SimpoObjective(policy), Dpo.Batches(pairs, 4, 0));
        yield return Step(policy, Orpo.Objective(policy), Orpo.Batches(pairs, 4, 0));
        yield return Step(policy, Kto.Objective(policy, reference), Kto.Batches(judged, 4, 0));
        yield return Step(policy, Bco.Objective(policy, reference), Kto.Batches(judged, 4, 0));
        yield return Step(scores, RewardModelling.Objective(scores, centring: 0.01, margins: true), Dpo.Batches(pairs, 4, 0));
        yield return Step(policy, Rloo.Objective(policy), Rollouts(Rloo.Collect(policy, reference, reward, writing)));
        var group = new GrpoOptions { GroupSize = 2, Beta = 0.1, EntropyBonus = 0.1 };
        yield return Step(policy, Grpo.Objective(policy, group), Rollouts(Grpo.Collect(policy, reference, reward, writing, group)));
        yield return Step(policy, Cispo.Objective(policy), Rollouts(Grpo.Collect(policy, reference, reward, writing, group)));
        yield return Step(policy, OnlineDpo.Objective(policy), Rollouts(OnlineDpo.Collect(policy, reference, reward, writing), together: 2));
        var models = new PpoModels(policy, reference, values);
        yield return Step(models, Ppo.Objective(models, new PpoOptions()), Rollouts(PpoRollout.Collect(models, reward, writing, new PpoOptions())));
    }

    private static Rollouts Rollouts(Collect collect, int together = 1)
    {
        TokenizedPrompt[] prompts = [.. Enumerable.Range(4, 4).Select(i => new TokenizedPrompt($"{i}", [i, i + 1]))];
        return new(new Examples<TokenizedPrompt, PromptBatch>(prompts, 4, (some, places) => new PromptBatch(some, places)), collect, 0, new Rng(1), together: together);
    }

    private static History Step<TBatch>(ITrainable trained, Objective<TBatch> objective, IBatchSource<TBatch> source)
        where TBatch : IBatch
    {
        using var optimizer = new AdamW(trained.Parameters);
        var run = new Run<TBatch>(objective, source, optimizer, Schedules.Constant(1e-3), steps: 1);
        Assert.Single(run.Train());
        return run.History;
    }
}
