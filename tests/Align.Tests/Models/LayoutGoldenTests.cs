using Align.Models;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

/// <summary>The same kinds of weights in other files: number types, shards, names with and without the trunk, heads that are tied, doubled or left over.</summary>
public sealed class LayoutGoldenTests
{
    private static readonly string[] Folders =
    [
        "gpt2_fp16", "gpt2_hub_keys", "gpt2_prefixed_lm_head", "gpt_neox_hub_keys", "llama_base_keys", "llama_bf16", "llama_no_metadata", "llama_old_inv_freq", "llama_score",
        "llama_score_and_lm_head", "llama_tie_flag_absent", "llama_tied_lm_head_differs", "llama_tied_lm_head_present", "llama_tied_only_lm_head", "llama_untied_lm_head_missing", "qwen2_sharded",
    ];

    [Fact]
    public void Layouts_give_the_reference_s_numbers_or_are_refused() =>
        Golden.Rows("models/layouts", Folders.Select(f => (f, f)), name =>
        {
            using var scope = NewDisposeScope();
            var folder = $"models/layouts/{name}";
            switch (name)
            {
                case "gpt_neox_hub_keys":
                    Assert.Contains("Known: llama", Assert.Throws<ConfigException>(() => GoldenModels.Load(folder)).Message, StringComparison.Ordinal);
                    return Outcome.NotInThisLibrary("gpt_neox");
                case "llama_untied_lm_head_missing":
                    Assert.Equal(["lm_head.weight"], Assert.Throws<CheckpointException>(() => GoldenModels.Load(folder)).Missing);
                    break;
                case "qwen2_sharded":
                    Same(folder, "models/families/qwen2");
                    break;
                case "gpt2_fp16" or "llama_bf16":
                    InLowPrecision(folder);
                    break;
                case "llama_score" or "llama_score_and_lm_head":
                    var scores = GoldenTensors.Tensors(folder + "/expected.safetensors");
                    using (var model = GoldenModels.LoadReward(folder)) Close.To(scores["logits"].squeeze(-1), model.Scores(Unpadded(scores["input_ids"])), 1e-4, "scores");
                    break;
                default:
                    Logits(folder);
                    break;
            }

            return Outcome.Passed;
        });

    [Fact]
    public void What_is_odd_about_a_head_is_told()
    {
        Assert.Contains("both were kept", Told("llama_tied_lm_head_differs"), StringComparison.Ordinal);
        Assert.Contains("taken from there", Told("llama_tied_only_lm_head"), StringComparison.Ordinal);
        Assert.Equal("", Told("llama_tied_lm_head_present"));
        Assert.Equal("", Told("gpt2_prefixed_lm_head"));

        static string Told(string name)
        {
            CheckpointReport? report = null;
            using var model = Decoder.Load(Golden.PathOf($"models/layouts/{name}"), report: r => report = r);
            return string.Join('\n', report!.Messages);
        }
    }

    private static void Logits(string folder)
    {
        var expected = GoldenTensors.Tensors(folder + "/expected.safetensors");
        using var model = GoldenModels.Load(folder);
        Close.To(expected["logits"], Logits(model, Unpadded(expected["input_ids"])), 1e-4, "logits");
    }

    private static void InLowPrecision(string folder)
    {
        var (expected, about) = (GoldenTensors.Tensors(folder + "/expected.safetensors"), Golden.Json(folder + "/expected.json"));
        var batch = GoldenTensors.Batch(expected["right.input_ids"], expected["right.attention_mask"], expected["right.attention_mask"]);
        var real = expected["right.attention_mask"].unsqueeze(-1);
        using var model = GoldenModels.Load(folder);
        Close.To(expected["right.logits_fp32"] * real, Logits(model, batch) * real, 1e-4, "logits in fp32");

        var low = (string)about["dtype"]! == "bfloat16" ? ScalarType.BFloat16 : ScalarType.Float16;
        using var lowered = Decoder.Load(Golden.PathOf(folder), compute: low);
        var off = (expected["right.logits_low"].to(ScalarType.Float32) * real - Logits(lowered, batch) * real).abs().max().ToDouble();
        Assert.True(off <= 2 * Golden.Number(about["max_abs_low_minus_fp32"]), $"off by {off}");
        Assert.True((Logits(lowered, batch) - Logits(model, batch)).abs().max().ToDouble() > 0);
    }

    private static void Same(string folder, string other)
    {
        using var a = GoldenModels.Load(folder);
        using var b = GoldenModels.Load(other);
        Assert.All(a.Parameters.Zip(b.Parameters), p => Assert.True(p.First.Name == p.Second.Name && p.First.Value.eq(p.Second.Value).all().ToBoolean(), p.First.Name));
    }

    private static Tensor Logits(Decoder model, Batch batch) =>
        model.Head.Logits(model.Hidden(batch, tensor(Enumerable.Range(0, batch.Ids.Length).Select(i => (long)i).ToArray()))).view(batch.Rows, batch.Columns, -1);

    private static Batch Unpadded(Tensor ids) => GoldenTensors.Batch(ids, ones_like(ids), ones_like(ids));
}
