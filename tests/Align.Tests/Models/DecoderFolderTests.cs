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
    public void What_is_saved_loads_bit_for_bit_and_saves_the_same_bytes()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Decoder(type: ScalarType.Float32, tied: true);
        model.Save(_folder);
        using var back = Decoder.Load(_folder);
        foreach (var (a, b) in model.Parameters.Zip(back.Parameters)) Assert.True(a.Value.eq(b.Value).all().ToBoolean(), a.Name);
        Assert.Equal(model.Config with { EndIds = [] }, back.Config with { EndIds = [] });
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
    }
}
