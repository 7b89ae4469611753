using System.Text.Json.Nodes;
using Align.Models;
using Align.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

/// <summary>What goes back to other tools.</summary>
public sealed class SavingTests : IDisposable
{
    private static readonly string Bf16 = Golden.PathOf("models/layouts/llama_bf16");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("models/layouts/llama_bf16")]
    [InlineData("models/layouts/gpt2_fp16")]
    [InlineData("models/layouts/gpt2_hub_keys")]
    [InlineData("models/layouts/llama_tied_only_lm_head")]
    [InlineData("models/families/qwen3")]
    public void What_was_not_trained_is_written_back_bit_for_bit_with_its_configuration(string source)
    {
        using (var model = GoldenModels.Load(source)) model.Save(_folder.Path);
        var (from, to) = (File.ReadAllBytes(Golden.PathOf(source + "/model.safetensors")), File.ReadAllBytes(Path.Combine(_folder.Path, "model.safetensors")));
        var (stored, written) = (RawSafetensors.HeaderOf(from).Header, RawSafetensors.HeaderOf(to).Header);
        foreach (var (name, entry) in written.Where(t => t.Key != "__metadata__"))
        {
            var old = stored.ContainsKey(name) ? name : source.EndsWith("only_lm_head", StringComparison.Ordinal) ? "lm_head.weight" : name["transformer.".Length..];
            Assert.Equal((string?)stored[old]!["dtype"], (string?)entry!["dtype"]);
            Assert.Equal(RawSafetensors.BytesOf(from, old), RawSafetensors.BytesOf(to, name));
        }

        var (config, copy) = ((JsonObject)Golden.Json(source + "/config.json"), Config());
        foreach (var key in new[] { "dtype", "torch_dtype" }.Where(k => !config.ContainsKey(k))) copy.Remove(key); // a type is always written
        Assert.True(JsonNode.DeepEquals(config, copy));
    }

    [Fact]
    public void What_was_trained_keeps_its_digits_unless_another_type_is_asked_for()
    {
        using var scope = NewDisposeScope();
        using var model = Decoder.Load(Bf16);
        using (no_grad()) model.Parameters.Single(p => p.Name == "model.norm.weight").Value.add_(1e-6);
        model.Save(_folder.Path);
        Assert.Equal(["F32: 1", $"BF16: {model.Parameters.Count - 1}"], Types());
        Assert.Equal("float32", (string?)Config()["torch_dtype"]); // a loader that goes by it rounds nothing
        using (var again = Decoder.Load(_folder.Path))
            Assert.All(model.Parameters.Zip(again.Parameters), p => Assert.True(p.First.Value.eq(p.Second.Value).all().ToBoolean(), p.First.Name));

        model.Save(_folder.Path, type: ScalarType.BFloat16);
        Assert.Equal([$"BF16: {model.Parameters.Count}"], Types());
        Assert.Equal("bfloat16", (string?)Config()["torch_dtype"]);
    }

    [Fact]
    public void A_type_that_is_asked_for_is_that_of_all_weights_trained_or_not()
    {
        using var model = GoldenModels.Load("models/families/qwen3"); // stored in float32
        using (no_grad()) model.Parameters[0].Value.add_(1e-6);
        model.Save(_folder.Path, type: ScalarType.BFloat16);
        Assert.Equal([$"BF16: {model.Parameters.Count}"], Types());
        Assert.Equal("bfloat16", (string?)(Config()["dtype"] ?? Config()["torch_dtype"]));
        using var scope = NewDisposeScope();
        using var again = Decoder.Load(_folder.Path);
        Assert.All(model.Parameters.Zip(again.Parameters), p => Assert.True(p.First.Value.to(ScalarType.BFloat16).eq(p.Second.Value.to(ScalarType.BFloat16)).all().ToBoolean(), p.First.Name));
    }

    [Fact]
    public void Loaded_adapted_merged_saved_and_loaded_the_weights_without_adapters_have_the_bits_they_had()
    {
        using var scope = NewDisposeScope();
        using var model = Decoder.Load(Bf16);
        using var adapted = AdaptedDecoder.On(model, new LoraConfig { Rank = 2, Targets = ["v_proj"] }, new Rng(1));
        using (no_grad()) foreach (var (_, value) in adapted.Parameters) value.add_(0.01);
        using (var merged = adapted.Merged()) merged.Save(_folder.Path);
        var (from, to) = (File.ReadAllBytes(Path.Combine(Bf16, "model.safetensors")), File.ReadAllBytes(Path.Combine(_folder.Path, "model.safetensors")));
        foreach (var (name, _) in RawSafetensors.HeaderOf(from).Header.Where(t => t.Key != "__metadata__"))
            Assert.Equal(!name.Contains("v_proj", StringComparison.Ordinal), RawSafetensors.BytesOf(from, name).SequenceEqual(RawSafetensors.BytesOf(to, name)));
    }

    [Fact]
    public void Shards_hold_what_one_file_holds()
    {
        using var model = GoldenModels.Load("models/families/qwen2");
        model.Save(_folder.Path, shardBytes: 20_000);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "model.safetensors")));
        Assert.True(Directory.GetFiles(_folder.Path, "model-*.safetensors").Length > 2);
        using var again = Decoder.Load(_folder.Path);
        using var scope = NewDisposeScope();
        Assert.All(model.Parameters.Zip(again.Parameters), p => Assert.True(p.First.Value.eq(p.Second.Value).all().ToBoolean(), p.First.Name));
    }

    [Fact]
    public void Generation_config_and_tokenizer_files_go_along()
    {
        using var source = new TemporaryFolder();
        foreach (var name in new[] { "model.safetensors", "config.json", "generation_config.json" }) File.Copy(Golden.PathOf("models/families/qwen2/" + name), Path.Combine(source.Path, name));
        foreach (var name in new[] { "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "private.txt" }) File.WriteAllText(Path.Combine(source.Path, name), name);
        using (var model = Decoder.Load(source.Path))
        {
            model.Save(source.Path); // into itself: nothing is lost
            model.Save(_folder.Path);
        }

        Assert.Equal(
            ["chat_template.jinja", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"],
            Directory.GetFiles(_folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.Equal("tokenizer.json", File.ReadAllText(Path.Combine(source.Path, "tokenizer.json")));
        Assert.Equal(File.ReadAllBytes(Golden.PathOf("models/families/qwen2/generation_config.json")), File.ReadAllBytes(Path.Combine(_folder.Path, "generation_config.json")));
    }

    [Fact]
    public void A_model_that_was_made_here_says_how_its_texts_end()
    {
        using var model = TinyModels.Decoder(TinyModels.Family("gpt2") with { EndIds = [3, 5], PadId = 0 }, type: ScalarType.Float32);
        model.Save(_folder.Path);
        var generation = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.Path, "generation_config.json")))!;
        Assert.Equal([3, 5], generation["eos_token_id"]!.AsArray().Select(i => (int)i!));
        Assert.Equal(0, (int)generation["pad_token_id"]!);
    }

    [Fact]
    public void A_card_says_method_data_settings_and_metrics_and_nothing_in_it_is_markup()
    {
        var data = Path.Combine(_folder.Path, "preferences.jsonl");
        File.WriteAllText(data, "abc");
        new ModelCard
        {
            Title = "A <b>model</b>",
            Method = "dpo",
            BaseModel = "Qwen2.5-0.5B: \"base\"\nlicense: none",
            IsAdapter = true,
            Data = [DataSource.Of(data, 3)],
            Settings = new Dictionary<string, string> { ["beta"] = "0.1", ["a|b"] = "line\nbreak" },
            Metrics = new Dictionary<string, double> { ["rewards/accuracies"] = 0.8125 },
        }.Write(_folder.Path);
        const string Expected = """
            ---
            library_name: peft
            base_model: "Qwen2.5-0.5B: \u0022base\u0022\nlicense: none"
            tags:
            - "dpo"
            ---

            # A &lt;b>model&lt;/b>

            Trained with Align.Notebooks by the method dpo, from Qwen2.5-0.5B: "base" license: none.

            ## Data

            | file | rows | SHA-256 |
            | --- | --- | --- |
            | preferences.jsonl | 3 | ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad |

            ## Settings

            | setting | value |
            | --- | --- |
            | beta | 0.1 |
            | a\|b | line break |

            ## Metrics

            | metric | value |
            | --- | --- |
            | rewards/accuracies | 0.8125 |

            """;
        Assert.Equal(Expected.ReplaceLineEndings("\n"), File.ReadAllText(Path.Combine(_folder.Path, "README.md")));
    }

    private JsonObject Config() => (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(_folder.Path, "config.json")))!;

    private string[] Types() =>
    [
        .. RawSafetensors.HeaderOf(File.ReadAllBytes(Path.Combine(_folder.Path, "model.safetensors"))).Header
            .Where(t => t.Key != "__metadata__").CountBy(t => (string)t.Value!["dtype"]!).Select(t => $"{t.Key}: {t.Value}"),
    ];
}
