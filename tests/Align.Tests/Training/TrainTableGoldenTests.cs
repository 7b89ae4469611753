using Align.Methods;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Training;

/// <summary>golden/models/train: five steps with clipping, decay groups and warm-up, float32.</summary>
public sealed class TrainTableGoldenTests
{
    [Theory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("gpt2")]
    public void A_family_trains_as_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        var (about, expected) = (Golden.Json($"models/train/{name}/expected.json"), GoldenTensors.Tensors($"models/train/{name}/expected.safetensors"));
        var folder = $"models/{about["base"]}";
        using var model = GoldenModels.Load(folder);
        var inputs = GoldenTensors.Tensors(folder + "/expected.safetensors");
        var batch = new TextBatch(GoldenTensors.Batch(inputs["right.input_ids"], inputs["right.attention_mask"], inputs["loss.labels"].ne(-100).to(ScalarType.Int64)), [0, 1, 2]);
        var trace = about["trace"]!.AsArray();
        using var optimizer = new AdamW(
            model.Parameters, Golden.Number(about["betas"]![0]), Golden.Number(about["betas"]![1]), Golden.Number(about["eps"]), Golden.Number(about["weight_decay"]));
        var run = new Run<TextBatch>(
            Sft.Objective(model), new FixedBatches<TextBatch>([.. Enumerable.Repeat(batch, trace.Count)]), optimizer,
            Schedules.Linear(Golden.Number(about["lr"]), (int)about["total_steps"]!, (int)about["warmup_steps"]!), trace.Count, maxGradientNorm: Golden.Number(about["max_grad_norm"]));

        Assert.Equal(
            about["decayed"]!.AsArray().Select(n => (string)n!).Where(n => !model.Config.TiedEmbeddings || n != "lm_head.weight").Order(StringComparer.Ordinal),
            model.Parameters.Where(p => p.Value.dim() > 1).Select(p => p.Name).Order(StringComparer.Ordinal));
        using var steps = run.Train().GetEnumerator();
        
        // The keys' part of gpt2's c_attn.bias has no gradient but rounding noise, which AdamW makes steps of: the reference leaves it out.
        var compared = model.Parameters.Where(p => about["params_norm"]![p.Name] is not null).ToArray();
        Assert.All(model.Parameters.Except(compared), p => Assert.EndsWith("c_attn.bias", p.Name, StringComparison.Ordinal));
        Golden.Rows($"models/train/{name}", trace.Select((t, i) => ($"step {i}", t!)), row =>
        {
            Assert.True(steps.MoveNext());
            Close.To(Golden.Number(row["lr"]), steps.Current["learning_rate"], 1e-12, "lr");
            Close.To(Golden.Number(row["loss"]), steps.Current["loss"], 1e-4, "loss");
            Close.To(Golden.Number(row["grad_norm_before_clip"]), steps.Current["grad_norm"], 1e-4, "grad_norm");
            Close.To(Golden.Number(row["param_norm_after"]), Math.Sqrt(compared.Sum(p => p.Value.square().sum().ToDouble())), 1e-5, "param_norm");
            return Outcome.Passed;
        });

        foreach (var (parameter, value) in compared)
        {
            if (expected.TryGetValue("final." + parameter, out var final)) Close.To(final, value, 1e-3, parameter);
            Close.To(Golden.Number(about["params_norm"]![parameter]), value.norm().ToDouble(), 1e-4, $"norm of {parameter}");
        }
    }
}
