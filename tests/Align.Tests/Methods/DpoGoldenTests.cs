using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

public sealed class DpoGoldenTests
{
    [Fact]
    public void Every_sigmoid_row_of_the_reference_has_our_loss_metrics_and_gradient()
    {
        using var scope = NewDisposeScope();
        var (pairs, gradients) = (GoldenTensors.Tensors("offline/pairs.safetensors"), GoldenTensors.Tensors("offline/dpo_grads.safetensors"));
        var cases = Golden.Json("offline/dpo.json")["cases"]!.AsArray();
        Golden.Rows("offline/dpo.json#cases", cases.Select(c => ((string)c!["id"]!, c)), row =>
        {
            var config = row["config"]!.AsObject();
            if (Absent(config) is { } reason) return Outcome.NotInThisLibrary(reason);
            var (beta, batch) = (config["beta"] is { } b ? Golden.Number(b) : 0.1, (string)row["batch"]!);

            var exact = Compute(pairs, batch, beta, 0, ScalarType.Float64);
            Compare(row, "", exact, 1e-9);
            Close.To(row["per_pair_loss"]!.Numbers(), exact.PerPair, 1e-9, "per_pair_loss");
            if ((bool)row["gradient"]!) Close.To(gradients[$"{row["id"]}.grad"], exact.Gradient, 1e-9, "gradient");
            Compare(row, "_f32", Compute(pairs, batch, beta, 0, ScalarType.Float32), batch == "extreme" ? 1e-4 : 1e-5);
            return Outcome.Passed;
        });
    }

    [Fact]
    public void Every_row_of_conservative_dpo_has_our_loss_and_gradient()
    {
        using var scope = NewDisposeScope();
        var (pairs, gradients) = (GoldenTensors.Tensors("offline/pairs.safetensors"), GoldenTensors.Tensors("offline/cdpo_grads.safetensors"));
        var cases = Golden.Json("offline/cdpo.json")["cases"]!.AsArray();
        Golden.Rows("offline/cdpo.json", cases.Select(c => ((string)c!["id"]!, c)), row =>
        {
            var ours = Compute(pairs, (string)row["batch"]!, Golden.Number(row["beta"]), Golden.Number(row["label_smoothing"]), ScalarType.Float64);
            Close.To(Golden.Number(row["loss"]), ours.Loss, 1e-9, "loss");
            Close.To(row["per_pair_loss"]!.Numbers(), ours.PerPair, 1e-9, "per_pair_loss");
            Close.To(gradients[$"{row["id"]}.grad"], ours.Gradient, 1e-9, "gradient");
            return Outcome.Passed;
        });
    }

    [Fact]
    public void The_pairs_of_the_reference_have_our_summed_log_probabilities()
    {
        using var scope = NewDisposeScope();
        var pairs = GoldenTensors.Tensors("offline/pairs.safetensors");
        var rows = Golden.Json("offline/pairs.json").AsObject().Where(p => p.Value is JsonObject o && o.ContainsKey("policy_chosen_logps"));
        Golden.Rows("offline/pairs.json", rows.Select(p => (p.Key, p)), p =>
        {
            using var inner = NewDisposeScope();
            var batch = BatchOf(pairs, p.Key);
            foreach (var who in new[] { "policy", "reference" })
            {
                var sums = Models(pairs, p.Key, who, ScalarType.Float64).Frozen(batch).Values();
                var b = sums.Length / 2;
                Close.To(p.Value![$"{who}_chosen_logps"]!.Numbers(), sums[..b], 1e-9, $"{who}_chosen_logps");
                Close.To(p.Value[$"{who}_rejected_logps"]!.Numbers(), sums[b..], 1e-9, $"{who}_rejected_logps");
            }

            return Outcome.Passed;
        });
    }

    private static string? Absent(JsonObject config)
    {
        var losses = config["loss_type"]!.AsArray().Select(l => (string)l!).ToArray();
        if (losses is not ["sigmoid"]) return "other losses of the DPO family";
        if (config.ContainsKey("f_divergence_type")) return "f-divergences";
        if (config.ContainsKey("ld_alpha")) return "LD-DPO";
        return config.ContainsKey("use_weighting") ? "WPO" : null;
    }

    private static Batch BatchOf(IReadOnlyDictionary<string, Tensor> pairs, string name) =>
        GoldenTensors.Batch(pairs[$"{name}.input_ids"], pairs[$"{name}.attention_mask"], pairs[$"{name}.completion_mask"]);

    private static LogitsPolicy Models(IReadOnlyDictionary<string, Tensor> pairs, string name, string who, ScalarType type) =>
        new(pairs[$"{name}.{who}"].to(type, copy: true));

    private static void Compare(JsonNode row, string suffix, Numbers ours, double tolerance)
    {
        Close.To(Golden.Number(row["loss" + suffix]), ours.Loss, tolerance, "loss" + suffix);
        foreach (var (name, value) in row["metrics" + suffix]!.AsObject()) Close.To(Golden.Number(value), ours.Metrics[name], tolerance, name + suffix);
    }

    private static Numbers Compute(IReadOnlyDictionary<string, Tensor> pairs, string name, double beta, double smoothing, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var text = BatchOf(pairs, name);
        var count = text.Rows / 2;
        var logits = pairs[$"{name}.policy"].to(type, copy: true).requires_grad_(true);
        var nothing = new TokenizedPair(new TokenizedText([], []), new TokenizedText([], []));
        var batch = new PreferenceBatch(text, [.. Enumerable.Repeat(nothing, count)], [.. Enumerable.Range(0, count)]);
        var objective = Dpo.Objective(
            new LogitsPolicy(logits), Models(pairs, name, "reference", type), beta, smoothing == 0 ? null : x => Dpo.Sigmoid(x, beta, smoothing));

        var terms = objective.Terms(batch);
        var loss = terms.Losses[0].Sum / objective.Weights(batch)[0];
        loss.backward();
        var metrics = terms.Metrics.ToDictionary(m => m.Key, m => m.Value.Sum / m.Value.Weight);
        metrics["num_tokens"] = batch.Tokens;
        return new(loss.ToDouble(), metrics, terms.Examples["loss"], logits.grad!.MoveToOuterDisposeScope());
    }

    private sealed record Numbers(double Loss, Dictionary<string, double> Metrics, double[] PerPair, Tensor Gradient);
}
