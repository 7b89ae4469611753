using System.Text.Json.Nodes;
using Align.Methods;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

public sealed class SftGoldenTests
{
    [Fact]
    public void Every_row_of_the_reference_has_our_loss_metrics_and_gradient()
    {
        using var scope = NewDisposeScope();
        var tensors = GoldenTensors.Tensors("offline/sft.safetensors");
        var cases = Golden.Json("offline/sft.json")["cases"]!.AsArray();
        Golden.Rows("offline/sft.json#cases", cases.Select(c => ((string)c!["id"]!, c)), row =>
        {
            Compare(row, tensors, ScalarType.Float64, "", 1e-9);
            Compare(row, tensors, ScalarType.Float32, "_f32", 1e-5);
            return Outcome.Passed;
        });
    }

    private static void Compare(JsonNode row, IReadOnlyDictionary<string, Tensor> tensors, ScalarType type, string suffix, double tolerance)
    {
        using var scope = NewDisposeScope();
        var which = (bool)row["completion_only_loss"]! ? "masked" : "full";
        var logits = tensors["logits"].to(type, copy: true).requires_grad_(true);
        var micros = new List<TextBatch>();
        var objectives = new List<Align.Training.Objective<TextBatch>>();
        long at = 0;
        foreach (var size in row["micro_batches"]!.AsArray().Select(s => (long)s!))
        {
            Tensor Rows(string name) => tensors[$"{which}.{name}"].narrow(0, at, size).contiguous();
            micros.Add(new(GoldenTensors.Batch(Rows("input_ids"), Rows("attention_mask"), Rows("labels").ne(-100).to(ScalarType.Int64)), [0]));
            objectives.Add(Sft.Objective(new LogitsPolicy(logits.narrow(0, at, size)), (string)row["loss_type"]! == "dft" ? Sft.Dynamic : null));
            at += size;
        }

        var total = micros.Zip(objectives, (m, o) => o.Weights(m)[0]).Sum();
        Assert.Equal((double)row["num_items_in_batch"]!, total);
        var terms = micros.Zip(objectives, (m, o) => o.Terms(m)).ToArray();
        var losses = terms.Select(t => t.Losses[0].Sum / total).ToArray();
        Close.To(row["micro_losses" + suffix]!.Numbers(), [.. losses.Select(l => l.ToDouble())], tolerance, "micro_losses");
        Close.To(Golden.Number(row["loss" + suffix]), losses.Sum(l => l.ToDouble()), tolerance, "loss");
        foreach (var (name, value) in row["last_micro_metrics" + suffix]!.AsObject())
            Close.To(Golden.Number(value), name == "num_tokens" ? micros[^1].Tokens : terms[^1].Metrics[name].Sum / terms[^1].Metrics[name].Weight, tolerance, name);
        losses.Aggregate((a, b) => a + b).backward();
        if (suffix.Length == 0) Close.To(tensors[$"{row["id"]}.grad"], logits.grad!, tolerance, "gradient");
    }
}
