using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

public sealed class KtoGoldenTests
{
    [Fact]
    public void Every_row_of_kto_has_our_pairs_loss_metrics_and_gradient()
    {
        using var scope = NewDisposeScope();
        var (golden, tensors) = (Golden.Json("offline/kto.json"), GoldenTensors.Tensors("offline/kto.safetensors"));
        Golden.Rows("offline/kto.json#cases", golden["cases"]!.AsArray().Select(c => ((string)c!["id"]!, c)), row =>
        {
            using var inner = NewDisposeScope();
            var batch = BatchOf(golden, tensors, (string)row["batch"]!);
            var (ours, ours32) = (Compute(ScalarType.Float64), Compute(ScalarType.Float32));
            Close.To(Golden.Number(row["loss"]), ours.Loss, 1e-9, "loss");
            Close.To(row["per_example_loss"]!.Numbers(), ours.PerExample, 1e-9, "per_example_loss");
            ours.MetricsAre(row["metrics"]!, 1e-9);
            SidesAreThoseOf(row["metrics"]!, ours);
            Close.To(tensors[$"{row["id"]}.grad"], ours.Gradient, 1e-9, "gradient");
            Close.To(Golden.Number(row["loss_f32"]), ours32.Loss, 1e-5, "loss_f32");
            ours32.MetricsAre(row["metrics_f32"]!, 1e-5);
            return Outcome.Passed;

            Computed Compute(ScalarType type)
            {
                var config = row["config"]!;
                double Number(string name, double absent) => config[name] is { } value ? Golden.Number(value) : absent;
                var (beta, desirable, undesirable) = (Number("beta", 0.1), Number("desirable_weight", 1), Number("undesirable_weight", 1));
                var paired = (string)config["loss_type"]! == "kto";
                using var logits = Logits(tensors, $"{row["batch"]}.policy", type).requires_grad_(true);
                var own = paired ? batch : batch with { Mismatched = null };
                var objective = Kto.Objective(
                    new TwoPolicies(own.Text, logits, Logits(tensors, $"{row["batch"]}.KL_policy", type)),
                    new TwoPolicies(own.Text, Logits(tensors, $"{row["batch"]}.reference", type), Logits(tensors, $"{row["batch"]}.KL_reference", type)),
                    beta,
                    paired ? x => Kto.Loss(x, beta, desirable, undesirable) : x => Kto.ApoZeroUnpaired(x, beta, desirable, undesirable));
                return Computed.From(objective, own, logits);
            }
        });
    }

    [Fact]
    public void Every_step_of_bco_has_our_running_delta_loss_metrics_and_gradient()
    {
        using var scope = NewDisposeScope();
        var (golden, tensors) = (Golden.Json("offline/kto.json"), GoldenTensors.Tensors("offline/kto.safetensors"));
        var steps = golden["bco"]!.AsArray().SelectMany(run => run!["steps"]!.AsArray().Select((step, k) => ($"beta {run["beta"]}, step {k}", (run!, step!, k))));
        var (running, running32) = (new RunningMoments(), new RunningMoments());
        Golden.Rows("offline/kto.json#bco", steps, row =>
        {
            using var inner = NewDisposeScope();
            var (run, step, k) = row;
            if (k == 0) (running, running32) = (new(), new());
            var (step32, name, beta) = (run["steps_f32"]![k]!, (string)step["batch"]!, Golden.Number(run["beta"]));
            var batch = BatchOf(golden, tensors, name) with { Mismatched = null };
            var (ours, ours32) = (Compute(ScalarType.Float64, running), Compute(ScalarType.Float32, running32));

            Close.To(Golden.Number(step["loss"]), ours.Loss, 1e-9, "loss");
            ours.MetricsAre(step["metrics"]!, 1e-9, "logits/chosen", "logits/rejected");
            SidesAreThoseOf(step["metrics"]!, ours);
            Close.To(tensors[$"bco_beta{run["beta"]}.{k}.grad"], ours.Gradient, 1e-9, "gradient");
            double[] moments = [running.Mean, running.StandardDeviation, running.Variance, running.Count];
            Close.To([.. new[] { "mean", "std", "var", "count" }.Select(m => Golden.Number(step["running"]![m]))], moments, 1e-9, "running moments");
            Close.To(Golden.Number(step32["loss"]), ours32.Loss, 1e-5, "loss_f32");
            ours32.MetricsAre(step32["metrics"]!, 1e-5, "logits/chosen", "logits/rejected");
            LogitsAreMeansOverCompletions(tensors, name, ours);
            return Outcome.KnownDifference("logits/* are means over the completions, not sums over all positions; all else equal");

            Computed Compute(ScalarType type, RunningMoments delta)
            {
                using var logits = Logits(tensors, $"{name}.policy", type).requires_grad_(true);
                return Computed.From(Bco.Objective(new LogitsPolicy(logits), new LogitsPolicy(Logits(tensors, $"{name}.reference", type)), beta, delta), batch, logits);
            }
        });
    }

    private static Tensor Logits(IReadOnlyDictionary<string, Tensor> tensors, string name, ScalarType type) => tensors[name].to(type, copy: true);

    /// <summary>The batch from its prompts and completions, by our own rotation: ids and masks have to be the golden ones.</summary>
    private static JudgementBatch BatchOf(JsonNode golden, IReadOnlyDictionary<string, Tensor> tensors, string name)
    {
        var node = golden["batches"]![name]!;
        int[] Ids(string field, int i) => [.. node[field]![i]!.AsArray().Select(x => (int)x!)];
        var judgements = node["label"]!.AsArray().Select((label, i) => new TokenizedJudgement(TokenizedText.Of(Ids("prompt_ids", i), Ids("completion_ids", i)), (bool)label!));
        var batch = JudgementBatch.Padded(Kto.Mismatch([.. judgements], block: node["label"]!.AsArray().Count), padId: 0);
        Same(batch.Text, "");
        Same(batch.Mismatched!, "KL_");
        return batch;

        void Same(Batch ours, string prefix)
        {
            var expected = GoldenTensors.Batch(tensors[$"{name}.{prefix}input_ids"], tensors[$"{name}.{prefix}attention_mask"], tensors[$"{name}.{prefix}completion_mask"]);
            Assert.Equal(expected.Ids, ours.Ids);
            Assert.Equal(expected.Segments.Select(s => s.Trained!), ours.Segments.Select(s => s.Trained!));
        }
    }

    /// <summary>A side that a batch lacks is not logged, and margins only where both are there.</summary>
    private static void SidesAreThoseOf(JsonNode expected, Computed ours)
    {
        foreach (var name in new[] { "rewards/chosen", "rewards/rejected", "logps/chosen", "logps/rejected", "logits/chosen", "logits/rejected", "rewards/margins" })
            Assert.Equal(expected.AsObject().ContainsKey(name), ours.Metrics.ContainsKey(name));
    }

    private static void LogitsAreMeansOverCompletions(IReadOnlyDictionary<string, Tensor> tensors, string name, Computed ours)
    {
        var labels = tensors[$"{name}.label"].data<long>().ToArray();
        foreach (var (side, label) in new[] { ("chosen", 1L), ("rejected", 0L) })
        {
            var rows = tensor([.. Enumerable.Range(0, labels.Length).Where(i => labels[i] == label).Select(i => (long)i)], ScalarType.Int64);
            if (rows.numel() == 0) continue;
            var expected = GoldenTensors.MeanLogit(tensors[$"{name}.policy"].index_select(0, rows), tensors[$"{name}.completion_mask"].index_select(0, rows));
            Close.To(expected, ours.Metrics[$"logits/{side}"], 1e-9, $"logits/{side}");
        }
    }

    /// <summary>Given logits for the matched rows and others for the mismatched ones.</summary>
    private sealed class TwoPolicies(Batch text, Tensor logits, Tensor mismatched) : IPolicy
    {
        private readonly LogitsPolicy _own = new(logits), _other = new(mismatched);

        public int VocabularySize => _own.VocabularySize;

        public Device Device => _own.Device;

        public Head Head => _own.Head;

        public Tensor Hidden(Batch batch, Tensor places) => (ReferenceEquals(batch, text) ? _own : _other).Hidden(batch, places);

        public IDecoding Decode(Batch prompts, int newTokens) => _own.Decode(prompts, newTokens);
    }
}
