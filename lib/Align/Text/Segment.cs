namespace Align.Text;

/// <summary>A run of neighbouring tokens of one row. Padding, packing and shared prefixes are all said in segments.</summary>
/// <param name="Row">The row of the batch.</param>
/// <param name="Start">Its first column.</param>
/// <param name="Length">Its number of tokens, at least 1.</param>
/// <param name="FirstPosition">The position of its first token, what rotary embeddings turn by.</param>
/// <param name="Sees">
/// The segment of the same row that comes before it in the text, by index; -1 for none. Its tokens see all of that one (and what that one sees), and their own past.
/// </param>
/// <param name="Trained">Which of its tokens are targets; null when the segment is context alone and no example.</param>
public sealed record Segment(int Row, int Start, int Length, int FirstPosition = 0, int Sees = -1, bool[]? Trained = null);

/// <summary>A text as tokens, and which of them are trained.</summary>
/// <param name="Ids">Prompt and completion.</param>
/// <param name="Trained">True on the completion's tokens, as long as <paramref name="Ids"/>.</param>
public sealed record TokenizedText(int[] Ids, bool[] Trained)
{
    /// <summary>A prompt, not trained, and a completion, trained.</summary>
    public static TokenizedText Of(ReadOnlySpan<int> prompt, ReadOnlySpan<int> completion)
    {
        var trained = new bool[prompt.Length + completion.Length];
        trained.AsSpan(prompt.Length).Fill(true);
        return new([.. prompt, .. completion], trained);
    }

    /// <summary>Everything is trained, but for the first token, which nothing predicts.</summary>
    public static TokenizedText All(ReadOnlySpan<int> ids)
    {
        var trained = new bool[ids.Length];
        trained.AsSpan().Fill(true);
        return new([.. ids], trained);
    }
}

/// <summary>The side on which shorter rows are filled up.</summary>
public enum PaddingSide
{
    /// <summary>Padding after the text, as in training.</summary>
    Right,

    /// <summary>Padding before the text, as in generation.</summary>
    Left,
}
