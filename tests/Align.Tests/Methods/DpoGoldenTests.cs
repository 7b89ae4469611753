using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

public sealed class DpoGoldenTests
{
    [Fact]
    public void Every_row_of_the_reference_has_our_loss_metrics_and_gradient()
    {
        using var scope = NewDisposeScope();
        var (pairs, gradients) = (GoldenTensors.Tensors("offline/pairs.safetensors"), GoldenTensors.Tensors("offline/dpo_grads.safetensors"));
        Golden.Rows("offline/dpo.json#cases", Cases("offline/dpo.json"), row =>
        {
            var golden = new GoldenPairs(pairs, (string)row["batch"]!);
            var tolerance32 = (string)row["batch"]! == "extreme" ? 1e-4 : 1e-5;
            var (ours, ours32) = (Compute(golden, row["config"]!, ScalarType.Float64), Compute(golden, row["config"]!, ScalarType.Float32));
            ours.MetricsAre(row["metrics"]!, 1e-9);
            ours32.MetricsAre(row["metrics_f32"]!, tolerance32);
            var (loss, loss32) = (Golden.Number(row["loss"]), Golden.Number(row["loss_f32"]));
            if (double.IsNaN(loss)) return FiniteDiscopop(row, ours, ours32);

            Close.To(loss, ours.Loss, 1e-9, "loss");
            if (row["per_pair_loss"] is { } perPair) Close.To(perPair.Numbers(), ours.PerExample, 1e-9, "per_pair_loss");
            if ((bool)row["gradient"]!) Close.To(gradients[$"{row["id"]}.grad"], ours.Gradient, 1e-9, "gradient");
            if (double.IsNaN(loss32)) return InfiniteInSinglePrecision(loss, ours32);

            Close.To(loss32, ours32.Loss, tolerance32, "loss_f32");
            return Outcome.Passed;
        });
    }

    [Fact]
    public void Every_row_of_conservative_dpo_has_our_loss_and_gradient()
    {
        using var scope = NewDisposeScope();
        var (pairs, gradients) = (GoldenTensors.Tensors("offline/pairs.safetensors"), GoldenTensors.Tensors("offline/cdpo_grads.safetensors"));
        Golden.Rows("offline/cdpo.json", Cases("offline/cdpo.json"), row =>
        {
            var (beta, smoothing) = (Golden.Number(row["beta"]), Golden.Number(row["label_smoothing"]));
            var golden = new GoldenPairs(pairs, (string)row["batch"]!);
            using var logits = golden.Logits("policy").requires_grad_(true);
            var ours = Computed.From(Dpo.Objective(new LogitsPolicy(logits), new LogitsPolicy(golden.Logits("reference")), beta, x => Dpo.Sigmoid(x, beta, smoothing)), golden.Batch, logits);
            Close.To(Golden.Number(row["loss"]), ours.Loss, 1e-9, "loss");
            Close.To(row["per_pair_loss"]!.Numbers(), ours.PerExample, 1e-9, "per_pair_loss");
            Close.To(gradients[$"{row["id"]}.grad"], ours.Gradient, 1e-9, "gradient");
            return Outcome.Passed;
        });
    }

    [Fact]
    public void What_the_reference_refuses_is_refused_or_has_a_defined_value()
    {
        using var scope = NewDisposeScope();
        var main = new GoldenPairs(GoldenTensors.Tensors("offline/pairs.safetensors"), "main");
        var cases = Golden.Json("offline/dpo.json")["cases"]!.AsArray();
        Golden.Rows("offline/dpo.json#errors", Golden.Json("offline/dpo.json")["errors"]!.AsArray().Select((e, i) => ($"error {i}", e!["config"]!)), config =>
        {
            var losses = config["loss_type"]!.AsArray().Select(l => (string)l!).ToArray();
            if (losses[0] == "no_such_loss" || config["f_divergence_type"] is not null) return Outcome.NotInThisLibrary("losses and divergences by name: they are functions");
            if (config["loss_weights"] is not null) return Outcome.NotInThisLibrary("losses and weights in two lists: a weight stands beside its loss");
            if (config["sync_ref_model"] is not null)
            {
                using var policy = GoldenModels.Load("trace-models/policy");
                using var reference = policy.Copy();
                Assert.Throws<LossSettingException>(() => Dpo.WithReference(main.Pairs, new SyncedReference(policy, reference), padId: 0, cancellation: TestContext.Current.CancellationToken));
                return Outcome.Passed;
            }

            if (losses[0] == "sft")
            {
                var row = cases.First(c => c!["config"]!["loss_type"]![0]!.GetValue<string>() == "sft" && c["config"]!["use_weighting"] is not null)!;
                Close.To(Golden.Number(row["loss"]), Compute(main, config, ScalarType.Float64).Loss, 1e-9, "loss");
                return Outcome.KnownDifference("sft is weighted, out of place");
            }

            Assert.Throws<LossSettingException>(() => Compute(main, config, ScalarType.Float64));
            return losses[0] == "robust" ? Outcome.KnownDifference("robust at ε = ½ is refused, not NaN") : Outcome.Passed;
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
            var golden = new GoldenPairs(pairs, p.Key);
            foreach (var who in new[] { "policy", "reference" })
            {
                var sums = new LogitsPolicy(golden.Logits(who)).Frozen(golden.Text).Values();
                Close.To(p.Value![$"{who}_chosen_logps"]!.Numbers(), sums[..golden.Count], 1e-9, $"{who}_chosen_logps");
                Close.To(p.Value[$"{who}_rejected_logps"]!.Numbers(), sums[golden.Count..], 1e-9, $"{who}_rejected_logps");
            }

            return Outcome.Passed;
        });
    }

    /// <summary>Where z is very negative the reference computes e^(-z)·m as ∞·0. Its limit is 0, and what is left, ℓ = -log σ(z), is -z to all digits.</summary>
    private static Outcome FiniteDiscopop(JsonNode row, Computed ours, Computed ours32)
    {
        var z = ours.Examples["rewards/margins"];
        double[] expected = [.. row["per_pair_loss"]!.Numbers().Select((l, i) => double.IsNaN(l) ? -z[i] : l)];
        Assert.Equal("discopop", (string)row["config"]!["loss_type"]![0]!);
        Close.To(expected, ours.PerExample, 1e-9, "per_pair_loss");
        Close.To(expected.Average(), ours.Loss, 1e-9, "loss");
        Close.To(expected.Average(), ours32.Loss, 1e-4, "loss_f32");
        Assert.All(ours.Gradient.Values(), g => Assert.True(double.IsFinite(g)));
        return Outcome.KnownDifference("discopop is finite where the reference is NaN");
    }

    /// <summary>The loss is larger than any fp32 number, and −∞ − (−∞) inside it is no NaN.</summary>
    private static Outcome InfiniteInSinglePrecision(double loss, Computed ours32)
    {
        Assert.True(loss > float.MaxValue);
        Assert.Equal(double.PositiveInfinity, ours32.Loss);
        Assert.DoesNotContain(double.NaN, ours32.PerExample);
        return Outcome.KnownDifference("forward KL in fp32 is +∞ where the reference is NaN");
    }

    private static Computed Compute(GoldenPairs golden, JsonNode config, ScalarType type)
    {
        using var logits = golden.Logits("policy", type).requires_grad_(true);
        using var reference = golden.Logits("reference", type);
        var beta = Number("beta", 0.1);
        var names = config["loss_type"]!.AsArray().Select(l => (string)l!).ToArray();
        var weights = config["loss_weights"]?.Numbers() ?? [.. names.Select(_ => 1.0)];
        var mix = names.Zip(weights).Where(m => m.First != "sft").Select(m => (m.Second, Named(m.First))).ToArray();
        var tokens = config["ld_alpha"] is { } alpha ? PairTokens.LengthDesensitized(Golden.Number(alpha)) : config["use_weighting"] is null ? null : PairTokens.WeightedByPolicy();
        var objective = Dpo.Objective(
            new LogitsPolicy(logits), new LogitsPolicy(reference), beta, mix.Length == 0 ? x => 0 * x.PolicyChosen : DpoLosses.Weighted(mix), tokens,
            names.Zip(weights).Where(m => m.First == "sft").Sum(m => m.Second));
        return Computed.From(objective, golden.Batch, logits);

        double Number(string name, double absent) => config[name] is { } value ? Golden.Number(value) : absent;

        PairLoss Named(string name)
        {
            var (smoothing, tau, f) = (Number("label_smoothing", 0), Number("discopop_tau", 0.05), Divergence((string?)config["f_divergence_type"], Number("f_alpha_divergence_coef", 0.5)));
            return name switch
            {
                "sigmoid" => x => Dpo.Sigmoid(x, beta, divergence: f),
                "hinge" => x => DpoLosses.Hinge(x, beta, f),
                "ipo" => x => DpoLosses.Ipo(x, beta, f),
                "exo_pair" => x => DpoLosses.ExoPair(x, beta, smoothing, f),
                "nca_pair" => x => DpoLosses.NcaPair(x, beta, f),
                "robust" => x => DpoLosses.Robust(x, beta, smoothing, f),
                "bco_pair" => x => DpoLosses.BcoPair(x, beta, f),
                "sppo_hard" => x => DpoLosses.SppoHard(x, beta, f),
                "aot" => x => DpoLosses.Aot(x, beta, smoothing),
                "aot_unpaired" => x => DpoLosses.AotUnpaired(x, beta, smoothing),
                "apo_zero" => x => DpoLosses.ApoZero(x, beta),
                "apo_down" => x => DpoLosses.ApoDown(x, beta, f),
                "discopop" => x => DpoLosses.Discopop(x, beta, tau, f),
                "sigmoid_norm" => x => DpoLosses.SigmoidNorm(x, beta, f),
                _ => throw new ArgumentException($"The golden rows name a loss {name} that this test does not know."),
            };
        }
    }

    private static FDivergence? Divergence(string? name, double alpha) => name switch
    {
        null => null,
        "forward_kl" => FDivergences.ForwardKl,
        "js_divergence" => FDivergences.JensenShannon,
        "alpha_divergence" => FDivergences.Alpha(alpha),
        _ => throw new ArgumentException($"The golden rows name a divergence {name} that this test does not know."),
    };

    private static IEnumerable<(string Name, JsonNode Row)> Cases(string file) => Golden.Json(file)["cases"]!.AsArray().Select(c => ((string)c!["id"]!, c));
}
