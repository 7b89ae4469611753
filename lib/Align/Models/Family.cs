namespace Align.Models;

/// <summary>A family as a row of what it has that Llama has not: the decoder is one definition for all of them.</summary>
internal sealed record Family
{
    /// <summary>The first part of the class that transformers loads it with.</summary>
    public required string Architecture { get; init; }

    public ParameterNames Names { get; init; } = ParameterNames.Llama;

    public ConfigKeys Keys { get; init; } = ConfigKeys.Llama;

    /// <summary>The one activation it has.</summary>
    public string Activation { get; init; } = "silu";

    /// <summary>Whether a missing <c>tie_word_embeddings</c> means true.</summary>
    public bool TiedWhenAbsent { get; init; }

    /// <summary>Norms with a mean and a bias, in place of RMSNorm.</summary>
    public bool LayerNorm { get; init; }

    /// <summary>An RMSNorm on every head's query and key, before they are turned.</summary>
    public bool HeadNorms { get; init; }

    /// <summary>Positions are embeddings of their own that are added, in place of rotation.</summary>
    public bool LearnedPositions { get; init; }

    /// <summary>Matrices are stored [in, out] (<c>Conv1D</c>), in place of [out, in].</summary>
    public bool InputFirst { get; init; }

    /// <summary>Query, key and value come from one matrix.</summary>
    public bool FusedAttention { get; init; }

    /// <summary>The feed-forward block is down(act(gate(x)) · up(x)); without a gate it is down(act(up(x))).</summary>
    public bool Gated { get; init; } = true;

    /// <summary>Biases that the configuration has no word for.</summary>
    public Biases Biases { get; init; }

    /// <summary>Words of the configuration that give biases.</summary>
    public Biases ChosenBiases { get; init; }

    public WindowRule Window { get; init; }

    /// <summary>Words of the configuration that may only have this value: another would be another decoder.</summary>
    public IReadOnlyList<(string Key, bool Value)> Fixed { get; init; } = [];

    /// <summary>Ends of the names of tensors that are no weights and may be in a checkpoint.</summary>
    public IReadOnlyList<string> Buffers { get; init; } = [".rotary_emb.inv_freq"];

    /// <summary>All families by <c>model_type</c>. SmolLM2 says llama; Qwen2.5 says qwen2.</summary>
    public static IReadOnlyDictionary<string, Family> All { get; } = new OrderedDictionary<string, Family>(StringComparer.Ordinal)
    {
        ["llama"] = new() { Architecture = "Llama", ChosenBiases = Biases.Attention | Biases.Output | Biases.Mlp },
        ["mistral"] = new() { Architecture = "Mistral", Window = WindowRule.Always },
        ["qwen2"] = new() { Architecture = "Qwen2", Biases = Biases.Attention, Window = WindowRule.WhenAsked },
        ["qwen3"] = new() { Architecture = "Qwen3", HeadNorms = true, ChosenBiases = Biases.Attention | Biases.Output, Window = WindowRule.WhenAsked },
        ["gpt2"] = new()
        {
            Architecture = "GPT2",
            Names = ParameterNames.Gpt2,
            Keys = ConfigKeys.Gpt2,
            Activation = "gelu_new",
            TiedWhenAbsent = true,
            LayerNorm = true,
            LearnedPositions = true,
            InputFirst = true,
            FusedAttention = true,
            Gated = false,
            Biases = Biases.Attention | Biases.Output | Biases.Mlp,
            Fixed = [("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false), ("add_cross_attention", false)],
            Buffers = [".attn.bias", ".attn.masked_bias"],
        },
    };

    /// <summary>The row of a family.</summary>
    /// <exception cref="ConfigException">There is none.</exception>
    public static Family Of(string type) => All.GetValueOrDefault(type)
        ?? throw new ConfigException($"config.json: model_type {Quoted.Name(type)} is not known here. Known: {string.Join(", ", All.Keys)}.");
}

/// <summary>Projections that have a bias.</summary>
[Flags]
internal enum Biases
{
    None = 0,
    Attention = 1,
    Output = 2,
    Mlp = 4,
}

/// <summary>Whether attention looks back over a window only.</summary>
internal enum WindowRule
{
    /// <summary>It sees all that came before.</summary>
    Never,

    /// <summary>By <c>sliding_window</c>, in every layer; null for none, 4096 where the word is missing.</summary>
    Always,

    /// <summary>By <c>use_sliding_window</c>, from the layer <c>max_window_layers</c> on.</summary>
    WhenAsked,
}
