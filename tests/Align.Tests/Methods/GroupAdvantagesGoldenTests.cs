using System.Text.Json.Nodes;
using Align.Methods;
using Align.Rewards;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>From rewards to advantages, with everything that is logged on the way.</summary>
public sealed class GroupAdvantagesGoldenTests
{
    private const string File = "onpolicy/advantages";

    [Fact]
    public void Every_row_of_the_reference_has_our_advantages_and_metrics()
    {
        using var scope = NewDisposeScope();
        var (file, tensors) = (Golden.Json(File + ".json"), GoldenTensors.Tensors(File + ".safetensors"));
        Golden.Rows(File + ".json", file["cases"]!.AsArray().Select(c => ((string)c!["name"]!, c)), row =>
        {
            using var inner = NewDisposeScope();
            var config = row["config"]!;
            var functions = file["rewards"]![(string)row["rewards"]!]!.AsArray();
            var rewards = new RewardSum([.. functions.Select((f, i) => new Reward(
                $"r{i}", _ => [.. f!.AsArray().Select(r => r is null ? (double?)null : Golden.Number(r))], row["weights"] is { } w ? Golden.Number(w[i]) : 1))]);
            IReadOnlyList<Answer> answers = [.. file["completions"]!.AsArray().Select((c, i) => Answer(i, [.. c!.AsArray().Select(id => (int)id!)]))];
            var experience = (string)row["trainer"]! == "GRPO" ? Grpo(config, answers, rewards) : Rloo(config, answers, rewards, tensors, file);

            Close.To(row["advantages"]!.Numbers(), [.. experience.Rows.Select(r => r.Advantages[0])], 1e-9, "advantages");
            if (row["num_items_in_batch"] is { } items) Assert.Equal((int)items, RolloutBatch.Of(experience.Rows, 0).Text.TrainedTokens);
            foreach (var (metric, value) in row["metrics"]!.AsObject())
                Close.To(Golden.Number(value), Metric(metric, experience), 1e-6, metric);
            return Outcome.Passed;
        });
    }

    private static Answer Answer(int place, int[] ids) => new(place, new TokenizedPrompt("", [1, 1, 1]), ids, ids[^1] == 2, "");

    private static double Metric(string name, Experience experience)
    {
        if (name == "num_tokens") return RolloutBatch.Of(experience.Rows, 0).Tokens;
        var (sum, weight) = experience.Metrics[name];
        return sum / weight;
    }

    private static Experience Grpo(JsonNode config, IReadOnlyList<Answer> answers, RewardSum rewards)
    {
        var options = new GrpoOptions
        {
            GroupSize = (int)config["num_generations"]!,
            Scale = (string)config["scale_rewards"]! switch { "group" => GroupScale.Group, "batch" => GroupScale.Batch, _ => GroupScale.None },
            ScaleEachReward = (string)config["multi_objective_aggregation"]! == "normalize_then_sum",
            LeaveOutTruncated = (bool?)config["mask_truncated_completions"] == true,
        };
        return Align.Methods.Grpo.Assess(GroupRollout.Rows(answers, options.LeaveOutTruncated), rewards.Score(answers), null, null, options, padId: 0);
    }

    private static Experience Rloo(JsonNode config, IReadOnlyList<Answer> answers, RewardSum rewards, IReadOnlyDictionary<string, Tensor> tensors, JsonNode file)
    {
        var range = config["reward_clip_range"]?.Numbers();
        var options = new RlooOptions(
            Golden.Number(config["beta"]), range is null ? null : (range[0], range[1]), (bool)config["normalize_advantages"]!, (bool)config["mask_truncated_completions"]!);
        var rows = GroupRollout.Rows(answers, options.LeaveOutTruncated).Select((r, i) => r with { Old = LogProbs("old_per_token_logps", i, r), Reference = LogProbs("ref_per_token_logps", i, r) });
        return Align.Methods.Rloo.Assess([.. rows], rewards.Score(answers), null, null, (int)config["num_generations"]!, options, padId: 0);

        double[] LogProbs(string name, int row, Rollout r) => tensors[(string)file["rloo_inputs"]![name]!].select(0, row).Values()[..r.Completion.Length];
    }
}
