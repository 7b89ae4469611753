using System.Text.Json.Nodes;
using Align.Runtime;

namespace Align.Models;

/// <summary>Reads and writes <c>config.json</c>.</summary>
public static class Families
{
    private const string WindowKey = "sliding_window", UseWindow = "use_sliding_window", FullLayersKey = "max_window_layers", LayerTypes = "layer_types";
    private const int MaxLayers = 1024;
    private const string FullLayer = "full_attention", WindowLayer = "sliding_attention";

    /// <summary>The decoder that a <c>config.json</c> describes, in either generation of its keys.</summary>
    /// <exception cref="ConfigException">The family is unknown, the weights are quantised, or a number is missing or impossible.</exception>
    public static DecoderConfig Read(JsonObject json)
    {
        var config = new ConfigJson(json);
        var type = config.Text("model_type") ?? throw new ConfigException("config.json has no model_type.");
        var family = Family.Of(type);
        var keys = family.Keys;
        Refuse(json, config, type, family);

        var hidden = config.Integer(keys.Hidden);
        var heads = config.Integer(keys.Heads);
        var keyValueHeads = config.Integer("num_key_value_heads", heads);
        if (heads % keyValueHeads != 0) throw new ConfigException($"config.json: num_key_value_heads {keyValueHeads} does not divide {keys.Heads} {heads}.");
        if (!config.Has("head_dim") && hidden % heads != 0) throw new ConfigException($"config.json: {keys.Heads} {heads} does not divide {keys.Hidden} {hidden}.");
        var headWidth = config.Integer("head_dim", hidden / heads);
        if (!family.LearnedPositions && headWidth % 2 != 0) throw new ConfigException($"config.json: a head of {headWidth} cannot be turned in pairs.");
        if ((long)heads * headWidth > int.MaxValue) throw new ConfigException($"config.json: {heads} heads of {headWidth} are more than a matrix can have rows.");
        var layers = config.Integer(keys.Layers);
        if (layers > MaxLayers) throw new ConfigException($"config.json: {keys.Layers} is {layers}; more than {MaxLayers} are not known here.");
        var (window, fullLayers) = Window(json, config, family, layers);
        bool attention = config.Flag("attention_bias", false), mlp = config.Flag("mlp_bias", false);

        return new DecoderConfig
        {
            Family = type,
            VocabularySize = config.Integer("vocab_size"),
            Hidden = hidden,
            Intermediate = config.Integer(keys.Intermediate, family.Gated ? null : (int)Math.Min(4L * hidden, int.MaxValue)),
            Layers = layers,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadWidth = headWidth,
            NormEpsilon = config.Number(keys.Epsilon, family.LayerNorm ? 1e-5 : 1e-6),
            TiedEmbeddings = config.Flag("tie_word_embeddings", family.TiedWhenAbsent),
            AttentionBias = Has(Biases.Attention, attention),
            OutputBias = Has(Biases.Output, attention),
            MlpBias = Has(Biases.Mlp, mlp),
            Rotary = family.LearnedPositions ? null : Rotary(json, config),
            Positions = family.LearnedPositions ? config.Integer(keys.Positions) : null,
            Window = window,
            FullLayers = fullLayers,
            EndIds = config.Ids("eos_token_id"),
            PadId = config.Ids("pad_token_id") is [var pad, ..] ? pad : null,
        };

        bool Has(Biases bias, bool chosen) => family.Biases.HasFlag(bias) || (chosen && family.ChosenBiases.HasFlag(bias));
    }

    /// <summary>The <c>config.json</c> of a decoder, with the keys that transformers reads.</summary>
    /// <exception cref="ConfigException">The family is unknown.</exception>
    public static JsonObject Write(DecoderConfig c)
    {
        var family = c.Row;
        var keys = family.Keys;
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(family.Architecture + "ForCausalLM"),
            ["model_type"] = c.Family,
            ["vocab_size"] = c.VocabularySize,
            [keys.Hidden] = c.Hidden,
            [keys.Intermediate] = c.Intermediate,
            [keys.Layers] = c.Layers,
            [keys.Heads] = c.Heads,
            [keys.Activation] = family.Activation,
            [keys.Epsilon] = c.NormEpsilon,
            ["tie_word_embeddings"] = c.TiedEmbeddings,
            ["eos_token_id"] = c.EndIds switch { [] => null, [var one] => one, var more => new JsonArray([.. more.Select(i => (JsonNode)i)]) },
            ["pad_token_id"] = c.PadId,
            ["torch_dtype"] = "float32",
        };
        if (c.Positions is { } positions) json[keys.Positions] = positions;
        if (c.Rotary is { } rotary)
        {
            json["num_key_value_heads"] = c.KeyValueHeads;
            json["head_dim"] = c.HeadWidth;
            json["rope_theta"] = rotary.Base;
            json["rope_scaling"] = Scaling(rotary);
        }

        if (family.ChosenBiases.HasFlag(Biases.Attention)) json["attention_bias"] = c.AttentionBias;
        if (family.ChosenBiases.HasFlag(Biases.Mlp)) json["mlp_bias"] = c.MlpBias;
        if (family.Window != WindowRule.Never) json[WindowKey] = c.Window;
        if (family.Window == WindowRule.WhenAsked)
        {
            json[UseWindow] = c.Window is not null;
            json[FullLayersKey] = c.FullLayers;
        }

        return json;
    }

    private static void Refuse(JsonObject json, ConfigJson config, string type, Family family)
    {
        if (json["quantization_config"] is { } quantised)
        {
            var method = quantised is JsonObject q && q["quant_method"] is JsonValue m && m.TryGetValue(out string? name) ? $" ({Quoted.Name(name)})" : "";
            throw new ConfigException($"config.json has a quantization_config{method}: quantised weights are not known here. Known: plain F32, F16 and BF16. Fetch the model that was not quantised.");
        }

        if (config.Text(family.Keys.Activation) is { } act && act != family.Activation)
            throw new ConfigException($"config.json: {family.Keys.Activation} {Quoted.Name(act)} is not what {type} has here ({family.Activation}).");
        foreach (var (key, value) in family.Fixed)
            if (config.Flag(key, value) != value) throw new ConfigException($"config.json: {key} is {!value}, which is not known here; {type} has {value}.");
    }

    private static (int? Window, int FullLayers) Window(JsonObject json, ConfigJson config, Family family, int layers)
    {
        int? window = family.Window switch
        {
            WindowRule.Always => json.ContainsKey(WindowKey) ? config.Has(WindowKey) ? config.Integer(WindowKey) : null : 4096,
            WindowRule.WhenAsked when config.Flag(UseWindow, false) => config.Integer(WindowKey, 4096),
            _ => null,
        };
        if (window is null || family.Window == WindowRule.Always) return (window, 0);
        if (config.Texts(LayerTypes) is not { } types) return (window, Math.Min(layers, (int)Math.Max(0, config.Number(FullLayersKey, 28))));

        var full = types.TakeWhile(t => t == FullLayer).Count();
        if (types.Count != layers || types.Skip(full).Any(t => t != WindowLayer))
            throw new ConfigException($"config.json: {LayerTypes} has to name {layers} layers, first those of {FullLayer} and then those of {WindowLayer}; other orders are not known here.");
        return (full == layers ? null : window, full == layers ? 0 : full);
    }

    private static RotaryConfig Rotary(JsonObject json, ConfigJson config)
    {
        var parameters = json["rope_parameters"] as JsonObject;             // as transformers 5 writes it
        var scaling = parameters ?? json["rope_scaling"] as JsonObject;     // as published files have it
        var (all, more) = (new ConfigJson(parameters ?? json), new ConfigJson(scaling ?? []));
        var theta = all.Number("rope_theta", 10_000);
        if (theta <= 0) throw new ConfigException("config.json: rope_theta has to be above 0.");
        if (all.Number("partial_rotary_factor", 1) != 1 || config.Number("partial_rotary_factor", 1) != 1)
            throw new ConfigException("config.json: partial_rotary_factor is not 1; heads that turn in part are not known here.");
        var type = more.Text("rope_type") ?? more.Text("type") ?? "default";
        return type switch
        {
            "default" => new(theta),
            "linear" => new(theta, type, more.Number("factor")),
            "llama3" => new(theta, type, more.Number("factor"), more.Number("low_freq_factor"), more.Number("high_freq_factor"), more.Number("original_max_position_embeddings")),
            _ => throw new ConfigException($"config.json: rope type {Quoted.Name(type)} is not known here. Known: default, linear, llama3."),
        };
    }

    private static JsonObject? Scaling(RotaryConfig rotary) => rotary.Scaling switch
    {
        "linear" => new() { ["rope_type"] = "linear", ["factor"] = rotary.Factor },
        "llama3" => new()
        {
            ["rope_type"] = "llama3",
            ["factor"] = rotary.Factor,
            ["low_freq_factor"] = rotary.LowFrequency,
            ["high_freq_factor"] = rotary.HighFrequency,
            ["original_max_position_embeddings"] = (long)rotary.OriginalPositions,
        },
        _ => null,
    };
}

/// <summary>A configuration of a model or an adapter that is not known here, or impossible.</summary>
public sealed class ConfigException(string message) : AlignException(message);
