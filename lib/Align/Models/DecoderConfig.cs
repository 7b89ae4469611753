namespace Align.Models;

/// <summary>The numbers that make a decoder: one definition for all families, a family is a row of differences (<see cref="Families"/>).</summary>
public sealed record DecoderConfig
{
    /// <summary>The family, as <c>model_type</c> names it.</summary>
    public required string Family { get; init; }

    /// <summary>V, the number of ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>H, the width of the residual stream.</summary>
    public required int Hidden { get; init; }

    /// <summary>The width inside the feed-forward block.</summary>
    public required int Intermediate { get; init; }

    /// <summary>The number of layers.</summary>
    public required int Layers { get; init; }

    /// <summary>The number of query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>The number of key and value heads; it divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>The width of one head.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>ε of the norms.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Whether the output embedding is the input embedding.</summary>
    public required bool TiedEmbeddings { get; init; }

    /// <summary>Whether there is an output embedding at all: a reward model has a score in its place.</summary>
    public bool HasHead { get; init; } = true;

    /// <summary>Whether the query, key, value and output projections have a bias.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the feed-forward projections have a bias.</summary>
    public bool MlpBias { get; init; }

    /// <summary>How positions turn queries and keys.</summary>
    public required RotaryConfig Rotary { get; init; }

    /// <summary>The ids that end a text.</summary>
    public IReadOnlyList<int> EndIds { get; init; } = [];

    /// <summary>The id of padding, where the file names one.</summary>
    public int? PadId { get; init; }

    /// <summary>Every parameter's name and shape, in the order of the files.</summary>
    public IEnumerable<(string Name, long[] Shape)> ParameterShapes()
    {
        yield return (Names.Embedding, [VocabularySize, Hidden]);
        for (var i = 0; i < Layers; i++)
        {
            foreach (var (name, rows, columns, bias) in new[]
            {
                (Names.Query, Heads * HeadWidth, Hidden, AttentionBias), (Names.Key, KeyValueHeads * HeadWidth, Hidden, AttentionBias),
                (Names.Value, KeyValueHeads * HeadWidth, Hidden, AttentionBias), (Names.Output, Hidden, Heads * HeadWidth, AttentionBias),
                (Names.Gate, Intermediate, Hidden, MlpBias), (Names.Up, Intermediate, Hidden, MlpBias), (Names.Down, Hidden, Intermediate, MlpBias),
            })
            {
                yield return (Names.Layer(i, name) + ".weight", [rows, columns]);
                if (bias) yield return (Names.Layer(i, name) + ".bias", [rows]);
            }

            yield return (Names.Layer(i, Names.AttentionNorm) + ".weight", [Hidden]);
            yield return (Names.Layer(i, Names.MlpNorm) + ".weight", [Hidden]);
        }

        yield return (Names.FinalNorm, [Hidden]);
        if (HasHead && !TiedEmbeddings) yield return (Names.Head, [VocabularySize, Hidden]);
    }

    /// <summary>The names that Llama-like checkpoints give to parameters.</summary>
    internal static class Names
    {
        public const string Embedding = "model.embed_tokens.weight", FinalNorm = "model.norm.weight", Head = "lm_head.weight";
        public const string Query = "self_attn.q_proj", Key = "self_attn.k_proj", Value = "self_attn.v_proj", Output = "self_attn.o_proj";
        public const string Gate = "mlp.gate_proj", Up = "mlp.up_proj", Down = "mlp.down_proj";
        public const string AttentionNorm = "input_layernorm", MlpNorm = "post_attention_layernorm";

        public static string Layer(int index, string name) => $"model.layers.{index}.{name}";
    }
}

/// <summary>Rotary position embeddings.</summary>
/// <param name="Base">θ: pair i of a head turns by position · θ^(−2i/d).</param>
/// <param name="Scaling">The frequencies' change: none, linear or llama3.</param>
/// <param name="Factor">What the low frequencies are divided by.</param>
/// <param name="LowFrequency">llama3: wavelengths above original/low are divided.</param>
/// <param name="HighFrequency">llama3: wavelengths below original/high are kept.</param>
/// <param name="OriginalPositions">llama3: the context length before scaling.</param>
public sealed record RotaryConfig(double Base, string Scaling = "default", double Factor = 1, double LowFrequency = 1, double HighFrequency = 4, double OriginalPositions = 8192)
{
    /// <summary>The d/2 frequencies of a head of width d.</summary>
    public double[] Frequencies(int width) => [.. Enumerable.Range(0, width / 2).Select(i => Scale(Math.Pow(Base, -2.0 * i / width)))];

    private double Scale(double f)
    {
        if (Scaling == "linear") return f / Factor;
        if (Scaling != "llama3") return f;
        var wavelength = 2 * Math.PI / f;
        if (wavelength > OriginalPositions / LowFrequency) return f / Factor;
        if (wavelength < OriginalPositions / HighFrequency) return f;
        var smooth = (OriginalPositions / wavelength - LowFrequency) / (HighFrequency - LowFrequency);
        return (1 - smooth) * f / Factor + smooth * f;
    }
}
