using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

public sealed class GrpoGoldenTests
{
    private const string File = "onpolicy/grpo-loss";

    [Fact]
    public void Every_row_of_the_reference_has_our_loss_metrics_and_gradient()
    {
        using var scope = NewDisposeScope();
        var (file, tensors) = (Golden.Json(File + ".json"), GoldenTensors.Tensors(File + ".safetensors"));
        Golden.Rows(File + ".json", file["cases"]!.AsArray().Select(c => ((string)c!["name"]!, c)), row =>
        {
            if (Absent(row) is { } what) return Outcome.NotInThisLibrary(what);
            using var inner = NewDisposeScope();
            var name = (string)row["inputs"]!;
            var rollouts = new GoldenRollouts(tensors, name, file["inputs"]![name]!["lengths"]!);
            var batch = rollouts.Batch((bool)row["old_logps_given"]!);
            var (terms, loss, objective) = Compute(row, rollouts.Policy, batch);
            if (AveragesOverPadding(row))
            {
                Close.To(LuspoByHand(row, rollouts, tensors, padding: true), Golden.Number(row["loss"]), 1e-9, "the reference's loss, padding included");
                Close.To(LuspoByHand(row, rollouts, tensors, padding: false), loss.ToDouble(), 1e-9, "our loss");
                return Outcome.KnownDifference("luspo averages over padding there");
            }

            loss.backward();
            Close.To(Golden.Number(row["loss"]), loss.ToDouble(), 1e-9, "loss");
            if (row["grad_logits"] is { } gradient) Close.To(tensors[(string)gradient!], rollouts.Logits.grad!, 1e-9, "gradient");
            foreach (var (metric, value) in row["metrics"]!.AsObject())
                if (Metric(terms, objective, batch, metric) is { } ours) Close.To(Golden.Number(value), ours, 1e-6, metric);
                else Assert.True(Theirs(row).Contains(metric), $"{metric} is not logged");
            return Outcome.Passed;
        });
    }

    private static string? Absent(JsonNode row)
    {
        var config = row["config"]!.AsObject();
        if ((string)row["inputs"]! == "tools") return "tool masks";
        if (config.ContainsKey("top_entropy_quantile")) return "entropy quantile";
        if (config.ContainsKey("off_policy_mask_threshold")) return "off-policy mask";
        if (config.ContainsKey("use_adaptive_entropy")) return "adaptive entropy";
        return row["importance_sampling_ratio"] is null ? null : "sampler correction";
    }

    private static bool AveragesOverPadding(JsonNode row) =>
        (string)row["config"]!["loss_type"]! == "luspo" && (string)row["name"]! is not ("luspo-sequence" or "luspo-truncated-masked");

    /// <summary>Metrics of losses that a user writes: the objective for any loss knows only entropy and KL.</summary>
    private static string[] Theirs(JsonNode row) => (string)row["config"]!["loss_type"]! switch
    {
        "vespo" => ["vespo/phi_seq_mean"],
        "luspo" or "gmpo" => ["clip_ratio/low_mean", "clip_ratio/high_mean", "clip_ratio/region_mean", "clip_ratio/low_min", "clip_ratio/high_max"],
        _ => ["entropy_coef"],
    };

    private static (Terms Terms, Tensor Loss, Objective<RolloutBatch> Objective) Compute(JsonNode row, IPolicy policy, RolloutBatch batch)
    {
        var config = row["config"]!;
        var type = (string)config["loss_type"]!;
        policy = policy.AtTemperature(Setting(config, "temperature") ?? 1);
        var level = (string?)config["importance_sampling_level"] == "sequence" ? RatioLevel.Sequence : RatioLevel.Token;
        var (epsilon, high, beta) = (Setting(config, "epsilon")!.Value, Setting(config, "epsilon_high"), Setting(config, "beta") ?? 0);
        (double, PolicyLoss)? penalty = beta == 0 ? null : (beta, x => Grpo.Kl(x, (bool?)config["use_bias_correction_kl"] == true ? level : null));
        var objective = type switch
        {
            "grpo" or "bnpo" or "dr_grpo" or "dapo" => Grpo.Objective(policy, new GrpoOptions
            {
                Epsilon = epsilon, EpsilonHigh = high, Delta = Setting(config, "delta"), Level = level, Beta = beta, CorrectKl = (bool?)config["use_bias_correction_kl"] == true,
                EntropyBonus = Setting(config, "entropy_coef") ?? 0,
                Average = type switch { "grpo" => TokenAverage.Completions, "dr_grpo" => TokenAverage.Constant((int)config["max_completion_length"]!), _ => TokenAverage.Tokens },
            }, Guard.Off),
            "cispo" => Cispo.Objective(policy, high ?? epsilon, level, beta, Guard.Off),
            "sapo" => Of(UserLosses.Sapo(Setting(config, "sapo_temperature_pos") ?? 1, Setting(config, "sapo_temperature_neg") ?? 1.05, level), TokenAverage.Completions),
            "vespo" => Of(UserLosses.Vespo(
                (Setting(config, "vespo_k_pos") ?? 2, Setting(config, "vespo_lambda_pos") ?? 3), (Setting(config, "vespo_k_neg") ?? 3, Setting(config, "vespo_lambda_neg") ?? 2)), TokenAverage.Tokens),
            "luspo" => Of(UserLosses.Luspo(epsilon, level), TokenAverage.Constant(1)),
            _ => Of(UserLosses.Gmpo(epsilon, high), TokenAverage.Completions),
        };

        // The other micro-batches of the step: as heavy as this one, but where the reference divides by the tokens of the whole generation.
        var steps = (string)row["mode"]! == "eval" ? 1 : (int)row["gradient_accumulation_steps"]!;
        var own = objective.Weights(batch);
        var weights = own.Select((w, i) => type is "dapo" or "cispo" or "vespo" ? (double)row["num_items_in_batch"]! : w * steps).ToArray();
        var terms = objective.Terms(batch);
        return (terms, terms.Losses.Select((t, i) => t.Sum * (t.Coefficient / weights[i])).Aggregate((a, b) => a + b), objective);

        Objective<RolloutBatch> Of(PolicyLoss loss, TokenAverage average) => PolicyGradient.Objective(policy, loss, average, penalty, guard: Guard.Off);
    }

    private static double? Metric(Terms terms, Objective<RolloutBatch> objective, RolloutBatch batch, string name)
    {
        if (name == "policy_loss") return terms.Losses[0].Sum.ToDouble() / objective.Weights(batch)[0];
        if (terms.Extremes.TryGetValue(name, out var extreme)) return extreme.Value;
        return terms.Metrics.TryGetValue(name, out var m) ? m.Sum / m.Weight : null;
    }

    private static double? Setting(JsonNode config, string key) => config[key] is { } value ? Golden.Number(value) : null;

    /// <summary>Token terms times the completion's length, averaged over all places as the reference does, or summed over real tokens and averaged over rows.</summary>
    private static double LuspoByHand(JsonNode row, GoldenRollouts rollouts, IReadOnlyDictionary<string, Tensor> tensors, bool padding)
    {
        var (config, input) = (row["config"]!, (string)row["inputs"]!);
        var ids = tensors[$"{input}/completion_ids"];
        var (rows, width) = ((int)ids.shape[0], (int)ids.shape[1]);
        var now = rollouts.Logits.detach().log_softmax(-1).gather(-1, ids.unsqueeze(-1)).squeeze(-1).Values();
        var old = (bool)row["old_logps_given"]! ? tensors[$"{input}/old_per_token_logps"].Values() : now;
        var reference = tensors[$"{input}/ref_per_token_logps"].Values();
        var (advantages, epsilon, beta) = (tensors[$"{input}/advantages"].Values(), Golden.Number(config["epsilon"]), Setting(config, "beta") ?? 0);
        var total = 0.0;
        for (var r = 0; r < rows; r++)
        {
            var n = rollouts.Rows[r].Completion.Length;
            var mean = Enumerable.Range(0, n).Average(t => now[r * width + t] - old[r * width + t]);
            for (var t = 0; t < (padding ? width : n); t++)
            {
                var at = r * width + t;
                var ratio = Math.Exp((string?)config["importance_sampling_level"] == "sequence" ? mean : now[at] - old[at]);
                var d = reference[at] - now[at];
                var kl = (Math.Exp(d) - d - 1) * ((bool?)config["use_bias_correction_kl"] == true ? ratio : 1);
                var term = -Math.Min(ratio * advantages[r], Math.Clamp(ratio, 1 - epsilon, 1 + epsilon) * advantages[r]) + beta * kl;
                total += padding ? term * n / (rows * width) : term / rows;
            }
        }

        return total / (int)row["gradient_accumulation_steps"]!;
    }
}
