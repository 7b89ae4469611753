using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

public sealed class RlooGoldenTests
{
    private const string File = "onpolicy/rloo-loss";

    [Fact]
    public void Every_row_of_the_reference_has_our_loss_metrics_and_gradient()
    {
        using var scope = NewDisposeScope();
        var (file, tensors) = (Golden.Json(File + ".json"), GoldenTensors.Tensors(File + ".safetensors"));
        Golden.Rows(File + ".json", file["cases"]!.AsArray().Select(c => ((string)c!["name"]!, c)), row =>
        {
            using var inner = NewDisposeScope();
            var (name, config) = ((string)row["inputs"]!, row["config"]!);
            var rollouts = new GoldenRollouts(tensors, name, file["inputs"]![name]!["lengths"]!);
            // The file gives sums over completions: the first token carries them.
            var old = tensors[(string)row["old_logps"]!].Values();
            var batch = rollouts.Batch();
            batch = batch with { Rows = [.. batch.Rows.Select((r, i) => r with { Old = [old[i], .. new double[r.Completion.Length - 1]] })] };
            var objective = Rloo.Objective(
                rollouts.Policy.AtTemperature(Setting(config, "temperature") ?? 1), Golden.Number(config["epsilon"]), Setting(config, "epsilon_high"), Guard.Off);
            var terms = objective.Terms(batch);
            var loss = terms.Losses[0].Sum / objective.Weights(batch)[0];
            Close.To(Golden.Number(row["loss"]), loss.ToDouble(), 1e-9, "loss");
            loss.backward();
            if (row["grad_logits"] is { } gradient) Close.To(tensors[(string)gradient!], rollouts.Logits.grad!, 1e-9, "gradient");
            foreach (var (metric, value) in row["metrics"]!.AsObject())
                Close.To(Golden.Number(value), terms.Extremes.TryGetValue(metric, out var e) ? e.Value : terms.Metrics[metric].Sum / terms.Metrics[metric].Weight, 1e-6, metric);
            return Outcome.Passed;
        });
    }

    private static double? Setting(JsonNode config, string key) => config[key] is { } value ? Golden.Number(value) : null;
}
