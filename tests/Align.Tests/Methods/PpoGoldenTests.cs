using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>PPO from the first rollout to the last weight, every tensor on the way.</summary>
public sealed class PpoGoldenTests
{
    [Fact]
    public void Every_run_on_lookup_tables_is_ours_in_float64()
    {
        using var scope = NewDisposeScope();
        var (file, tensors) = (Golden.Json("onpolicy/ppo-tabular.json"), GoldenTensors.Tensors("onpolicy/ppo-tabular.safetensors"));
        Golden.Rows("onpolicy/ppo-tabular.json", file["cases"]!.AsArray().Select(c => ((string)c!["name"]!, c)), row =>
        {
            using var inner = NewDisposeScope();
            var initial = $"{row["name"]}/initial";
            using var value = Valued("value");
            using var reward = Valued("reward");
            var models = Models(row, Table("policy"), Table("reference"), value);
            var source = new GoldenPpo(row, tensors, models, reward, 1e-9);
            if ((int)row["config"]!["gradient_accumulation_steps"]! > 1)
            {
                FirstStep(source);
                return Outcome.KnownDifference("the reference averages the means of micro-batches; rollout and first step are equal");
            }

            Follow(row, source, models, 1e-9);
            foreach (var (name, weight) in Trained(models)) Close.To(tensors[$"{row["name"]}/final/{name}"], weight, 1e-9, name);
            return Outcome.Passed;

            PositionTable Table(string who, string prefix = "") => new(Weight(who, prefix + "tok.weight"), Weight(who, prefix + "pos.weight"), prefix);

            RewardModel Valued(string who) => new(Table(who, "model."), Weight(who, "score.weight"), ownsTrunk: true);

            Tensor Weight(string who, string name) => tensors[$"{initial}/{who}/{name}"].clone().requires_grad_(who is "policy" or "value");
        });
    }

    [Theory]
    [InlineData("ppo-llama-k1")]
    [InlineData("ppo-llama-k3-whitened-penalty-discount")]
    public void The_runs_on_small_decoders_are_ours(string name)
    {
        using var scope = NewDisposeScope();
        var (file, tensors) = (Golden.Json($"onpolicy/{name}.json"), GoldenTensors.Tensors($"onpolicy/{name}.safetensors"));
        Golden.Rows($"onpolicy/{name}.json", file["cases"]!.AsArray().Select(c => ((string)c!["name"]!, c)), row =>
        {
            var start = row["start"]!;
            using var policy = GoldenModels.Load((string)start["policy"]!);
            using var reference = GoldenModels.Load((string)start["reference"]!);
            using var value = GoldenModels.LoadReward((string)start["value"]!);
            using var reward = GoldenModels.LoadReward((string)start["reward"]!);
            var models = Models(row, policy, reference, value);
            Follow(row, new GoldenPpo(row, tensors, models, reward, 1e-4), models, 1e-4);
            GoldenTensors.WeightsAreNear(tensors, $"{row["name"]}/final/", Trained(models));
            return Outcome.Passed;
        });
    }

    private static PpoModels Models(JsonNode row, IPolicy policy, IPolicy reference, RewardModel value)
    {
        var temperature = Golden.Number(row["config"]!["temperature"]) + 1e-7; // what the reference divides by
        return new(policy.AtTemperature(temperature), reference.AtTemperature(temperature), value);
    }

    private static IEnumerable<(string Name, Tensor Value)> Trained(PpoModels models) =>
        models.Parameters.Select(p => (p.Name.StartsWith("value.", StringComparison.Ordinal) ? "value/" + p.Name["value.".Length..] : "policy/" + p.Name, p.Value));

    /// <summary>One rate per update, no clipping, as the reference does it.</summary>
    private static void Follow(JsonNode row, GoldenPpo source, PpoModels models, double tolerance)
    {
        var updates = row["updates"]!.AsArray();
        using var optimizer = new AdamW(models.Parameters);
        Schedule rate = k => Golden.Number(updates[k * updates.Count / source.Count]!["metrics"]!["lr"]);
        var run = new Run<RolloutBatch>(source.Objective(), source, optimizer, rate, source.Count, maxGradientNorm: double.PositiveInfinity);
        var within = new List<Step>();
        foreach (var step in run.Train())
        {
            var (update, micro, first) = source.Micro;
            if (first) within.Clear();
            within.Add(step);
            Close.To(Golden.Number(micro["loss"]), step["loss"], tolerance, "loss");
            Close.To(Golden.Number(micro["grad_norm"]), step["grad_norm"], tolerance, "gradient norm");
            if (within.Count < source.Count / updates.Count) continue;
            foreach (var name in new[] { "loss/policy_avg", "loss/value_avg", "policy/clipfrac_avg", "val/clipfrac_avg" })
                Close.To(Golden.Number(update["metrics"]![name]), within.Average(s => s[name]), Math.Max(tolerance, 1e-6), $"{name} of the update");
        }

        Assert.Equal((int)row["optimizer_steps"]!, run.Step);
    }

    /// <summary>The micro-batches that the first optimizer step was made of, none of which has moved a weight yet.</summary>
    private static void FirstStep(GoldenPpo source)
    {
        var objective = source.Objective();
        do objective.Terms(source.Next()!);
        while (!(bool)source.Micro.Micro["optimizer_stepped"]!);
    }
}
