using Align.Evaluation;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Evaluation;

/// <summary>Where every answer can be counted, each method ends where theory says it ends.</summary>
public sealed class ExactOptimumTests
{
    [Fact]
    public void Ppo_ends_at_the_optimum()
    {
        using var task = new TinyTask(vocabulary: 3, room: 3);
        using var policy = task.Reference.Copy();
        using var value = RewardModel.From(policy);
        var (models, options) = (new PpoModels(policy, task.Reference, value), new PpoOptions { KlCoefficient = TinyTask.Beta, Lambda = 1 });
        var source = new Rollouts(TinyTask.Prompts(256), PpoRollout.Collect(models, task.Reward, task.Writing, options), 0, new Rng(2), epochs: 2, minibatches: 2);
        IsTheEnd(task.Train(policy, models, Ppo.Objective(models, options), source, steps: 240));
    }

    [Fact]
    public void Rloo_ends_at_the_optimum()
    {
        using var task = new TinyTask(vocabulary: 3, room: 3);
        using var policy = task.Reference.Copy();
        var source = new Rollouts(TinyTask.Prompts(4), Rloo.Collect(policy, task.Reference, task.Reward, task.Writing, 32, new(TinyTask.Beta)), 0, new Rng(2));
        IsTheEnd(task.Train(policy, policy, Rloo.Objective(policy), source, steps: 120));
    }

    [Fact]
    public void Dpo_ends_at_the_optimum()
    {
        using var task = new TinyTask(vocabulary: 3, room: 3);
        using var policy = task.Reference.Copy();
        using var scope = NewDisposeScope();
        var (pairs, chances) = task.Preferences();
        var weights = tensor(chances);
        var objective = Dpo.Objective(policy, null, TinyTask.Beta, x => weights * Dpo.Sigmoid(x, TinyTask.Beta));
        var source = Dpo.Batches(Dpo.WithReference(pairs, task.Reference, padId: 0), pairs.Length, padId: 0);
        IsTheEnd(task.Train(policy, policy, objective, source, steps: 120));
    }

    [Fact]
    public void Grpo_ends_at_the_optimum_where_an_answer_is_one_token()
    {
        using var task = new TinyTask(vocabulary: 4, room: 1);
        using var policy = task.Reference.Copy();
        var options = Unbiased();
        var source = new Rollouts(TinyTask.Prompts(1), Grpo.Collect(policy, task.Reference, task.Reward, task.Writing, options), 0, new Rng(2));
        IsTheEnd(task.Train(policy, policy, Grpo.Objective(policy, options), source, steps: 120));
    }

    /// <summary>
    /// GRPO's KL is a loss of each token: its gradient moves the token that paid it, never the one before that led there. So theory says where it ends, and that this is
    /// not the optimum: every choice is weighed by the reward to come alone.
    /// </summary>
    [Fact]
    public void Grpo_ends_at_another_place_where_an_answer_is_longer()
    {
        using var task = new TinyTask(vocabulary: 3, room: 3);
        using var policy = task.Reference.Copy();
        var options = Unbiased();
        var source = new Rollouts(TinyTask.Prompts(1), Grpo.Collect(policy, task.Reference, task.Reward, task.Writing, options), 0, new Rng(2));
        var (before, after) = task.Train(policy, policy, Grpo.Objective(policy, options), source, steps: 160);
        var expected = task.Shortsighted();
        var toExpected = Distance(task.Optimum.Of(policy), expected);
        var apart = Distance(task.Optimum.Probabilities, expected);
        Assert.True(toExpected < 0.05 && apart > 2 * toExpected && after < before, $"{toExpected} from where theory says, which is {apart} from the optimum; {before} → {after}");
    }

    [Fact]
    public void The_optimum_of_two_answers_is_the_one_worked_out_by_hand()
    {
        using var reference = new TablePolicy(vocabularySize: 2, length: 1, ScalarType.Float64); // ½ and ½
        var optimum = ExactOptimum.Of(reference, [1], ids => ids[0] * Math.Log(3) / 2, beta: 0.5, endId: 0, maxTokens: 1); // e^(r/β) = 1, 3
        Assert.Equal([[0], [1]], optimum.Completions);
        Close.To([0.25, 0.75], [.. optimum.Probabilities], 1e-12);
        Close.To(0.25, optimum.Distance(reference), 1e-12);
    }

    [Fact]
    public void Without_a_reward_the_reference_is_the_optimum_and_all_answers_are_counted()
    {
        using var task = new TinyTask(vocabulary: 4, room: 3);
        var optimum = ExactOptimum.Of(task.Reference, [2], _ => 1, beta: 0.1, endId: 0, maxTokens: 3);
        Assert.Equal(1 + 3 + 9 * 4, optimum.Completions.Count);
        Close.To(1, optimum.Probabilities.Sum(), 1e-12);
        Close.To(0, optimum.Distance(task.Reference), 1e-12);
    }

    [Fact]
    public void What_has_no_optimum_or_too_many_answers_is_refused()
    {
        using var task = new TinyTask(vocabulary: 3, room: 3);
        foreach (var beta in new[] { 0, -1, double.NaN })
            Assert.Contains("β", Assert.Throws<EnumerationException>(() => ExactOptimum.Of(task.Reference, [1], _ => 0, beta, 0, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("100000", Assert.Throws<EnumerationException>(() => ExactOptimum.Of(task.Reference, [1], _ => 0, 1, 0, 30)).Message, StringComparison.Ordinal);
    }

    /// <summary>Neither a length nor a deviation is divided by, and the KL is that of π to π₀.</summary>
    private static GrpoOptions Unbiased() => new()
    {
        GroupSize = 256, Scale = GroupScale.None, Average = TokenAverage.Constant(1), Beta = TinyTask.Beta, CorrectKl = true, OnPolicy = true,
    };

    private static void IsTheEnd((double Before, double After) distance) =>
        Assert.True(distance.After < 0.05 && distance.Before >= 5 * distance.After, $"total variation to the optimum: {distance.Before} → {distance.After}");

    private static double Distance(IReadOnlyList<double> p, IReadOnlyList<double> q) => p.Zip(q, (a, b) => Math.Abs(a - b)).Sum() / 2;
}
