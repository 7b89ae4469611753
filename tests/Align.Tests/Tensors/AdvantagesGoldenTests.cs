using System.Text.Json.Nodes;
using Align.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Tensors;

public sealed class AdvantagesGoldenTests
{
    [Fact]
    public void Every_row_of_generalised_advantage_estimation_is_ours()
    {
        using var scope = NewDisposeScope();
        var file = Golden.Json("onpolicy/gae.json");
        var (rewards, values) = (file["rewards"]!.Matrix(), file["values"]!.Matrix());
        Golden.Rows("onpolicy/gae.json", file["cases"]!.AsArray().Select(c => ($"γ {c!["gamma"]} λ {c["lambda"]}", c)), row =>
        {
            var (advantages, returns) = Advantages.Gae(rewards, values, Golden.Number(row["gamma"]), Golden.Number(row["lambda"]));
            Close.To(row["advantages"]!.Matrix(), advantages, 1e-9, "advantages");
            Close.To(row["returns"]!.Matrix(), returns, 1e-9, "returns");
            return Outcome.Passed;
        });
    }

    [Fact]
    public void Every_normalisation_of_group_rewards_is_ours()
    {
        using var scope = NewDisposeScope();
        var file = Golden.Json("onpolicy/advantage-normalisations.json");
        var rewards = file["rewards"]!.Matrix();
        var (flat, size) = (rewards.view(-1), (int)rewards.shape[1]);
        var ours = new Dictionary<string, Func<Tensor>>
        {
            ["group"] = () => Advantages.Group(flat, size),
            ["batch"] = () => Advantages.Group(flat, size, GroupScale.Batch),
            ["none"] = () => Advantages.Group(flat, size, GroupScale.None),
            ["leave_one_out"] = () => Advantages.LeaveOneOut(flat, size),
            ["leave_one_out_normalised"] = () => Advantages.LeaveOneOut(flat, size, normalise: true),
            ["leave_one_out_baseline"] = () => flat - Advantages.LeaveOneOut(flat, size),
            // A leave-one-out advantage is G/(G − 1) times the centred reward: the file holds the difference, which is 0.
            ["leave_one_out_is_scaled_centring"] = () => Advantages.LeaveOneOut(flat, size) - Advantages.Group(flat, size, GroupScale.None) * size / (size - 1.0),
            ["group_mean"] = () => Advantages.Nan.Mean(rewards, 1),
            ["group_std_unbiased"] = () => Advantages.Nan.Deviation(rewards, 1),
            ["batch_std_unbiased"] = () => Advantages.Nan.Deviation(flat.unsqueeze(0), 1),
        };
        var rows = file.AsObject().Where(p => p.Key is not ("source" or "dtype" or "rewards"));
        Golden.Rows("onpolicy/advantage-normalisations.json", rows.Select(p => (p.Key, p)), row =>
        {
            Close.To(Flat(row.Value!), ours[row.Key]().Values(), 1e-9, row.Key);
            return Outcome.Passed;
        });
    }

    [Fact]
    public void Every_estimator_of_the_kl_has_our_values_mean_and_gradient_as_a_loss()
    {
        using var scope = NewDisposeScope();
        var pairs = Golden.Json("onpolicy/kl-estimators.json")["pairs"]!.AsArray();
        Golden.Rows("onpolicy/kl-estimators.json", pairs.Select(p => ((string)p!["name"]!, p)), row =>
        {
            using var inner = NewDisposeScope();
            var logits = row["logits_p"]!.Vector().requires_grad_(true);
            var reference = row["logits_ref"]!.Vector().log_softmax(0);
            foreach (var (name, estimator) in new (string, KlEstimator)[] { ("k1", Kl.K1), ("k2", Kl.K2), ("k3", Kl.K3) })
            {
                var expected = row["estimators"]![name]!;
                var logP = logits.log_softmax(0);
                var (values, p) = (estimator(logP, reference), logP.detach().exp());
                Close.To(expected["per_category"]!.Vector(), values, 1e-9, name);
                var mean = (p * values).sum();
                Close.To(Golden.Number(expected["mean"]), mean.ToDouble(), 1e-9, $"the mean of {name}");
                Close.To(Golden.Number(expected["variance"]), (p * (values.detach() - mean.detach()).square()).sum().ToDouble(), 1e-9, $"the variance of {name}");
                Close.To(Golden.Number(expected["bias"]), mean.ToDouble() - Golden.Number(row["kl_p_ref"]), 1e-9, $"the bias of {name}");
                logits.grad?.zero_();
                mean.backward();
                Close.To(expected["expected_gradient_as_loss"]!.Vector(), logits.grad!, 1e-9, $"the gradient of {name}");
            }

            return Outcome.Passed;
        });
    }

    [Fact]
    public void Every_masked_statistic_of_the_reference_is_ours()
    {
        using var scope = NewDisposeScope();
        var helpers = Golden.Json("onpolicy/helpers.json");
        Golden.Rows("onpolicy/helpers.json#masked", helpers["masked"]!["cases"]!.AsArray().Select(c => ((string)c!["name"]!, c)), row =>
        {
            var (x, mask) = (row["values"]!.Matrix(), row["mask"]!.Matrix().to(ScalarType.Bool));
            Close.To(Golden.Number(row["masked_mean"]), Masked.Mean(x, mask).ToDouble(), 1e-9, "mean");
            Close.To(row["masked_mean_axis1"]!.Vector(), new TokenLogProbs(x, mask).Mean(), 1e-9, "mean of rows");
            Close.To(Golden.Number(row["masked_var_unbiased"]), Masked.Variance(x, mask).ToDouble(), 1e-9, "variance");
            Close.To(Golden.Number(row["masked_var_biased"]), Masked.Variance(x, mask, biased: true).ToDouble(), 1e-9, "biased variance");
            // The reference whitens what the mask hides too and forgets it afterwards; ours is 0 there.
            Close.To((row["masked_whiten"]!.Matrix() * mask), Advantages.Whiten(x, mask), 1e-9, "whitened");
            Close.To((row["masked_whiten_keep_mean"]!.Matrix() * mask), Advantages.Whiten(x, mask, shiftMean: false), 1e-9, "whitened, mean kept");
            return Outcome.Passed;
        });

        var deviations = helpers["nanstd"]!;
        Golden.Rows("onpolicy/helpers.json#nanstd", [("dim1", "dim1"), ("all", "all")], row =>
        {
            var x = deviations["values"]!.Matrix();
            Close.To(Flat(deviations[row]!), Advantages.Nan.Deviation(row == "all" ? x.view(1, -1) : x, 1).Values(), 1e-9, row);
            return Outcome.Passed;
        });
    }

    [Fact]
    public void Log_probabilities_and_entropies_of_the_reference_are_ours()
    {
        using var scope = NewDisposeScope();
        var helpers = Golden.Json("onpolicy/helpers.json");
        Golden.Rows("onpolicy/helpers.json#logits", [("selective_log_softmax", "selective_log_softmax"), ("entropy_from_logits", "entropy_from_logits")], row =>
        {
            var part = helpers[row]!;
            var logits = part["logits"]!.Cube();
            var hidden = logits.view(-1, logits.shape[^1]);
            var ids = part["index"] is { } index ? index.Matrix().to(ScalarType.Int64).view(-1) : zeros(hidden.shape[0], ScalarType.Int64);
            var (logProb, statistics) = LogProbs.Score(hidden, new Head(null), ids, statistics: true);
            Close.To(Flat(part["result"]!), (row == "selective_log_softmax" ? logProb : statistics!.Entropy).Values(), 1e-9, row);
            return Outcome.Passed;
        });
    }

    [Fact]
    public void Cutting_after_a_stop_token_is_counted_as_absent() => Golden.Rows(
        "onpolicy/helpers.json#stop",
        new[] { "first_true_indices", "truncate_response", "truncate_right" }.Select(name => (name, Golden.Json("onpolicy/helpers.json")[name]!)),
        _ => Outcome.NotInThisLibrary("cutting after a stop token: answers are written up to it and no further"));

    /// <summary>Numbers of any depth, in order.</summary>
    private static double[] Flat(JsonNode node) => node is JsonArray list ? [.. list.SelectMany(n => Flat(n!))] : [Golden.Number(node)];
}
