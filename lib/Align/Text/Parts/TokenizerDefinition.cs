namespace Align.Text.Parts;

/// <summary>A tokenizer as its file describes it: the steps from a text to ids and back, in the order in which they are taken.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>Tokens of the model, with their ids.</summary>
    public required Dictionary<string, int> Vocabulary { get; init; }

    /// <summary>The pairs to join, first learnt first.</summary>
    public required IReadOnlyList<(string Left, string Right)> Merges { get; init; }

    /// <summary>Whether words are spelled in the letters of bytes.</summary>
    public required bool ByteLevel { get; init; }

    /// <summary>Whether characters without a token become the tokens of their bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a word that is a token is never merged.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Tokens that are cut out before everything else.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>What is done to each piece between added tokens.</summary>
    public IReadOnlyList<Func<Normalized, Normalized>> Normalizers { get; init; } = [];

    /// <summary>What is done after normalizing; the flag says whether the piece begins the text.</summary>
    public Func<Normalized, bool, Normalized> Prefix { get; init; } = (text, _) => text;

    /// <summary>How words are split, one split inside the words of the one before.</summary>
    public IReadOnlyList<WordSplit> Splits { get; init; } = [];

    /// <summary>The ids that a whole document begins with.</summary>
    public IReadOnlyList<int> First { get; init; } = [];

    /// <summary>The ids that a whole document ends with.</summary>
    public IReadOnlyList<int> Last { get; init; } = [];

    /// <summary>The steps from tokens back to a text, which is what they leave, joined.</summary>
    public required IReadOnlyList<Func<IReadOnlyList<string>, IReadOnlyList<string>>> Decoders { get; init; }
}
