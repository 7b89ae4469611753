using System.Text.Json.Nodes;
using Align.Models;
using Align.Runtime;
using CsCheck;

namespace Align.Tests.Models;

/// <summary>Every value of a configuration in turn becomes something else: it is read, or refused by a typed error.</summary>
public sealed class HostileConfigTests
{
    private static readonly string?[] Values =
        ["null", "-1", "0", "1", "1.5", "1e300", "1e999", "2147483647", "99999999999999999999", "\"\"", "\"x\"", "\"(\"", "true", "false", "[]", "[null]", "[[1]]", "{}", "{\"a\": {}}", null];

    [Fact]
    public void Of_a_decoder()
    {
        var (read, refused) = (0, 0);
        foreach (var family in new[] { "llama", "llama3_rope", "llama_linear_bias", "mistral", "qwen2", "qwen3", "gpt2" })
            foreach (var file in new[] { "config.json", "config.hub.json" })
                foreach (var json in Changed((JsonObject)Golden.Json($"models/families/{family}/{file}")))
                {
                    try
                    {
                        var config = Families.Read(json);
                        Assert.True(config.ParameterShapes().Take(100).All(p => p.Shape.All(n => n > 0)), json.ToJsonString());
                        Families.Write(config);
                        read++;
                    }
                    catch (AlignException)
                    {
                        refused++;
                    }
                }

        Assert.True(read > 500 && refused > 500, $"{read} read, {refused} refused");
    }

    [Fact]
    public void Of_a_file_with_a_byte_changed_or_cut_off()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Golden.PathOf("models/families/qwen2"), "*.safetensors")) File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        var good = File.ReadAllBytes(Golden.PathOf("models/families/qwen2/config.json"));
        var (read, refused) = (0, 0);
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, 3]).Sample(
            (at, value, cut) =>
            {
                var damaged = cut == 0 ? good[..at] : [.. good];
                if (cut > 0) damaged[at] = value;
                File.WriteAllBytes(Path.Combine(folder.Path, "config.json"), damaged);
                try
                {
                    using var checkpoint = CheckpointFolder.Open(folder.Path);
                    Families.Read(checkpoint.Config);
                    read++;
                }
                catch (AlignException)
                {
                    refused++;
                }
            },
            iter: Environment.GetEnvironmentVariable("ALIGN_FUZZ") == "full" ? 20_000 : 200,
            threads: 1);
        Assert.True(read > 0 && refused > 0, $"{read} read, {refused} refused");
    }

    [Fact]
    public void Of_an_adapter()
    {
        using var model = GoldenModels.Load("models/families/llama");
        using var folder = new TemporaryFolder();
        File.Copy(Golden.PathOf("models/lora/llama_patterns/adapter_model.safetensors"), Path.Combine(folder.Path, "adapter_model.safetensors"));
        var (read, refused) = (0, 0);
        foreach (var json in Changed((JsonObject)Golden.Json("models/lora/llama_patterns/adapter_config.json")))
        {
            File.WriteAllText(Path.Combine(folder.Path, "adapter_config.json"), json.ToJsonString());
            try
            {
                AdaptedDecoder.Load(model, folder.Path).Dispose();
                read++;
            }
            catch (AlignException)
            {
                refused++;
            }
        }

        Assert.True(read > 100 && refused > 100, $"{read} read, {refused} refused");
    }

    private static IEnumerable<JsonObject> Changed(JsonObject json)
    {
        foreach (var key in json.Select(p => p.Key))
        {
            foreach (var changed in Values.Select(v => With(json, key, v))) yield return changed;
            if (json[key] is not JsonObject inner) continue;
            foreach (var change in Changed(inner))
            {
                var outer = (JsonObject)json.DeepClone();
                outer[key] = change;
                yield return outer;
            }
        }
    }

    private static JsonObject With(JsonObject json, string key, string? value)
    {
        var copy = (JsonObject)json.DeepClone();
        if (value is null) copy.Remove(key);
        else copy[key] = JsonNode.Parse(value);
        return copy;
    }
}
