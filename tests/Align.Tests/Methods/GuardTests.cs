using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Tests.Evaluation;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>Every on-policy method stops before a step that its rollout no longer supports.</summary>
public sealed class GuardTests
{
    private const double Nan = double.NaN;

    public static TheoryData<string> Methods => ["ppo", "rloo", "grpo", "cispo", "a user's loss"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_mean_ratio_above_ten_is_refused(string method) =>
        Refused(method, [0, 3, 0.1, 4, 3.5], "the mean ratio between the policy and the one that wrote the rollout is", "the limit 10", worst: [3, 4, 1], Math.Exp(4));

    [Theory]
    [MemberData(nameof(Methods))]
    public void An_approximate_kl_above_one_nat_is_refused(string method) =>
        Refused(method, [0, -2, -0.1, -3, -2.5], "the approximate KL per token between the policy and the one that wrote the rollout is", "the limit 1", worst: [3, 4, 1], 4.5);

    [Theory]
    [MemberData(nameof(Methods))]
    public void What_is_not_finite_is_refused_and_its_row_comes_first(string method) =>
        Refused(method, [0, 0.1, Nan, 0.3, 0.2], "the mean ratio between the policy and the one that wrote the rollout is NaN", "", worst: [2, 3, 4], Nan);

    [Theory]
    [MemberData(nameof(Methods))]
    public void An_advantage_that_is_not_finite_is_refused_with_its_row(string method)
    {
        using var fixture = new Fixture(method, Within, r => r.Place == 101 ? r with { Advantages = [.. r.Advantages.Select(_ => Nan)] } : r);
        var error = fixture.Refusal();
        Assert.StartsWith("the loss policy", error.Cause, StringComparison.Ordinal);
        Assert.Equal((1, Nan), error.Worst[0]);
    }

    [Fact]
    public void A_reference_that_gives_no_numbers_stops_RLOO_which_would_else_take_its_rewards_for_missing()
    {
        using var task = new TinyTask(vocabulary: 3, room: 3);
        using var policy = task.Reference.Copy();
        using var broken = task.Reference.Copy();
        using (no_grad()) broken.Parameters[0].Value.fill_(Nan);
        var source = new Rollouts(TinyTask.Prompts(2), Rloo.Collect(policy, broken, task.Reward, task.Writing, 4), 0, new Rng(2));
        using var optimizer = new AdamW(policy.Parameters);
        var run = new Run<RolloutBatch>(Rloo.Objective(policy), source, optimizer, Schedules.Constant(0.1), 3);
        var error = Assert.Throws<DivergedException>(() => run.Train().Count());
        Assert.Equal((1, 3, 0), (error.Step, error.Worst.Count, run.Step));
        Assert.Contains("the loss policy is NaN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_finite_and_whose_slope_is_not_is_refused_with_its_rows()
    {
        using var task = new TinyTask(vocabulary: 3, room: 3);
        using var policy = task.Reference.Copy();
        var source = new Rollouts(TinyTask.Prompts(1), Grpo.Collect(policy, task.Reference, task.Reward, task.Writing, new GrpoOptions { GroupSize = 8 }), 0, new Rng(2));
        var objective = PolicyGradient.Objective(policy, x => (x.LogProbs - x.LogProbs.detach()).sqrt(), TokenAverage.Constant(1)); // 0, and as steep as can be
        using var optimizer = new AdamW(policy.Parameters);
        var run = new Run<RolloutBatch>(objective, source, optimizer, Schedules.Constant(0.1), 3);
        var before = policy.Parameters[0].Value.Values();
        var error = Assert.Throws<DivergedException>(() => run.Train().Count());
        Assert.StartsWith("the slope of the loss policy is", error.Cause, StringComparison.Ordinal);
        Assert.Equal((1, 3), (error.Step, error.Worst.Count));
        Assert.Equal(before, policy.Parameters[0].Value.Values());
    }

    [Fact]
    public void An_entropy_bonus_that_is_not_finite_is_refused_with_its_rows()
    {
        using var task = new TinyTask(vocabulary: 3, room: 3);
        using var policy = task.Reference.Copy();
        using (no_grad()) policy.Parameters[0].Value[.., 2] = double.NegativeInfinity; // never written, and 0 · ∞ of the entropy
        var source = new Rollouts(TinyTask.Prompts(1), Grpo.Collect(policy, task.Reference, task.Reward, task.Writing, new GrpoOptions { GroupSize = 8 }), 0, new Rng(2));
        var objective = PolicyGradient.Objective(policy, x => -x.LogProbs * x.Advantages, TokenAverage.Constant(1), entropyBonus: 0.1);
        using var optimizer = new AdamW(policy.Parameters);
        var run = new Run<RolloutBatch>(objective, source, optimizer, Schedules.Constant(0.1), 3);
        var error = Assert.Throws<DivergedException>(() => run.Train().Count());
        Assert.StartsWith("the loss entropy is", error.Cause, StringComparison.Ordinal);
        Assert.Equal((1, 3), (error.Step, error.Worst.Count));
    }

    [Fact]
    public void A_return_that_is_not_finite_is_refused_with_its_row()
    {
        using var fixture = new Fixture("ppo", Within, r => r.Place == 104 ? r with { Returns = [.. r.Returns!.Select(_ => double.PositiveInfinity)] } : r);
        var error = fixture.Refusal();
        Assert.Equal("the loss value_avg is ∞", error.Cause.Replace("Infinity", "∞", StringComparison.Ordinal));
        Assert.Equal(4, error.Worst[0].Row);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void What_is_within_the_limits_is_trained_on_and_limits_are_of_means_over_tokens_alone(string method)
    {
        using var fixture = new Fixture(method, Within);
        var step = fixture.Run.Train().Single();
        var rows = fixture.Batch.Rows;
        var tokens = rows.Sum(r => r.Completion.Length);
        Close.To(rows.Zip(Within, (r, d) => r.Completion.Length * Math.Exp(d)).Sum() / tokens, step[method == "ppo" ? "val/ratio" : "policy/ratio"], 1e-9, "ratio");
        Close.To(rows.Zip(Within, (r, d) => r.Completion.Length * d * d / 2).Sum() / tokens, step[method == "ppo" ? "policy/approxkl_avg" : "policy/approxkl"], 1e-9, "approximate KL");
    }

    [Fact]
    public void Limits_are_the_user_s_and_off_means_nothing_but_what_is_not_finite()
    {
        using (var strict = new Fixture("grpo", [0, 0.2, 0.2, 0.2, 0.2], guard: new Guard(MaxRatio: 1.1))) Assert.Contains("the limit 1.1", strict.Refusal().Message, StringComparison.Ordinal);
        using (var off = new Fixture("grpo", [0, 3, 0.1, 4, 3.5], guard: Guard.Off)) Assert.Single(off.Run.Train());
        using var nan = new Fixture("grpo", [0, Nan, 0, 0, 0], guard: Guard.Off);
        Assert.Equal(1, nan.Refusal().Worst[0].Row);
    }

    private static double[] Within => [0, 1, -0.5, 0.7, -1];

    private static void Refused(string method, double[] logRatios, string cause, string limit, int[] worst, double value)
    {
        using var fixture = new Fixture(method, logRatios);
        var error = fixture.Refusal();
        Assert.StartsWith(cause, error.Cause, StringComparison.Ordinal);
        Assert.EndsWith(limit, error.Cause, StringComparison.Ordinal);
        Assert.Equal(worst, error.Worst.Select(w => w.Row));
        Close.To(value, error.Worst[0].Value, 1e-9);
        Assert.Contains($"row {worst[0]} (example {100 + worst[0]})", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Five answers of lengths 1 … 5, written by a policy from which this one is so many nats away at every token.</summary>
    private sealed class Fixture : IDisposable
    {
        private readonly DisposeScope _scope = NewDisposeScope();
        private readonly PpoModels _models;
        private readonly AdamW _optimizer;
        private readonly FixedBatches<RolloutBatch> _source;

        public Fixture(string method, double[] logRatios, Func<Rollout, Rollout>? change = null, Guard? guard = null)
        {
            var policy = new BigramPolicy(linspace(-1, 1, 64, ScalarType.Float64).sin().view(8, 8).clone().requires_grad_(true));
            _models = new(policy, policy, new RewardModel(policy, linspace(-1, 1, 8, ScalarType.Float64).view(1, 8).clone().requires_grad_(true), ownsTrunk: false));
            Rollout[] rows = [.. logRatios.Select((_, i) => new Rollout(100 + i, [1], [.. Enumerable.Range(2, i + 1)], true)
            {
                Steps = i + 2, Advantages = [.. Enumerable.Repeat(i - 2.0, i + 1)], Values = new double[i + 2], Returns = [.. Enumerable.Range(0, i + 2).Select(t => 0.1 * t)],
            })];
            var now = policy.LogProbs(RolloutBatch.Of(rows, 0).Text).Values;
            Batch = RolloutBatch.Of([.. rows.Select((r, i) => r with { Old = [.. now.select(0, i).Values()[..(i + 1)].Select(l => l - logRatios[i])] }).Select(change ?? (r => r))], 0);
            _source = new([Batch]);
            _optimizer = new AdamW(_models.Parameters);
            Objective<RolloutBatch> objective = method switch
            {
                "ppo" => Ppo.Objective(_models, new PpoOptions(), guard),
                "rloo" => Rloo.Objective(policy, guard: guard),
                "grpo" => Grpo.Objective(policy, new GrpoOptions(), guard),
                "cispo" => Cispo.Objective(policy, guard: guard),
                _ => PolicyGradient.Objective(policy, x => -x.Ratio() * x.Advantages, TokenAverage.Tokens, guard: guard),
            };
            Run = new(objective, _source, _optimizer, Schedules.Constant(1e-2), steps: 1);
        }

        public RolloutBatch Batch { get; }

        public Run<RolloutBatch> Run { get; }

        /// <summary>The error of a step that is not taken: weights, optimizer and source stand as before it.</summary>
        public DivergedException Refusal()
        {
            var before = Weights();
            var error = Assert.Throws<DivergedException>(() => Run.Train().Count());
            Assert.Equal(before, Weights());
            Assert.Equal((0, 0, 0), (Run.Step, _optimizer.StepsTaken, (int)_source.Save()));
            Assert.Equal((1, 3), (error.Step, error.Worst.Count));
            Assert.Contains("weights are those after step 0", error.Message, StringComparison.Ordinal);
            return error;
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _models.Value.Dispose();
            _scope.Dispose();
        }

        private double[][] Weights() => [.. _models.Parameters.Select(p => p.Value.Values())];
    }
}
