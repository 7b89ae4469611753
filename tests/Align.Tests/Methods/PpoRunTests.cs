using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>Runs of PPO: stopped inside a rollout, with a coefficient that adapts, with a value head of either kind.</summary>
public sealed class PpoRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("align-ppo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, 1, false)] // the first minibatch of a rollout is done
    [InlineData(3, 1, true)] // the first of its second epoch, with the value head on the policy's trunk
    [InlineData(4, 1, false)] // between two rollouts
    [InlineData(6, 1, false)] // inside the second
    [InlineData(3, 3, false)] // steps of three minibatches: the next one ends a rollout and begins another
    public void A_run_that_was_stopped_inside_a_rollout_goes_on_bit_for_bit(int stop, int accumulate, bool onTrunk)
    {
        using var whole = new PpoFixture(onTrunk: onTrunk, accumulate: accumulate);
        var expected = whole.Run.Train().ToList();

        using var first = new PpoFixture(onTrunk: onTrunk, accumulate: accumulate);
        foreach (var step in first.Run.Train()) if (step.Number == stop) break;
        first.Run.Save(_folder);
        using var second = new PpoFixture(seed: 77, onTrunk, accumulate); // other weights, which loading replaces
        Assert.EndsWith($"step-{stop:D8}", second.Run.Load(_folder));
        var rest = second.Run.Train().ToList();

        Assert.Equal(PpoFixture.Steps - stop, rest.Count);
        foreach (var (e, a) in expected.Skip(stop).Zip(rest))
            Assert.Equal(e.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal), a.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal)); // every bit
        Assert.Equal(whole.Weights(), second.Weights());
        Assert.NotEqual(expected[stop - 1]["loss"], expected[^1]["loss"]);
    }

    [Fact]
    public void A_rollout_is_gone_over_once_per_epoch_and_each_time_in_another_order()
    {
        using var fixture = new PpoFixture();
        var seen = Enumerable.Range(0, 2 * PpoFixture.StepsPerRollout).Select(_ => fixture.Source.Next()!).ToList();
        foreach (var rollout in seen.Chunk(PpoFixture.StepsPerRollout))
        {
            var epochs = rollout.Chunk(2).Select(e => e.SelectMany(b => b.Rows).ToArray()).ToArray();
            Assert.All(epochs, e => Assert.Equal(e.Length, e.Distinct().Count()));
            Assert.Equal(epochs[0].Select(r => r.Place).Order(), epochs[1].Select(r => r.Place).Order());
            Assert.Equal([true, false, false, false], rollout.Select(b => b.Metrics is not null));
        }

        Assert.Equal([2, 2, 2, 2, 2, 1, 2, 1], seen.Select(b => b.Rows.Count)); // four prompts, then the three that are left of the pass
        Assert.NotEqual(seen[..4].SelectMany(b => b.Examples).Take(4), seen[..4].SelectMany(b => b.Examples).Skip(4));
        Assert.Throws<BatchException>(() => new Rollouts(null!, null!, 0, new Rng(1), epochs: 0));
        Assert.Throws<BatchException>(() => new Rollouts(null!, null!, 0, new Rng(1), minibatches: 0));
    }

    [Fact]
    public void The_score_is_paid_one_step_after_the_last_token_where_there_is_room_and_both_masks_are_by_length()
    {
        using var fixture = new PpoFixture();
        var batch = fixture.Source.Next()!;
        foreach (var r in batch.Rows)
        {
            Assert.Equal(Math.Min(r.Completion.Length + 1, PpoFixture.Room), r.Steps);
            Assert.Equal([r.Steps, r.Steps, r.Steps, r.Completion.Length], [r.Values!.Length, r.Rewards!.Length, r.Returns!.Length, r.Advantages.Length]);
            Close.To(PpoFixture.Low(new(r.Place, new("", r.Prompt), r.Completion, r.Ended, ""))!.Value - (r.Ended ? 0 : 0.5), r.Score, 1e-12, "score");
            Assert.Equal(r.Completion[^1] == PpoFixture.End, r.Ended);
        }

        Assert.Contains(fixture.Source.Current!.Rows, r => r.Ended != (r.Steps == r.Completion.Length));
    }

    [Fact]
    public void The_coefficient_of_the_kl_follows_its_target()
    {
        var adaptive = new AdaptiveKl(Target: 6, Horizon: 100);
        Close.To(0.2 * (1 + 0.1 * 50 / 100), adaptive.Next(0.2, 6.6, 50), 1e-12); // a tenth too much
        Close.To(0.2 * (1 - 0.1 * 50 / 100), adaptive.Next(0.2, 5.4, 50), 1e-12);
        Close.To(0.2 * (1 + 0.2 * 50 / 100), adaptive.Next(0.2, 600, 50), 1e-12); // at most a fifth counts
        Close.To(0.2 * (1 - 0.2 * 50 / 100), adaptive.Next(0.2, -1, 50), 1e-12);

        using var fixture = new PpoFixture(rate: 1e-2);
        Assert.Equal(PpoFixture.Steps, fixture.Run.Train().Count());
        var betas = fixture.Run.History["objective/kl_coef"].Where(b => !double.IsNaN(b)).ToArray();
        var kls = fixture.Run.History["objective/kl"].Where(k => !double.IsNaN(k)).ToArray();
        Assert.Equal(3, betas.Length);
        Close.To(0.05, betas[0], 1e-12);
        for (var i = 1; i < betas.Length; i++) Close.To(PpoFixture.Options.AdaptiveKl!.Next(betas[i - 1], kls[i - 1], i == 1 ? 4 : 3), betas[i], 1e-12, $"β of rollout {i}");
        Assert.NotEqual(betas[0], betas[2]);
    }

    [Fact]
    public void A_value_head_on_the_trunk_says_what_the_same_model_apart_says_and_trains_the_policy_s_trunk()
    {
        using var scope = NewDisposeScope();
        using var policy = TinyModels.Decoder();
        using var onTrunk = RewardModel.OnTrunk(policy);
        using var apart = RewardModel.From(policy);
        using (no_grad())
            foreach (var head in new[] { onTrunk, apart }) head.Parameters.Single(p => p.Name == "score.weight").Value.copy_(linspace(-1, 1, 16, ScalarType.Float64).view(1, 16));
        var writer = policy.AtTemperature(0.7);
        var (shared, separate) = (new PpoModels(writer, writer, onTrunk), new PpoModels(writer, writer, apart));
        var rows = Enumerable.Range(0, 5).Select(i => new Rollout(i, [1, 3 + i], [.. Enumerable.Range(5, 1 + i)], true) { Steps = Math.Min(i + 2, 5), Score = i - 2 }).ToArray();
        var experience = PpoRollout.Assess(separate, rows, new PpoOptions { ScoreBatch = 2 }, 0.05, padId: 0);
        var again = PpoRollout.Assess(shared, rows, new PpoOptions(), 0.05, padId: 0);
        foreach (var (a, b) in experience.Rows.Zip(again.Rows))
        {
            Close.To(a.Old!, b.Old!, 1e-12, "log-probabilities");
            Close.To(a.Values!, b.Values!, 1e-12, "values");
            Close.To(a.Advantages, b.Advantages, 1e-9, "advantages");
        }

        Assert.Equal(policy.Parameters.Select(p => p.Name).Append("value.score.weight"), shared.Parameters.Select(p => p.Name));
        Assert.Equal(2 * policy.Parameters.Count, separate.Parameters.Count); // without a head, and with a score
        var batch = RolloutBatch.Of(experience.Rows, padId: 0);
        Assert.True(Moves(separate) == 0 && Moves(shared) > 0);
        foreach (var models in new[] { shared, separate })
        {
            var terms = Ppo.Objective(models, new PpoOptions()).Terms(batch);
            Close.To(1, terms.Metrics["val/ratio"].Sum / terms.Metrics["val/ratio"].Weight, 1e-9, "ratio");
        }

        // How much the value loss alone moves the policy's embedding.
        double Moves(PpoModels models)
        {
            var embedding = policy.Parameters[0].Value;
            embedding.grad?.zero_();
            var terms = Ppo.Objective(models, new PpoOptions()).Terms(batch);
            terms.Losses[1].Sum.backward();
            return embedding.grad is { } g ? g.abs().sum().ToDouble() : 0;
        }
    }

    [Fact]
    public void Settings_out_of_range_are_refused_before_anything_is_written()
    {
        using var policy = TinyModels.Decoder();
        using var value = RewardModel.OnTrunk(policy);
        var (models, reward, writing) = (new PpoModels(policy, policy, value), new RewardSum(Reward.Each("low", PpoFixture.Low)), new Writing(4, [2], 0));
        foreach (var options in new PpoOptions[]
        {
            new() { Clip = 0 }, new() { ValueClip = double.NaN }, new() { ValueCoefficient = -1 }, new() { KlCoefficient = -0.1 }, new() { Gamma = 1.1 }, new() { Lambda = -0.1 },
            new() { MissingEndPenalty = -1 }, new() { ScoreBatch = 0 }, new() { AdaptiveKl = new(0) }, new() { AdaptiveKl = new(1, double.NaN) },
        })
            Assert.Contains("has to be", Assert.Throws<LossSettingException>(() => PpoRollout.Collect(models, reward, writing, options)).Message, StringComparison.Ordinal);
        foreach (var options in new GrpoOptions[] { new() { GroupSize = 1 }, new() { Epsilon = 0 }, new() { EpsilonHigh = -1 }, new() { Delta = 0 }, new() { Beta = -1 }, new() { EntropyBonus = double.NaN } })
            Assert.Contains("has to be", Assert.Throws<LossSettingException>(() => Grpo.Collect(policy, policy, reward, writing, options)).Message, StringComparison.Ordinal);
        Assert.Contains("reference", Assert.Throws<LossSettingException>(() => Grpo.Collect(policy, null, reward, writing, new() { Beta = 0.1 })).Message, StringComparison.Ordinal);
        Assert.Throws<LossSettingException>(() => Rloo.Collect(policy, policy, reward, writing, groupSize: 1));
        Assert.Throws<LossSettingException>(() => Rloo.Collect(policy, policy, reward, writing, 2, new(Beta: -1)));
    }

    [Fact]
    public void A_run_leaves_no_tensor_behind()
    {
        using var fixture = new PpoFixture();
        using var steps = fixture.Run.Train().GetEnumerator();
        Assert.True(steps.MoveNext()); // gradients are made once
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        for (var i = 1; i < PpoFixture.Steps; i++) Assert.True(steps.MoveNext());
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }
}
