namespace Align.Models;

/// <summary>The numbers that make a decoder: one definition for all families, a family is a row of differences.</summary>
public sealed record DecoderConfig
{
    /// <summary>The family, as <c>model_type</c> names it: llama, mistral, qwen2, qwen3 or gpt2.</summary>
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

    /// <summary>Whether the query, key and value projections have a bias.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the projection out of attention has a bias.</summary>
    public bool OutputBias { get; init; }

    /// <summary>Whether the feed-forward projections have a bias.</summary>
    public bool MlpBias { get; init; }

    /// <summary>How positions turn queries and keys; null in a family that learns its positions.</summary>
    public RotaryConfig? Rotary { get; init; }

    /// <summary>The number of learned positions, and the longest text; null in a family that turns by position.</summary>
    public int? Positions { get; init; }

    /// <summary>W: a token sees itself and the W − 1 tokens before it. Null where it sees all of them.</summary>
    public int? Window { get; init; }

    /// <summary>How many of the first layers have no window.</summary>
    public int FullLayers { get; init; }

    /// <summary>The ids that end a text.</summary>
    public IReadOnlyList<int> EndIds { get; init; } = [];

    /// <summary>The id of padding, where the file names one.</summary>
    public int? PadId { get; init; }

    /// <summary>What the family has that Llama has not.</summary>
    internal Family Row => Models.Family.Of(Family);

    /// <summary>Every parameter's name and shape, in the order of the computation.</summary>
    public IEnumerable<(string Name, long[] Shape)> ParameterShapes()
    {
        var names = Row.Names;
        yield return (names.Embedding, [VocabularySize, Hidden]);
        if (Positions is { } positions) yield return (names.Positions, [positions, Hidden]);
        for (var i = 0; i < Layers; i++)
        {
            foreach (var map in LinearMaps(i))
            {
                yield return (map.Weight, Row.InputFirst ? [map.In, map.Out] : [map.Out, map.In]);
                if (map.HasBias) yield return (map.Bias, [map.Out]);
            }

            foreach (var norm in Norm(names.Layer(i, names.AttentionNorm)).Concat(Norm(names.Layer(i, names.MlpNorm)))) yield return norm;
            if (!Row.HeadNorms) continue;
            yield return (names.Layer(i, names.QueryNorm) + ".weight", [HeadWidth]);
            yield return (names.Layer(i, names.KeyNorm) + ".weight", [HeadWidth]);
        }

        foreach (var norm in Norm(names.FinalNorm)) yield return norm;
        if (HasHead && !TiedEmbeddings) yield return (ParameterNames.Head, [VocabularySize, Hidden]);
    }

    /// <summary>The matrices of every layer: what adapters can be put on.</summary>
    internal IEnumerable<LinearMap> LinearMaps() => Enumerable.Range(0, Layers).SelectMany(LinearMaps);

    /// <summary>Whether a layer looks back over the window only.</summary>
    internal bool HasWindow(int layer) => Window is not null && layer >= FullLayers;

    private IEnumerable<LinearMap> LinearMaps(int layer)
    {
        var names = Row.Names;
        var (query, keyValue) = ((long)Heads * HeadWidth, (long)KeyValueHeads * HeadWidth);
        if (Row.FusedAttention) yield return Map(names.Fused, Hidden, query + 2 * keyValue, AttentionBias);
        else
        {
            yield return Map(names.Query, Hidden, query, AttentionBias);
            yield return Map(names.Key, Hidden, keyValue, AttentionBias);
            yield return Map(names.Value, Hidden, keyValue, AttentionBias);
        }

        yield return Map(names.Output, query, Hidden, OutputBias);
        if (Row.Gated) yield return Map(names.Gate, Hidden, Intermediate, MlpBias);
        yield return Map(names.Up, Hidden, Intermediate, MlpBias);
        yield return Map(names.Down, Intermediate, Hidden, MlpBias);

        LinearMap Map(string module, long from, long to, bool bias) => new(names.Layer(layer, module), from, to, bias);
    }

    private IEnumerable<(string Name, long[] Shape)> Norm(string module)
    {
        yield return (module + ".weight", [Hidden]);
        if (Row.LayerNorm) yield return (module + ".bias", [Hidden]);
    }
}

/// <summary>A matrix of a layer, with the path that files name it by.</summary>
internal sealed record LinearMap(string Module, long In, long Out, bool HasBias)
{
    public string Weight => Module + ".weight";

    public string Bias => Module + ".bias";
}
