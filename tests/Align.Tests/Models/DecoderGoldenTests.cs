using Align.Models;
using Align.Runtime;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

/// <summary>Decoders of every family against transformers, in both generations of config.json.</summary>
public sealed class DecoderGoldenTests
{
    [Theory]
    [InlineData("llama")]
    [InlineData("smollm2")]
    [InlineData("llama3_rope")]
    [InlineData("llama_linear_bias")]
    [InlineData("mistral")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    [InlineData("gpt2")]
    public void A_family_computes_the_reference_s_numbers(string name)
    {
        using var scope = NewDisposeScope();
        var folder = $"models/families/{name}";
        var (expected, about) = (GoldenTensors.Tensors($"{folder}/expected.safetensors"), Golden.Json($"{folder}/expected.json"));
        var checks = new (string, Action<Decoder>)[]
        {
            ("logits padded right", m => Logits(m, expected, "right")),
            ("logits padded left", m => Logits(m, expected, "left")),
            ("log-probabilities", m => LogProbabilities(m, expected)),
            ("hidden states and blocks", m => Trace(m, expected)),
            ("first and last step of writing", m => Steps(m, expected, about["generation"]!)),
            ("frequencies", m => Frequencies(m, expected)),
            ("loss and gradients", m => LossAndGradients(m, expected, folder, about)),
            ("loss without the prompt", m => Close.To(Golden.Number(about["loss_prompt3_masked"]), Loss(m, expected, "loss.labels_prompt3_masked").ToDouble(), 1e-5)),
            ("greedy rows", m => Generate(m, expected, about["generation"]!, "gen.sequences", Sampling.Greedy)),
            ("greedy rows with repetition penalty", m => Generate(m, expected, about["generation_penalty"]!, "gen_penalty.sequences",
                Sampling.Greedy with { RepetitionPenalty = Golden.Number(about["generation_penalty"]!["repetition_penalty"]) })),
        };
        var rows = from config in new[] { "config.json", "config.hub.json" } from check in checks select ($"{check.Item1} ({config})", (Config: config, Check: check.Item2));
        if (expected.ContainsKey("swa.logits")) rows = rows.Append(("window in the upper layer", ("config.swa.json", m => Logits(m, expected, "right", "swa.logits"))));
        Golden.Rows(folder, rows, row =>
        {
            using var inner = NewDisposeScope();
            using var model = GoldenModels.Load(folder, config: row.Config);
            row.Check(model);
            return Outcome.Passed;
        });
    }

    private static Batch BatchOf(IReadOnlyDictionary<string, Tensor> expected, string side, Tensor? trained = null) =>
        GoldenTensors.Batch(expected[$"{side}.input_ids"], expected[$"{side}.attention_mask"], trained ?? expected[$"{side}.attention_mask"]);

    [Theory]
    [InlineData("gemma")]
    [InlineData("gemma2")]
    [InlineData("gemma3")]
    [InlineData("phi3")]
    [InlineData("gpt_neox")]
    public void Other_families_are_refused_with_the_list_of_those_that_are_known(string name) =>
        Golden.Rows($"models/families/{name}", new[] { "config.json", "config.hub.json" }.Select(c => (c, c)), config =>
        {
            var e = Assert.Throws<ConfigException>(() => Families.Read((System.Text.Json.Nodes.JsonObject)Golden.Json($"models/families/{name}/{config}")));
            Assert.Contains("Known: llama, mistral, qwen2, qwen3, gpt2.", e.Message, StringComparison.Ordinal);
            return Outcome.NotInThisLibrary("this family: refused with the list of those that are known");
        });

    private static void Frequencies(Decoder model, IReadOnlyDictionary<string, Tensor> expected)
    {
        Assert.Equal(expected.ContainsKey("rope.inv_freq"), model.Config.Rotary is not null);
        if (model.Config.Rotary is { } rotary) Close.To(expected["rope.inv_freq"].Values(), rotary.Frequencies(model.Config.HeadWidth), 1e-6);
    }

    /// <summary>The cache is fed the reference's own tokens and gives its logits after the prompts and at the end.</summary>
    private static void Steps(Decoder model, IReadOnlyDictionary<string, Tensor> expected, System.Text.Json.Nodes.JsonNode about)
    {
        var (ids, sequences) = (expected["gen.input_ids"], expected["gen.sequences"]);
        var (rows, columns, width) = ((int)ids.shape[0], (int)ids.shape[1], (int)sequences.shape[1]);
        using var decoding = model.Decode(GoldenTensors.Batch(ids, expected["gen.attention_mask"], zeros_like(ids)), width - columns);
        Close.To(expected["gen.first_step_logits"], model.Head.Logits(decoding.Hidden), 1e-4, "first step");
        for (var column = columns; column < width - 1; column++) decoding.Append(sequences.select(1, column).contiguous().data<long>().ToArray());
        var last = model.Head.Logits(decoding.Hidden);
        var running = about["running_at_last_step"]!.AsArray();
        for (var row = 0; row < rows; row++)
            if ((bool)running[row]!) Close.To(expected["gen.last_step_logits"].select(0, row), last.select(0, row), 1e-4, $"last step of row {row}");
    }

    private static void Logits(Decoder model, IReadOnlyDictionary<string, Tensor> expected, string side, string? logitsName = null)
    {
        var batch = BatchOf(expected, side);
        var places = tensor(Enumerable.Range(0, batch.Ids.Length).Select(i => (long)i).ToArray());
        var logits = model.Head.Logits(model.Hidden(batch, places)).view(batch.Rows, batch.Columns, -1);
        var real = expected[$"{side}.attention_mask"].unsqueeze(-1);
        Close.To(expected[logitsName ?? $"{side}.logits"], logits * real, 1e-4, "logits");
        Assert.Equal(expected[$"{side}.position_ids"].Values(), batch.Positions().Select(p => (double)p));
    }

    private static void LogProbabilities(Decoder model, IReadOnlyDictionary<string, Tensor> expected) =>
        Close.To(expected["right.next_token_logprobs"], model.LogProbs(BatchOf(expected, "right")).Values.narrow(1, 1, expected["right.next_token_logprobs"].shape[1]), 1e-4);

    private static void Trace(Decoder model, IReadOnlyDictionary<string, Tensor> expected)
    {
        var seen = new Dictionary<string, Tensor>();
        model.Probe = (name, value) => seen[name] = value.detach().clone().DetachFromDisposeScope();
        var ids = expected["trace.ids"];
        var batch = Batching.Padded([TokenizedText.All([.. ids.data<long>().ToArray().Select(i => (int)i)])], 0);
        var final = model.Hidden(batch, tensor(Enumerable.Range(0, batch.Columns).Select(i => (long)i).ToArray())).unsqueeze(0);
        foreach (var (name, value) in seen)
        {
            Close.To(expected[$"trace.{name}"], value, 1e-4, name);
            value.Dispose();
        }

        Assert.Equal(expected.Keys.Count(k => k.StartsWith("trace.hidden", StringComparison.Ordinal) || k.StartsWith("trace.layer", StringComparison.Ordinal)), seen.Count);
        Close.To(expected["trace.final_norm"], final, 1e-4, "final norm");
        Close.To(expected["trace.logits"], model.Head.Logits(final.squeeze(0)).unsqueeze(0), 1e-4, "logits");
    }

    private static Tensor Loss(Decoder model, IReadOnlyDictionary<string, Tensor> expected, string labels)
    {
        var batch = BatchOf(expected, "right", expected[labels].ne(-100).to(ScalarType.Int64));
        return -model.LogProbs(batch).Values.sum() / batch.TrainedTokens;
    }

    private static void LossAndGradients(Decoder model, IReadOnlyDictionary<string, Tensor> expected, string folder, System.Text.Json.Nodes.JsonNode about)
    {
        var loss = Loss(model, expected, "loss.labels");
        Close.To(Golden.Number(about["loss"]), loss.ToDouble(), 1e-5, "loss");
        loss.backward();
        var gradients = GoldenTensors.Tensors(folder + "/grads.safetensors");
        Assert.Equal(gradients.Keys.Order(StringComparer.Ordinal), model.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal));
        foreach (var (name, value) in model.Parameters)
        {
            var largest = gradients[name].abs().max().ToDouble();
            Assert.True((gradients[name] - value.grad!).abs().max().ToDouble() <= 1e-4 * largest + 1e-6, $"gradient of {name}");
        }

        using var optimizer = new Align.Training.AdamW(model.Parameters);
        Close.To(Golden.Number(about["grad_norm"]), optimizer.GradientNorm(), 1e-4, "grad_norm");
    }

    private static void Generate(Decoder model, IReadOnlyDictionary<string, Tensor> expected, System.Text.Json.Nodes.JsonNode about, string sequences, Sampling sampling)
    {
        var (ids, mask) = (expected["gen.input_ids"], expected["gen.attention_mask"].Values());
        var (rows, columns) = ((int)ids.shape[0], (int)ids.shape[1]);
        var all = ids.data<long>().ToArray();
        var prompts = Enumerable.Range(0, rows).Select(r => Enumerable.Range(r * columns, columns).Where(i => mask[i] != 0).Select(i => (int)all[i]).ToArray()).ToArray();
        var ends = about["eos_token_id"] is System.Text.Json.Nodes.JsonArray list ? list.Select(e => (int)e!).ToArray() : [(int)about["eos_token_id"]!];
        var written = model.Complete(prompts, sampling, (int)about["max_new_tokens"]!, ends, (int)about["pad_token_id"]!, new Rng(1));
        var reference = expected[sequences].data<long>().ToArray();
        var width = (int)expected[sequences].shape[1];
        for (var r = 0; r < rows; r++)
        {
            var row = reference.Skip(r * width + columns).Take(width - columns).Select(i => (int)i).ToArray();
            Assert.Equal(row.Take(written[r].Ids.Length), written[r].Ids);
            Assert.Equal(row.Length == written[r].Ids.Length ? ends.Contains(row[^1]) : true, written[r].Ended);
            Assert.True(row.Skip(written[r].Ids.Length).All(i => i == (int)about["pad_token_id"]!), "the reference went on writing");
        }
    }
}
