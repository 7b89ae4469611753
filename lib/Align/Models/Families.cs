using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Align.Runtime;

namespace Align.Models;

/// <summary>Reads and writes <c>config.json</c>: a family is a row here, of what it has that others have not.</summary>
public static class Families
{
    /// <summary>What makes a family differ from Llama.</summary>
    /// <param name="TiedWhenAbsent">Whether a missing <c>tie_word_embeddings</c> means true.</param>
    /// <param name="Activation">The one activation it has.</param>
    private sealed record Family(bool TiedWhenAbsent, string Activation);

    private static readonly Dictionary<string, Family> Rows = new(StringComparer.Ordinal)
    {
        ["llama"] = new(TiedWhenAbsent: false, Activation: "silu"),
    };

    /// <summary>The decoder that a <c>config.json</c> describes, in either generation of its keys.</summary>
    /// <exception cref="ConfigException">The family is unknown, or a number is missing or impossible.</exception>
    public static DecoderConfig Read(JsonObject config)
    {
        var type = Text(config, "model_type") ?? throw new ConfigException("config.json has no model_type.");
        if (!Rows.TryGetValue(type, out var family))
            throw new ConfigException($"config.json: model_type \"{type}\" is not known here. Known: {string.Join(", ", Rows.Keys)}.");
        if (Text(config, "hidden_act") is { } act && act != family.Activation)
            throw new ConfigException($"config.json: hidden_act \"{act}\" is not what {type} has here ({family.Activation}).");

        var hidden = Integer(config, "hidden_size");
        var heads = Integer(config, "num_attention_heads");
        var keyValueHeads = Integer(config, "num_key_value_heads", heads);
        if (heads % keyValueHeads != 0) throw new ConfigException($"config.json: num_key_value_heads {keyValueHeads} does not divide num_attention_heads {heads}.");
        if (config["head_dim"] is null && hidden % heads != 0) throw new ConfigException($"config.json: num_attention_heads {heads} does not divide hidden_size {hidden}.");
        var headWidth = Integer(config, "head_dim", hidden / heads);
        if (headWidth % 2 != 0) throw new ConfigException($"config.json: a head of {headWidth} cannot be turned in pairs.");

        return new DecoderConfig
        {
            Family = type,
            VocabularySize = Integer(config, "vocab_size"),
            Hidden = hidden,
            Intermediate = Integer(config, "intermediate_size"),
            Layers = Integer(config, "num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadWidth = headWidth,
            NormEpsilon = Number(config, "rms_norm_eps", 1e-6),
            TiedEmbeddings = Flag(config, "tie_word_embeddings", family.TiedWhenAbsent),
            AttentionBias = Flag(config, "attention_bias", false),
            MlpBias = Flag(config, "mlp_bias", false),
            Rotary = Rotary(config),
            EndIds = Ids(config, "eos_token_id"),
            PadId = Ids(config, "pad_token_id") is [var pad, ..] ? pad : null,
        };
    }

    /// <summary>The <c>config.json</c> of a decoder, with the keys that transformers reads.</summary>
    public static JsonObject Write(DecoderConfig c) => new()
    {
        ["architectures"] = new JsonArray("LlamaForCausalLM"),
        ["model_type"] = c.Family,
        ["vocab_size"] = c.VocabularySize,
        ["hidden_size"] = c.Hidden,
        ["intermediate_size"] = c.Intermediate,
        ["num_hidden_layers"] = c.Layers,
        ["num_attention_heads"] = c.Heads,
        ["num_key_value_heads"] = c.KeyValueHeads,
        ["head_dim"] = c.HeadWidth,
        ["hidden_act"] = Rows[c.Family].Activation,
        ["rms_norm_eps"] = c.NormEpsilon,
        ["rope_theta"] = c.Rotary.Base,
        ["rope_scaling"] = c.Rotary.Scaling switch
        {
            "linear" => new JsonObject { ["rope_type"] = "linear", ["factor"] = c.Rotary.Factor },
            "llama3" => new JsonObject
            {
                ["rope_type"] = "llama3",
                ["factor"] = c.Rotary.Factor,
                ["low_freq_factor"] = c.Rotary.LowFrequency,
                ["high_freq_factor"] = c.Rotary.HighFrequency,
                ["original_max_position_embeddings"] = (long)c.Rotary.OriginalPositions,
            },
            _ => null,
        },
        ["attention_bias"] = c.AttentionBias,
        ["mlp_bias"] = c.MlpBias,
        ["tie_word_embeddings"] = c.TiedEmbeddings,
        ["eos_token_id"] = c.EndIds.Count == 1 ? c.EndIds[0] : new JsonArray([.. c.EndIds.Select(i => (JsonNode)i)]),
        ["pad_token_id"] = c.PadId,
        ["torch_dtype"] = "float32",
    };

    private static RotaryConfig Rotary(JsonObject config)
    {
        var parameters = config["rope_parameters"] as JsonObject;             // as transformers 5 writes it
        var scaling = parameters ?? config["rope_scaling"] as JsonObject;     // as published files have it
        var theta = Number(parameters ?? config, "rope_theta", 10_000);
        var type = scaling is null ? "default" : Text(scaling, "rope_type") ?? Text(scaling, "type") ?? "default";
        return type switch
        {
            "default" => new(theta),
            "linear" => new(theta, type, Number(scaling!, "factor")),
            "llama3" => new(theta, type, Number(scaling!, "factor"), Number(scaling!, "low_freq_factor"), Number(scaling!, "high_freq_factor"), Number(scaling!, "original_max_position_embeddings")),
            _ => throw new ConfigException($"config.json: rope type \"{type}\" is not known here. Known: default, linear, llama3."),
        };
    }

    private static int Integer(JsonObject config, string key, int? absent = null)
    {
        var value = Number(config, key, absent);
        if (value is < 1 or > int.MaxValue || value != Math.Floor(value)) throw new ConfigException($"config.json: {key} is {value.ToString(CultureInfo.InvariantCulture)}, expected a whole number from 1.");
        return (int)value;
    }

    private static double Number(JsonObject config, string key, double? absent = null) => config[key] switch
    {
        null => absent ?? throw new ConfigException($"config.json has no {key}."),
        JsonValue v when v.GetValueKind() == JsonValueKind.Number && double.TryParse(v.ToJsonString(), CultureInfo.InvariantCulture, out var d) && double.IsFinite(d) => d,
        var other => throw new ConfigException($"config.json: {key} is {other.ToJsonString()}, expected a number."),
    };

    private static bool Flag(JsonObject config, string key, bool absent) => config[key] switch
    {
        null => absent,
        JsonValue v when v.TryGetValue(out bool b) => b,
        var other => throw new ConfigException($"config.json: {key} is {other.ToJsonString()}, expected true or false."),
    };

    private static string? Text(JsonObject config, string key) => config[key] switch
    {
        null => null,
        JsonValue v when v.TryGetValue(out string? s) => s,
        var other => throw new ConfigException($"config.json: {key} is {other.ToJsonString()}, expected text."),
    };

    private static int[] Ids(JsonObject config, string key) => config[key] switch
    {
        null => [],
        JsonArray list => [.. list.Select(i => Id(key, i))],
        var one => [Id(key, one)],
    };

    private static int Id(string key, JsonNode? node) => node is JsonValue v && v.TryGetValue(out int id)
        ? id
        : throw new ConfigException($"config.json: {key} holds {node?.ToJsonString() ?? "null"}, expected an id.");
}

/// <summary>A <c>config.json</c> that describes no decoder of ours.</summary>
public sealed class ConfigException(string message) : AlignException(message);
