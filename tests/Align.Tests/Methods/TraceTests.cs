using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
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
    public void Sft_takes_the_reference_s_eight_steps(string name)
    {
        using var scope = NewDisposeScope();
        var trace = Golden.Json($"offline/trace_{name}.json");
        using var policy = GoldenModels.Load($"trace-models/{trace["model"]}", ScalarType.Float64);
        Follow(name, trace, policy, Sft.Objective(policy), inputs => new TextBatch(
            GoldenTensors.Batch(Ids(inputs, "input_ids"), Ids(inputs, "attention_mask"), Ids(inputs, "labels").ne(-100).to(ScalarType.Int64)), [0]));
    }

    [Theory]
    [InlineData("dpo_sigmoid")]
    [InlineData("dpo_precomputed")]
    [InlineData("dpo_accumulate2")]
    public void Dpo_takes_the_reference_s_eight_steps(string name)
    {
        using var scope = NewDisposeScope();
        var trace = Golden.Json($"offline/trace_{name}.json");
        using var policy = GoldenModels.Load($"trace-models/{trace["model"]}", ScalarType.Float64);
        using var reference = (string)trace["reference"]! == "initial policy" ? policy.Copy() : GoldenModels.Load($"trace-models/{trace["reference"]}", ScalarType.Float64);
        var kept = (bool)trace["config"]!["precompute_ref_log_probs"]!;
        Follow(name, trace, policy, Dpo.Objective(policy, kept ? null : reference, Golden.Number(trace["config"]!["beta"])), inputs =>
        {
            var text = GoldenTensors.Batch(Ids(inputs, "input_ids"), Ids(inputs, "attention_mask"), Ids(inputs, "completion_mask"));
            IReadOnlyList<TokenizedPair> pairs = [.. Enumerable.Range(0, text.Rows / 2).Select(i => new TokenizedPair(TextOf(text, i), TextOf(text, i + text.Rows / 2)))];
            if (kept) pairs = Dpo.WithReference(pairs, reference, padId: 0); // the stored ones are of the float32 run
            return new PreferenceBatch(text, pairs, [.. Enumerable.Range(0, pairs.Count)]);
        });
    }

    [Fact]
    public void Traces_of_methods_that_are_not_here_are_counted_as_absent()
    {
        foreach (var name in new[] { "sft_dft", "sft_packed_bfd", "dpo_ipo", "kto", "reward", "reward_margin_centered", "orpo", "cpo_simpo" })
            Golden.Rows($"offline/trace_{name}.json", Golden.Json($"offline/trace_{name}.json")["steps"]!.AsArray().Select((s, i) => ($"step {i}", s)), _ => Outcome.NotInThisLibrary(name));
    }

    private static void Follow<TBatch>(string name, JsonNode trace, Decoder policy, Objective<TBatch> objective, Func<JsonNode, TBatch> batch)
        where TBatch : class, IBatch
    {
        var (config, steps) = (trace["config"]!, trace["steps"]!.AsArray());
        using var optimizer = new AdamW(policy.Parameters, weightDecay: Golden.Number(config["weight_decay"]));
        var source = new FixedBatches<TBatch>([.. steps.SelectMany(s => s!["micro_batches"]!.AsArray()).Select(m => batch(m!["inputs"]!))]);
        var (rate, warmup) = (Golden.Number(config["learning_rate"]), (int)config["warmup_steps"]!);
        var schedule = (string)config["lr_scheduler_type"]! == "cosine" ? Schedules.Cosine(rate, steps.Count, warmup) : Schedules.Linear(rate, steps.Count, warmup);
        var accumulate = (int)config["gradient_accumulation_steps"]!;
        var micros = new List<Terms>();
        var watched = objective with { Terms = b => { var t = objective.Terms(b); micros.Add(t); return t; } };
        using var run = new Run<TBatch>(watched, source, optimizer, schedule, steps.Count, accumulate).Train().GetEnumerator();

        Golden.Rows($"offline/trace_{name}.json", steps.Select((s, i) => ($"step {i}", s!)), row =>
        {
            micros.Clear();
            Assert.True(run.MoveNext());
            foreach (var (metric, value) in row["logged_float64"]!.AsObject())
                if (metric != "epoch") Close.To(Golden.Number(value), Logged(metric), 1e-8, metric);
            foreach (var (tensor, l2) in row["weights_l2_float64"]!.AsObject())
                Close.To(Golden.Number(l2), policy.Parameters.Single(p => p.Name == tensor).Value.norm().ToDouble(), 1e-8, tensor);
            return Outcome.Passed;
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

    private static TokenizedText TextOf(Batch batch, int row)
    {
        var s = batch.Segments[row];
        return new([.. batch.Ids.Skip(row * batch.Columns + s.Start).Take(s.Length).Select(i => (int)i)], s.Trained!);
    }
}
