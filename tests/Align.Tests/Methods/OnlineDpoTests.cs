using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Tensors;
using Align.Tests.Evaluation;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>Online DPO: six optimizer steps of the reference's trainer from the completions that it wrote, and runs of our own.</summary>
public sealed class OnlineDpoTests
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("trace-online-dpo")]
    [InlineData("trace-online-dpo-ipo")]
    public void It_takes_the_reference_s_six_steps(string name)
    {
        using var scope = NewDisposeScope();
        var trace = Golden.Json($"onpolicy/{name}.json");
        var (config, tensors) = (trace["config"]!, GoldenTensors.Tensors($"onpolicy/{name}.safetensors"));
        using var policy = GoldenModels.Load((string)trace["start"]!["policy"]!);
        using var reference = GoldenModels.Load((string)trace["start"]!["reference"]!);
        var (beta, steps) = (Golden.Number(config["beta"]), trace["steps"]!.AsArray());
        var options = new OnlineDpoOptions(beta, config["missing_eos_penalty"] is { } penalty ? Golden.Number(penalty) : 0);
        // IPO is not averaged over tokens here.
        PairLoss? loss = (string)config["loss_type"]! == "ipo" ? x => (x.ChosenLogRatio() - x.RejectedLogRatio() - 1 / (2 * beta)).pow(2) : null;
        var source = new Written([.. steps.Select(s => (IReadOnlyList<Answer>)Answers(s!["tensors"]!, tensors))], answers => OnlineDpo.Assess(
            answers, new RewardSum(Reward.Each("band", a => a.Ids.Count(id => id is >= 3 and <= 39) - a.Ids.Count(id => id >= 70))).Score(answers), policy, reference, options, padId: 0));
        using var optimizer = new AdamW(policy.Parameters);
        using var run = new Run<RolloutBatch>(
            OnlineDpo.Objective(policy, beta, loss), source, optimizer, Schedules.Linear(Golden.Number(config["learning_rate"]), steps.Count), steps.Count,
            maxGradientNorm: Golden.Number(config["max_grad_norm"])).Train().GetEnumerator();
        Golden.Rows($"onpolicy/{name}.json", steps.Select((s, i) => ($"step {i + 1}", s!)), row =>
        {
            Assert.True(run.MoveNext());
            var (step, golden, pairs) = (run.Current, row["tensors"]!, source.Last.Count / 2);
            Close.To(Golden.Number(row["loss"]), step["loss"], Tolerance, "loss");
            // IPO's loss is a square, and so is its rounding: the roots are compared.
            Close.To(Roots(Near(golden, "losses")), Roots(step.Examples["loss"]), Tolerance, "losses");
            // The reference has all first answers above all second ones, ours are neighbours.
            Close.To(Near(golden, "rewards"), [.. Enumerable.Range(0, 2 * pairs).Select(i => source.Last[2 * (i % pairs) + i / pairs].Score)], Tolerance, "rewards");
            var (mask, old, known) = (tensors[(string)golden["completion_mask"]!], tensors[(string)golden["logprobs"]!], tensors[(string)golden["ref_logprobs"]!]);
            var kl = ((old - known) * mask).sum(1).mean().ToDouble();
            var scores = Golden.Number(row["logged"]!["objective/scores"]);
            Dictionary<string, double> masked = new()
            {
                ["objective/kl"] = kl,
                ["objective/entropy"] = (-old * mask).sum(1).mean().ToDouble(),
                ["objective/non_score_reward"] = -beta * kl,
                ["objective/rlhf_reward"] = scores - beta * kl,
            };
            var differs = false;
            foreach (var (metric, value) in row["logged"]!.AsObject())
            {
                if (metric is "epoch" or "step" or "loss") continue; // the logged loss is rounded, the exact one was compared
                if (masked.TryGetValue(metric, out var ours)) differs |= Math.Abs(ours - Golden.Number(value)) > Tolerance;
                else ours = Golden.Number(value);
                Close.To(ours, step[metric], Tolerance, metric);
            }

            return differs ? Outcome.KnownDifference("objective/* with padding, TRL #6809; ours masked") : Outcome.Passed;
        });
        GoldenTensors.WeightsAreNear(tensors, "final/policy/", policy.Parameters);

        double[] Roots(double[] losses) => loss is null ? losses : [.. losses.Select(Math.Sqrt)];

        double[] Near(JsonNode golden, string tensor) => tensors[(string)golden[tensor]!].Values();
    }

    [Fact]
    public void Trained_towards_a_score_the_policy_comes_nearer_to_the_exact_optimum()
    {
        using var task = new TinyTask(3, 3);
        using var policy = new TablePolicy(3, 3, ScalarType.Float64);
        using (no_grad()) foreach (var (mine, theirs) in policy.Parameters.Zip(task.Reference.Parameters)) mine.Value.copy_(theirs.Value);
        // A judge who prefers by Bradley and Terry's model makes DPO's optimum that of the reward itself.
        var luck = new Rng(4);
        var judge = new RewardSum(Reward.Each("noisy score", a => TinyTask.Score(a.Ids) - Math.Log(-Math.Log(1 - luck.NextDouble()))));
        var source = new Rollouts(TinyTask.Prompts(64), OnlineDpo.Collect(policy, task.Reference, judge, task.Writing, new(TinyTask.Beta)), 0, new Rng(2), together: 2);
        var (before, after) = task.Train(policy, policy, OnlineDpo.Objective(policy, TinyTask.Beta), source, 120);
        Assert.True(after < 0.3 * before, $"{before} before, {after} after");
    }

    [Fact]
    public void Answers_of_a_pair_stay_together_over_epochs_and_minibatches_and_the_state_resumes()
    {
        using var task = new TinyTask(3, 2);
        Rollouts Source() => new(TinyTask.Prompts(6), OnlineDpo.Collect(task.Reference, task.Reference, task.Reward, task.Writing), 0, new Rng(3), epochs: 2, minibatches: 4, together: 2);
        var (whole, second) = (Source(), Source());
        var batches = Enumerable.Range(0, 9).Select(_ => whole.Next()!).ToList();
        Assert.All(batches, b => Assert.Equal(4, b.Rows.Count)); // six pairs in four minibatches: two pairs each
        Assert.All(batches, b => Assert.True(b.Rows.Chunk(2).All(p => p[0].Place == p[1].Place)));
        var first = Source();
        for (var i = 0; i < 3; i++) first.Next();
        second.Load(first.Save());
        Assert.Equal(batches[3].Rows.Select(r => r.Score), second.Next()!.Rows.Select(r => r.Score));
    }

    [Fact]
    public void Rows_that_are_no_pairs_and_scores_that_are_none_are_refused()
    {
        using var task = new TinyTask(3, 2);
        var single = new Rollouts(TinyTask.Prompts(3), Rloo.Collect(task.Reference, task.Reference, task.Reward, task.Writing, 3), 0, new Rng(3)).Next()!;
        Assert.Contains("no two answers", Assert.Throws<BatchException>(() => OnlineDpo.Objective(task.Reference).Terms(single)).Message, StringComparison.Ordinal);
        var none = new RewardSum(Reward.Each("never", _ => null));
        Assert.Throws<RewardException>(() => new Rollouts(TinyTask.Prompts(2), OnlineDpo.Collect(task.Reference, task.Reference, none, task.Writing), 0, new Rng(3), together: 2).Next());
        Assert.Throws<LossSettingException>(() => OnlineDpo.Collect(task.Reference, task.Reference, task.Reward, task.Writing, new(0)));
    }

    private static Answer[] Answers(JsonNode golden, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var (prompts, asked) = (tensors[(string)golden["prompt_ids"]!], tensors[(string)golden["prompt_mask"]!]);
        var (completions, written) = (tensors[(string)golden["completion_ids"]!], tensors[(string)golden["completion_mask"]!]);
        var pairs = (int)prompts.shape[0] / 2;
        return [.. Enumerable.Range(0, 2 * pairs).Select(i => i / 2 + i % 2 * pairs).Select(row =>
        {
            var ids = Kept(completions, written, row);
            return new Answer(row % pairs, new TokenizedPrompt("", Kept(prompts, asked, row)), ids, ids[^1] == 2, "");
        })];

        static int[] Kept(Tensor ids, Tensor mask, int row) => [.. ids.select(0, row).Values().Zip(mask.select(0, row).Values()).Where(p => p.Second != 0).Select(p => (int)p.First)];
    }

    /// <summary>Rollouts that were written before, assessed when they are asked for.</summary>
    private sealed class Written(IReadOnlyList<IReadOnlyList<Answer>> answers, Func<IReadOnlyList<Answer>, Experience> assess) : IBatchSource<RolloutBatch>
    {
        private int _at;

        public IReadOnlyList<Rollout> Last { get; private set; } = [];

        public RolloutBatch? Next()
        {
            if (_at == answers.Count) return null;
            var experience = assess(answers[_at++]);
            Last = experience.Rows;
            return RolloutBatch.Of(experience.Rows, padId: 0, experience.Metrics);
        }

        public JsonNode Save() => JsonValue.Create(_at);

        public void Load(JsonNode state) => _at = (int)state;
    }
}
