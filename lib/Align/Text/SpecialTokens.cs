namespace Align.Text;

/// <summary>The names of the five special tokens of the toy world's chat: no text that a person types is encoded as one of them.</summary>
public static class SpecialTokens
{
    /// <summary>Fills the rest of a row; never trained on.</summary>
    public const string Pad = "<pad>";

    /// <summary>Starts a document.</summary>
    public const string Begin = "<begin>";

    /// <summary>Starts what the person says.</summary>
    public const string User = "<user>";

    /// <summary>Starts what the model answers.</summary>
    public const string Assistant = "<assistant>";

    /// <summary>Ends a document or an answer.</summary>
    public const string End = "<end>";

    /// <summary>All five, in the order of their ids.</summary>
    public static IReadOnlyList<string> All { get; } = [Pad, Begin, User, Assistant, End];
}
