using System.Text.Json.Nodes;
using Align.Methods;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

public sealed class ReferenceFreeGoldenTests
{
    /// <summary>The reference averages logits over prompts and padding as well; ours are compared with <see cref="GoldenTensors.MeanLogit"/> in place of them.</summary>
    private static readonly string[] OverAllPositions = ["logits/chosen", "logits/rejected"];

    [Fact]
    public void Every_row_of_orpo_has_our_loss_metrics_and_gradient() => Rows("orpo", (row, golden, type) =>
    {
        var beta = Golden.Number(row["config"]!["beta"]);
        return Compute(golden, type, policy => Orpo.Objective(policy, beta), promptsToo: true);
    });

    [Fact]
    public void Every_row_of_cpo_simpo_and_alphapo_has_our_loss_metrics_and_gradient() => Rows("cpo", (row, golden, type) =>
    {
        var config = row["config"]!;
        double Number(string name, double absent) => config[name] is { } value ? Golden.Number(value) : absent;
        var (beta, smoothing, gamma, name) = (Number("beta", 0.1), Number("label_smoothing", 0), Number("simpo_gamma", 0.5), (string)config["loss_type"]!);
        PairLoss loss = name switch
        {
            "sigmoid" => x => Cpo.Sigmoid(x, beta, smoothing),
            "hinge" => x => Cpo.Hinge(x, beta),
            "ipo" => x => Cpo.Ipo(x, beta),
            _ => x => Cpo.Simpo(x, beta, gamma, smoothing),
        };
        var averaged = name is "ipo" or "simpo" or "alphapo";
        return Compute(golden, type, policy => Cpo.Objective(policy, beta, loss, averaged, Number("alpha", 0), name == "alphapo" ? 0 : Number("cpo_alpha", 1)), promptsToo: false);
    });

    [Fact]
    public void Rows_of_tpo_are_counted_as_absent() => Golden.Rows("offline/reference_free.json#tpo", Cases("tpo"), _ => Outcome.NotInThisLibrary("TPO"));

    private static void Rows(string method, Func<JsonNode, GoldenPairs, ScalarType, Computed> compute)
    {
        using var scope = NewDisposeScope();
        var (pairs, gradients) = (GoldenTensors.Tensors("offline/pairs.safetensors"), GoldenTensors.Tensors("offline/reference_free_grads.safetensors"));
        Golden.Rows($"offline/reference_free.json#{method}", Cases(method), row =>
        {
            using var inner = NewDisposeScope();
            var golden = new GoldenPairs(pairs, (string)row["batch"]!);
            var (ours, ours32) = (compute(row, golden, ScalarType.Float64), compute(row, golden, ScalarType.Float32));
            LogitsAreOverCompletions(golden, ours);
            if (double.IsNaN(Golden.Number(row["loss"]))) return Saturated(row, golden, ours, ours32);

            Close.To(Golden.Number(row["loss"]), ours.Loss, 1e-9, "loss");
            ours.MetricsAre(row["metrics"]!, 1e-9, OverAllPositions);
            foreach (var (alone, i) in row["per_pair"]!.AsArray().Select((p, i) => (p!, i)))
            {
                var single = compute(row, golden.Single(i), ScalarType.Float64);
                Close.To(Golden.Number(alone["loss"]), single.Loss, 1e-9, $"per_pair[{i}].loss");
                foreach (var (name, value) in alone.AsObject())
                    if (name != "loss") Close.To(Golden.Number(value), single.Metrics[name], 1e-9, $"per_pair[{i}].{name}");
            }

            Close.To(gradients[$"{row["id"]}.grad"], ours.Gradient, 1e-9, "gradient");

            // log(1 - p) has lost its digits in fp32 where p is near 1.
            var (loss, odds) = ((string)row["batch"]!) switch { "confident" => (1e-3, 2e-2), "extreme" => (1e-4, 1e-4), _ => (1e-5, 1e-5) };
            Close.To(Golden.Number(row["loss_f32"]), ours32.Loss, loss, "loss_f32");
            ours32.MetricsAre(row["metrics_f32"]!, Math.Min(loss, 1e-4), [.. OverAllPositions, "log_odds_ratio", "log_odds_chosen"]);
            foreach (var name in row["metrics_f32"]!.AsObject().Select(m => m.Key).Where(n => n.StartsWith("log_odds", StringComparison.Ordinal)))
                Close.To(Golden.Number(row["metrics_f32"]![name]), ours32.Metrics[name], odds, name);
            return Outcome.KnownDifference("logits/* over the completions alone; all else equal");
        });
    }

    private static void LogitsAreOverCompletions(GoldenPairs golden, Computed ours)
    {
        var (logits, mask, n) = (golden.Logits("policy"), golden.CompletionMask, golden.Count);
        Close.To(GoldenTensors.MeanLogit(logits.narrow(0, 0, n), mask.narrow(0, 0, n)), ours.Metrics["logits/chosen"], 1e-9, "logits/chosen");
        Close.To(GoldenTensors.MeanLogit(logits.narrow(0, n, n), mask.narrow(0, n, n)), ours.Metrics["logits/rejected"], 1e-9, "logits/rejected");
    }

    /// <summary>A pair whose two answers are certain has the odds ratio ∞/∞ in the reference. Ours has even odds there, so the pair costs ln 2; the others are certain, and cost 0.</summary>
    private static Outcome Saturated(JsonNode row, GoldenPairs golden, Computed ours, Computed ours32)
    {
        var beta = Golden.Number(row["config"]!["beta"]);
        double[] perPair = [.. row["per_pair"]!.AsArray().Select(p => double.IsNaN(Golden.Number(p!["log_odds_ratio"])) ? Math.Log(2) : -Golden.Number(p["log_odds_ratio"]))];
        Assert.Contains(Math.Log(2), perPair);
        Close.To(perPair, ours.PerExample, 1e-9, "odds ratio per pair");
        Close.To(Golden.Number(row["metrics"]!["nll_loss"]) + beta * perPair.Average(), ours.Loss, 1e-9, "loss");
        Close.To(Golden.Number(row["metrics"]!["nll_loss"]) + beta * perPair.Average(), ours32.Loss, 1e-4, "loss_f32");
        ours.MetricsAre(row["metrics"]!, 1e-9, [.. OverAllPositions, "log_odds_ratio", "log_odds_chosen"]);
        Assert.All(ours.Gradient.Values(), g => Assert.True(double.IsFinite(g)));
        Assert.True(double.IsFinite(ours.Metrics["log_odds_chosen"]));
        return Outcome.KnownDifference("ORPO is finite where both answers are certain and the reference is NaN; logits/*");
    }

    private static Computed Compute(GoldenPairs golden, ScalarType type, Func<LogitsPolicy, Objective<PreferenceBatch>> objective, bool promptsToo)
    {
        var batch = promptsToo ? Orpo.Batch(golden.Pairs, padId: 0, golden.Batch.Examples) : golden.Batch;
        using var logits = golden.Logits("policy", type).narrow(1, 0, batch.Text.Columns).contiguous().requires_grad_(true);
        return Computed.From(objective(new LogitsPolicy(logits)), batch, logits);
    }

    private static IEnumerable<(string Name, JsonNode Row)> Cases(string method) =>
        Golden.Json("offline/reference_free.json")["cases"]!.AsArray().Where(c => (string)c!["method"]! == method).Select(c => ((string)c!["id"]!, c));
}
