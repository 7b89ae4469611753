using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>Eight optimizer steps of the reference's trainers, in float64: loss, gradient norm, learning rate, metrics, weights.</summary>
public sealed class TraceTests
{
    [Theory]
    [InlineData("sft_plain")]
    [InlineData("sft_completion")]
    [InlineData("sft_accumulate2")]
    [InlineData("sft_decay_warmup_cosine")]
    [InlineData("sft_dft")]
    [InlineData("sft_packed_bfd")]
    public void Sft_takes_the_reference_s_eight_steps(string name)
    {
        using var scope = NewDisposeScope();
        var trace = Golden.Json($"offline/trace_{name}.json");
        using var policy = GoldenModels.Load($"trace-models/{trace["model"]}", ScalarType.Float64);
        var loss = (string)trace["config"]!["loss_type"]! == "dft" ? Sft.Dynamic : (Func<TokenLogProbs, Tensor>?)null;
        Follow(name, trace, policy, Sft.Objective(policy, loss), inputs => new TextBatch(inputs["position_ids"] is null
            ? GoldenTensors.Batch(Ids(inputs, "input_ids"), Ids(inputs, "attention_mask"), Ids(inputs, "labels").ne(-100).to(ScalarType.Int64))
            : Packed(inputs), [0]));
    }

    [Theory]
    [InlineData("dpo_sigmoid")]
    [InlineData("dpo_precomputed")]
    [InlineData("dpo_accumulate2")]
    [InlineData("dpo_ipo")]
    public void Dpo_takes_the_reference_s_eight_steps(string name)
    {
        using var scope = NewDisposeScope();
        var trace = Golden.Json($"offline/trace_{name}.json");
        using var policy = GoldenModels.Load($"trace-models/{trace["model"]}", ScalarType.Float64);
        using var reference = (string)trace["reference"]! == "initial policy" ? policy.Copy() : GoldenModels.Load($"trace-models/{trace["reference"]}", ScalarType.Float64);
        var kept = (bool)trace["config"]!["precompute_ref_log_probs"]!;
        var beta = Golden.Number(trace["config"]!["beta"]);
        PairLoss? loss = (string)trace["config"]!["loss_type"]![0]! == "ipo" ? x => DpoLosses.Ipo(x, beta) : null;
        Follow(name, trace, policy, Dpo.Objective(policy, kept ? null : reference, beta, loss), inputs =>
        {
            var text = GoldenTensors.Batch(Ids(inputs, "input_ids"), Ids(inputs, "attention_mask"), Ids(inputs, "completion_mask"));
            IReadOnlyList<TokenizedPair> pairs = [.. Enumerable.Range(0, text.Rows / 2)
                .Select(i => new TokenizedPair(GoldenTensors.TextOf(text, i), GoldenTensors.TextOf(text, i + text.Rows / 2)))];
            if (kept) pairs = Dpo.WithReference(pairs, reference, padId: 0); // the stored ones are of the float32 run
            return new PreferenceBatch(text, pairs, [.. Enumerable.Range(0, pairs.Count)]);
        });
    }

    [Theory]
    [InlineData("reward")]
    [InlineData("reward_margin_centered")]
    public void A_reward_model_takes_the_reference_s_eight_steps(string name)
    {
        using var scope = NewDisposeScope();
        var trace = Golden.Json($"offline/trace_{name}.json");
        using var model = GoldenModels.LoadReward($"trace-models/{trace["model"]}", ScalarType.Float64);
        var centring = trace["config"]!["center_rewards_coefficient"] is { } c ? Golden.Number(c) : 0;
        Follow(name, trace, model, RewardModelling.Objective(model, centring, margins: name == "reward_margin_centered"), inputs =>
        {
            var text = GoldenTensors.Batch(Ids(inputs, "input_ids"), Ids(inputs, "attention_mask"), Ids(inputs, "attention_mask"));
            var pairs = Enumerable.Range(0, text.Rows / 2).Select(i => new TokenizedPair(GoldenTensors.TextOf(text, i), GoldenTensors.TextOf(text, i + text.Rows / 2), Margin: Margin(inputs, i)));
            return new PreferenceBatch(text, [.. pairs], [.. Enumerable.Range(0, text.Rows / 2)]);
        });

        static double? Margin(JsonNode inputs, int pair) => inputs["margin"] is { } margins ? Golden.Number(margins[pair]) : null;
    }

    [Fact]
    public void Kto_takes_the_reference_s_eight_steps()
    {
        using var scope = NewDisposeScope();
        var trace = Golden.Json("offline/trace_kto.json");
        using var policy = GoldenModels.Load($"trace-models/{trace["model"]}", ScalarType.Float64);
        using var reference = GoldenModels.Load($"trace-models/{trace["reference"]}", ScalarType.Float64);
        Follow("kto", trace, policy, Kto.Objective(policy, reference, Golden.Number(trace["config"]!["beta"])), inputs =>
        {
            var text = GoldenTensors.Batch(Ids(inputs, "input_ids"), Ids(inputs, "attention_mask"), Ids(inputs, "completion_mask"));
            var judgements = Enumerable.Range(0, text.Rows).Select(i => new TokenizedJudgement(GoldenTensors.TextOf(text, i), (bool)inputs["label"]![i]!));
            var batch = JudgementBatch.Padded(Kto.Mismatch([.. judgements], text.Rows), padId: 0);
            Assert.Equal(Ids(inputs, "KL_input_ids").data<long>().ToArray(), batch.Mismatched!.Ids);
            return batch;
        });
    }

    [Theory]
    [InlineData("orpo")]
    [InlineData("cpo_simpo")]
    public void Methods_without_a_reference_take_its_eight_steps(string name)
    {
        using var scope = NewDisposeScope();
        var trace = Golden.Json($"offline/trace_{name}.json");
        var config = trace["config"]!;
        using var policy = GoldenModels.Load($"trace-models/{trace["model"]}", ScalarType.Float64);
        var orpo = name == "orpo";
        var objective = orpo ? Orpo.Objective(policy, Golden.Number(config["beta"])) : Cpo.SimpoObjective(policy, Golden.Number(config["beta"]), Golden.Number(config["simpo_gamma"]));
        Follow(name, trace, policy, objective, inputs =>
        {
            var (chosen, rejected) = (Texts("chosen"), Texts("rejected"));
            TokenizedPair[] pairs = [.. chosen.Zip(rejected, (c, r) => new TokenizedPair(c, r))];
            return orpo ? Orpo.Batch(pairs, padId: 0, [0, 1, 2, 3]) : PreferenceBatch.Padded(pairs, padId: 0);

            IEnumerable<TokenizedText> Texts(string side)
            {
                var text = GoldenTensors.Batch(Ids(inputs, side + "_input_ids"), Ids(inputs, side + "_attention_mask"), Ids(inputs, side + "_labels").ne(-100).to(ScalarType.Int64));
                return Enumerable.Range(0, text.Rows).Select(i => GoldenTensors.TextOf(text, i));
            }
        }, LogitsOverCompletions);

        // The reference averages them over prompts and padding too.
        Dictionary<string, double> LogitsOverCompletions(PreferenceBatch batch)
        {
            using var frozen = no_grad();
            return new() { ["logits/chosen"] = Mean(batch.Pairs.Select(p => p.Chosen)), ["logits/rejected"] = Mean(batch.Pairs.Select(p => p.Rejected)) };

            double Mean(IEnumerable<TokenizedText> texts) => texts.SelectMany(t =>
            {
                using var inner = NewDisposeScope();
                var rows = policy.Head.Logits(policy.Hidden(Batching.Padded([t], 0), arange(t.Ids.Length, ScalarType.Int64))).mean([-1]).Values();
                return Enumerable.Range(1, t.Ids.Length - 1).Where(i => t.Trained[i]).Select(i => rows[i - 1]);
            }).Average();
        }
    }

    /// <param name="name">The trace.</param>
    /// <param name="trace">Its file.</param>
    /// <param name="policy">What is trained.</param>
    /// <param name="objective">The method.</param>
    /// <param name="batch">A batch from a micro-batch's inputs.</param>
    /// <param name="different">Metrics that differ from the reference's on purpose, computed by other means before the step; null for none.</param>
    private static void Follow<TBatch>(
        string name, JsonNode trace, ITrainable policy, Objective<TBatch> objective, Func<JsonNode, TBatch> batch, Func<TBatch, Dictionary<string, double>>? different = null)
        where TBatch : class, IBatch
    {
        var (config, steps) = (trace["config"]!, trace["steps"]!.AsArray());
        using var optimizer = new AdamW(policy.Parameters, weightDecay: Golden.Number(config["weight_decay"]));
        var source = new FixedBatches<TBatch>([.. steps.SelectMany(s => s!["micro_batches"]!.AsArray()).Select(m => batch(m!["inputs"]!))]);
        var (rate, warmup) = (Golden.Number(config["learning_rate"]), (int)config["warmup_steps"]!);
        var schedule = (string)config["lr_scheduler_type"]! == "cosine" ? Schedules.Cosine(rate, steps.Count, warmup) : Schedules.Linear(rate, steps.Count, warmup);
        var accumulate = (int)config["gradient_accumulation_steps"]!;
        var micros = new List<Terms>();
        var ours = new Dictionary<string, double>();
        var watched = objective with { Terms = b => { ours = different?.Invoke(b) ?? []; var t = objective.Terms(b); micros.Add(t); return t; } };
        using var run = new Run<TBatch>(watched, source, optimizer, schedule, steps.Count, accumulate).Train().GetEnumerator();

        Golden.Rows($"offline/trace_{name}.json", steps.Select((s, i) => ($"step {i}", s!)), row =>
        {
            micros.Clear();
            Assert.True(run.MoveNext());
            foreach (var (metric, value) in row["logged_float64"]!.AsObject())
                if (metric != "epoch") Close.To(ours.TryGetValue(metric, out var expected) ? expected : Golden.Number(value), Logged(metric), 1e-8, metric);
            foreach (var (tensor, l2) in row["weights_l2_float64"]!.AsObject())
                Close.To(Golden.Number(l2), policy.Parameters.Single(p => p.Name == tensor).Value.norm().ToDouble(), 1e-8, tensor);
            if (run.Current.Number == steps.Count && File.Exists(Golden.PathOf($"offline/trace_{name}.final.safetensors")))
                GoldenTensors.WeightsAreNear(GoldenTensors.Tensors($"offline/trace_{name}.final.safetensors"), "", policy.Parameters);
            return different is null ? Outcome.Passed : Outcome.KnownDifference("logits/* over the completions alone; all else equal");
        });

        // Under accumulation the reference logs plain means over micro-batches and ours are weighted: the micro-batches themselves must agree.
        double Logged(string metric) => accumulate > 1 && micros[0].Metrics.ContainsKey(metric)
            ? micros.Average(m => m.Metrics[metric].Sum / m.Metrics[metric].Weight)
            : run.Current[metric];
    }

    private static Tensor Ids(JsonNode inputs, string name)
    {
        var rows = inputs[name]!.AsArray().Select(r => r!.AsArray().Select(x => (long)x!).ToArray()).ToArray();
        return tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, rows[0].Length], ScalarType.Int64);
    }

    /// <summary>One row of documents: each starts where positions begin anew.</summary>
    private static Batch Packed(JsonNode inputs)
    {
        var (ids, positions, labels) = (Ids(inputs, "input_ids").data<long>().ToArray(), Ids(inputs, "position_ids").data<long>().ToArray(), Ids(inputs, "labels").data<long>().ToArray());
        int[] starts = [.. Enumerable.Range(0, ids.Length).Where(i => positions[i] == 0), ids.Length];
        var texts = starts.Zip(starts.Skip(1), (from, to) => new TokenizedText([.. ids[from..to].Select(i => (int)i)], [.. labels[from..to].Select(l => l != -100)]));
        return Batching.Packed([[.. texts]], padId: 0);
    }
}
