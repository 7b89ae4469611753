using Align.Models;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

public sealed class DecoderFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("align-decoder-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("whole")]
    [InlineData("sharded")]
    [InlineData("sharded-interleaved")]
    public void A_golden_checkpoint_has_the_reference_s_logits(string name)
    {
        using var scope = NewDisposeScope();
        var expected = Golden.Json("files/checkpoints/expected.json");
        using var model = Decoder.Load(Golden.PathOf($"files/checkpoints/{name}"));
        var rows = expected["tokens"]!.AsArray().Select(r => TokenizedText.All([.. r!.AsArray().Select(i => (int)i!)])).ToArray();
        var batch = Batching.Padded(rows, 0);
        var logits = model.Head.Logits(model.Hidden(batch, tensor(Enumerable.Range(0, batch.Ids.Length).Select(i => (long)i).ToArray())));
        Close.To([.. expected["logits"]!.AsArray().SelectMany(r => r!.AsArray()).SelectMany(t => t!.Numbers())], logits.Values(), 1e-5, "logits");
    }

    [Fact]
    public void The_golden_checkpoints_give_the_reference_s_logits_or_are_refused()
    {
        var expected = Golden.Json("files/checkpoints/expected.json");
        var rows = expected["tokens"]!.AsArray().Select(r => TokenizedText.All([.. r!.AsArray().Select(i => (int)i!)])).ToArray();
        var batch = Batching.Padded(rows, 0);
        double[] logits = [.. expected["logits"]!.AsArray().SelectMany(r => r!.AsArray()).SelectMany(t => t!.Numbers())];
        Golden.Rows("files/checkpoints/cases.json#decoder", Golden.Json("files/checkpoints/cases.json").AsArray().Select(c => (c!["file"]!.GetValue<string>(), c)), c =>
        {
            using var scope = NewDisposeScope();
            var (folder, expect) = (Golden.PathOf("files/" + c["file"]!.GetValue<string>()), c["expect"]!.GetValue<string>());
            CheckpointReport? report = null;
            try
            {
                using var model = Decoder.Load(folder, report: r => report = r);
                Assert.NotEqual("reject", expect);
                if (expect != "accept") Assert.NotEmpty(report!.Messages);
                if (c["reference"]!["transformers.AutoModelForCausalLM"]!["weights_equal_whole"]?.GetValue<bool>() == true)
                    Close.To(logits, model.Head.Logits(model.Hidden(batch, tensor(Enumerable.Range(0, batch.Ids.Length).Select(i => (long)i).ToArray()))).Values(), 1e-5, "logits");
            }
            catch (Align.Runtime.AlignException)
            {
                Assert.Contains("reject", expect, StringComparison.Ordinal);
            }

            return Outcome.Passed;
        });
    }

    [Theory]
    [MemberData(nameof(TinyModels.Families), MemberType = typeof(TinyModels))]
    public void What_is_saved_loads_bit_for_bit_and_saves_the_same_bytes(string family)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Decoder(TinyModels.Family(family) with { EndIds = [3, 5], PadId = 0 }, type: ScalarType.Float32);
        model.Save(_folder);
        using var back = Decoder.Load(_folder);
        foreach (var (a, b) in model.Parameters.Zip(back.Parameters)) Assert.True(a.Value.eq(b.Value).all().ToBoolean(), a.Name);
        Assert.Equal(model.Config with { EndIds = [] }, back.Config with { EndIds = [] });
        Assert.Equal(model.Config.EndIds, back.Config.EndIds);
        var first = File.ReadAllBytes(Path.Combine(_folder, "model.safetensors"));
        back.Save(_folder);
        Assert.Equal(first, File.ReadAllBytes(Path.Combine(_folder, "model.safetensors")));
    }

    [Fact]
    public void A_configuration_that_is_none_of_ours_is_refused_by_name()
    {
        string Refusal(string key, System.Text.Json.Nodes.JsonNode? value)
        {
            var config = Families.Write(TinyModels.Config());
            config[key] = value;
            return Assert.Throws<ConfigException>(() => Families.Read(config)).Message;
        }

        Assert.Contains("Known: llama", Refusal("model_type", "mamba"), StringComparison.Ordinal);
        Assert.Contains("hidden_size", Refusal("hidden_size", 0), StringComparison.Ordinal);
        Assert.Contains("hidden_size", Refusal("hidden_size", "wide"), StringComparison.Ordinal);
        Assert.Contains("num_hidden_layers", Refusal("num_hidden_layers", 1.5), StringComparison.Ordinal);
        Assert.Contains("num_key_value_heads", Refusal("num_key_value_heads", 3), StringComparison.Ordinal);
        Assert.Contains("yarn", Refusal("rope_scaling", new System.Text.Json.Nodes.JsonObject { ["type"] = "yarn" }), StringComparison.Ordinal);
        Assert.Contains("gelu", Refusal("hidden_act", "gelu"), StringComparison.Ordinal);
        Assert.Contains("attention_bias", Refusal("attention_bias", "yes"), StringComparison.Ordinal);
        Assert.Contains("eos_token_id", Refusal("eos_token_id", "end"), StringComparison.Ordinal);
        Assert.Contains("vocab_size", Refusal("vocab_size", null), StringComparison.Ordinal);
        Assert.Contains("more than 1024", Refusal("num_hidden_layers", 2_000_000_000), StringComparison.Ordinal);
        Assert.Contains("partial_rotary_factor", Refusal("partial_rotary_factor", 0.5), StringComparison.Ordinal);
        var quantised = Refusal("quantization_config", new System.Text.Json.Nodes.JsonObject { ["quant_method"] = "awq" });
        Assert.Contains("awq", quantised, StringComparison.Ordinal);
        Assert.Contains("Known: plain F32, F16 and BF16", quantised, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_of_another_decoder_under_a_known_name_is_refused()
    {
        var gpt2 = Families.Write(TinyModels.Family("gpt2"));
        gpt2["scale_attn_by_inverse_layer_idx"] = true;
        Assert.Contains("scale_attn_by_inverse_layer_idx", Assert.Throws<ConfigException>(() => Families.Read(gpt2)).Message, StringComparison.Ordinal);

        var qwen = Families.Write(TinyModels.Family("qwen2 with a window"));
        qwen["layer_types"] = new System.Text.Json.Nodes.JsonArray("sliding_attention", "full_attention");
        Assert.Contains("layer_types", Assert.Throws<ConfigException>(() => Families.Read(qwen)).Message, StringComparison.Ordinal);
        qwen["layer_types"] = new System.Text.Json.Nodes.JsonArray("full_attention", "sliding_attention");
        Assert.Equal((3, 1), (Families.Read(qwen).Window, Families.Read(qwen).FullLayers));
        qwen["use_sliding_window"] = false; // published files keep the number and do not mean it
        Assert.Null(Families.Read(qwen).Window);
    }

    [Fact]
    public void A_window_that_mistral_s_file_leaves_out_is_4096_and_null_is_none()
    {
        var mistral = Families.Write(TinyModels.Family("mistral"));
        mistral["sliding_window"] = null;
        Assert.Null(Families.Read(mistral).Window);
        mistral.Remove("sliding_window");
        Assert.Equal(4096, Families.Read(mistral).Window);
    }

    [Fact]
    public void The_end_ids_of_generation_config_count_before_those_of_config()
    {
        using var model = Decoder.Load(Golden.PathOf("models/families/qwen2"));
        Assert.Equal([12, 18], model.Config.EndIds);
        Assert.Equal([12], Families.Read((System.Text.Json.Nodes.JsonObject)Golden.Json("models/families/qwen2/config.json")).EndIds);
    }

    [Fact]
    public void Missing_and_misshapen_tensors_are_listed_by_their_full_names_when_the_files_leave_the_trunk_out()
    {
        var stored = Safetensors.Load(Golden.PathOf("models/layouts/gpt2_hub_keys/model.safetensors"));
        using var scope = NewDisposeScope();
        Safetensors.Save(Path.Combine(_folder, "model.safetensors"), stored
            .Where(t => t.Key != "ln_f.bias").Select(t => (t.Key, t.Key == "wpe.weight" ? t.Value.narrow(0, 0, 3) : t.Value)).Append(("surplus", ones(2))));
        File.Copy(Golden.PathOf("models/layouts/gpt2_hub_keys/config.json"), Path.Combine(_folder, "config.json"));
        var e = Assert.Throws<CheckpointException>(() => Decoder.Load(_folder));
        Assert.Equal(["transformer.ln_f.bias"], e.Missing);
        Assert.Equal(["wpe.weight"], e.Misshapen);
        Assert.Equal(["surplus"], e.Unexpected);
        foreach (var value in stored.Values) value.Dispose();
    }
}
