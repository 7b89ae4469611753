using System.Text.Json.Nodes;
using Align.Models;
using Align.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

public sealed class CheckpointGoldenTests
{
    private const string Weights = "model.safetensors";
    private static readonly string Whole = Golden.PathOf("files/checkpoints/whole");

    [Fact]
    public void Checkpoint_folders_load_their_own_values_or_are_refused_with_what_is_wrong() =>
        Golden.Rows("files/checkpoints/cases.json", Golden.Json("files/checkpoints/cases.json").AsArray().Select(c => (c!["file"]!.GetValue<string>(), c)), c =>
        {
            using var scope = NewDisposeScope();
            var folder = Golden.PathOf("files/" + c["file"]!.GetValue<string>());
            var expect = c["expect"]!.GetValue<string>();
            var model = Model();
            try
            {
                using var checkpoint = CheckpointFolder.Open(folder);
                var report = checkpoint.Load(model);
                Assert.NotEqual("reject", expect);
                if (expect != "accept") AssertNamed(c, string.Join("\n", report.Messages), report.Messages);
                AssertHolds(model, folder);
                if (c["reference"]!["transformers.AutoModelForCausalLM"]!["weights_equal_whole"]?.GetValue<bool>() == true) AssertHolds(model, Whole);
            }
            catch (AlignException e)
            {
                Assert.Contains("reject", expect);
                Assert.Contains(folder, e.Message);
                AssertNamed(c, e.Message, []);
                Assert.All(model, m => Assert.True(m.Destination.isnan().all().item<bool>())); // nothing half-loaded
            }

            return Outcome.Passed;
        });

    // What `should` asks for beyond the names.
    private static void AssertNamed(JsonNode c, string text, IReadOnlyList<string> messages)
    {
        foreach (var name in c["names"]!.AsArray()) Assert.Contains(name!.GetValue<string>(), text);
        string[] more = Path.GetFileName(c["file"]!.GetValue<string>()) switch
        {
            "wrong-total-size" => ["12 bytes", "3168"],
            "missing-shard" => ["model.safetensors.index.json", "6 tensors"],
            "tensor-not-in-shard" or "tensor-in-other-shard" or "traversal" or "traversal-backslash" or "absolute-path" or "index-no-weight-map" or "index-weight-map-number" or "index-empty-weight-map" =>
                ["model.safetensors.index.json"],
            "index-not-json" => ["model.safetensors.index.json", "line 6", "column"],
            "shard-truncated" => ["expected length", "actual length"],
            "shard-lfs-pointer" => ["git LFS pointer", "git lfs pull"],
            "missing-tensor" => ["model.layers.0.input_layernorm.weight\" [8]", "post_attention_layernorm.weight\" [8]", "self_attn.v_proj.weight\" [4, 8]", "model.norm.weight\" [8]"],
            "unexpected-tensor" => ["F32 ["],
            "misshaped-tensor" => ["the model's is [24, 8]", "the model's is [4, 8]"],
            "transposed-tensor" => ["[8, 16], the model's is [16, 8]"],
            "integer-weights" => ["I32", "floating point"],
            "nan-weight" => ["1 NaN, 1 +∞, 0 −∞"],
            "pickle-only" => ["can run code", "convert it to safetensors"],
            "single-and-sharded" => ["model.safetensors.index.json"],
            _ => [],
        };
        Assert.All(more, m => Assert.Contains(m, text));
        Assert.All(messages, m => Assert.EndsWith(".", m));
    }

    [Fact]
    public void Strictly_unexpected_tensors_are_an_error_that_lists_them_unless_they_are_to_be_ignored()
    {
        using var scope = NewDisposeScope();
        using var checkpoint = CheckpointFolder.Open(Golden.PathOf("files/checkpoints/unexpected-tensor"));
        var model = Model();
        var e = Assert.Throws<CheckpointException>(() => checkpoint.Load(model, strict: true));
        Assert.Equal(["model.layers.1.mlp.up_proj.weight", "value_head.weight"], e.Unexpected.Order(StringComparer.Ordinal));
        Assert.All(model, m => Assert.True(m.Destination.isnan().all().item<bool>()));
        var report = checkpoint.Load(model, ignore: name => name.StartsWith("value_head", StringComparison.Ordinal) || name.Contains("layers.1"), strict: true);
        Assert.Empty(report.Unexpected);
        Assert.Empty(report.Messages);
    }

    [Fact]
    public void All_that_is_missing_or_misshapen_is_listed_before_any_memory_is_taken()
    {
        using var checkpoint = CheckpointFolder.Open(Golden.PathOf("files/checkpoints/missing-tensor"));
        List<(string Name, long[] Shape)> needed = [.. Shapes(Whole).Where(t => !t.Name.Contains("q_proj")), ("model.layers.0.self_attn.q_proj.weight", [16, 4]), ("model.norm.bias", [8])];
        var e = Assert.Throws<CheckpointException>(() => checkpoint.Check(needed));
        Assert.Equal(["model.layers.0.input_layernorm.weight", "model.layers.0.post_attention_layernorm.weight", "model.layers.0.self_attn.v_proj.weight", "model.norm.bias", "model.norm.weight"], e.Missing.Order(StringComparer.Ordinal));
        Assert.Equal(["model.layers.0.self_attn.q_proj.weight"], e.Misshapen);
        checkpoint.Check(Shapes(Golden.PathOf("files/checkpoints/missing-tensor")));
    }

    // Every tensor that the configuration calls for, filled with NaN, which no loaded value is.
    private static List<(string Name, Tensor Destination)> Model() => [.. Shapes(Whole).Select(t => (t.Name, full(t.Shape, double.NaN, dtype: ScalarType.Float32)))];

    private static IEnumerable<(string Name, long[] Shape)> Shapes(string folder) =>
        RawSafetensors.HeaderOf(File.ReadAllBytes(Path.Combine(folder, Weights))).Header
            .Where(t => t.Key != "__metadata__").Select(t => (t.Key, t.Value!["shape"]!.AsArray().Select(d => d!.GetValue<long>()).ToArray()));

    private static void AssertHolds(List<(string Name, Tensor Destination)> model, string folder)
    {
        foreach (var (name, destination) in model) Assert.Equal(Values(folder, name), destination.bytes.ToArray());
    }

    // The bytes of a tensor as float32, found by hand: in the single file, or in the shard that the index names, or in any.
    private static byte[] Values(string folder, string name)
    {
        var single = Path.Combine(folder, Weights);
        var shards = Directory.GetFiles(folder, "model-*.safetensors");
        var shard = File.Exists(single) ? single
            : JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "model.safetensors.index.json")))!["weight_map"]![name] is { } s ? Path.Combine(folder, s.GetValue<string>())
            : shards.Single(f => RawSafetensors.HeaderOf(File.ReadAllBytes(f)).Header.ContainsKey(name));
        var file = File.ReadAllBytes(shard);
        var bytes = RawSafetensors.BytesOf(file, name);
        return RawSafetensors.HeaderOf(file).Header[name]!["dtype"]!.GetValue<string>() == "BF16" ? [.. bytes.Chunk(2).SelectMany(b => new byte[] { 0, 0, b[0], b[1] })] : bytes;
    }
}
