using System.Text;

namespace Align.Text.Parts;

/// <summary>A text after normalizing, and where each of its characters came from.</summary>
/// <param name="Text">The normalized text.</param>
/// <param name="Starts">For each of its UTF-16 units the place in the original where its source starts; null where nothing moved.</param>
/// <param name="Ends">And where its source ends.</param>
internal sealed record Normalized(string Text, int[]? Starts = null, int[]? Ends = null)
{
    /// <summary>The place in the original where the unit at <paramref name="index"/> starts.</summary>
    public int StartOf(int index) => Starts is null ? index : Starts[index];

    /// <summary>The place in the original where the unit before <paramref name="index"/> ends.</summary>
    public int EndOf(int index) => Ends is null ? index : Ends[index - 1];

    /// <summary>A part of it.</summary>
    public Normalized Slice(int start, int length) => start == 0 && length == Text.Length
        ? this
        : new(Text.Substring(start, length), [.. Enumerable.Range(start, length).Select(StartOf)], [.. Enumerable.Range(start + 1, length).Select(EndOf)]);

    /// <summary>The same with a text in front of it, whose place is that of the first character.</summary>
    public Normalized Prepend(string text)
    {
        var (start, end) = Text.Length == 0 ? (0, 0) : (StartOf(0), EndOf(Rune.GetRuneAt(Text, 0).Utf16SequenceLength));
        return new(
            text + Text,
            [.. Enumerable.Repeat(start, text.Length), .. Enumerable.Range(0, Text.Length).Select(StartOf)],
            [.. Enumerable.Repeat(end, text.Length), .. Enumerable.Range(1, Text.Length).Select(EndOf)]);
    }

    /// <summary>The same with one character for another.</summary>
    public Normalized Replace(char old, char with) => this with { Text = Text.Replace(old, with) };

    /// <summary>Unicode's form C.</summary>
    public Normalized Compose() => Text.EnumerateRunes().Any(r => Composed.IsRestless(r.Value)) ? Map(Composed.IsRestless, Composed.Of) : this;

    /// <summary>Lower case, character by character.</summary>
    public Normalized Lower() => Map(_ => false, run => run == "\u0130" ? "i\u0307" : run.ToLowerInvariant());

    // Runs are a character and those after it that stick to it.
    private Normalized Map(Func<int, bool> sticks, Func<string, string> change)
    {
        var text = new StringBuilder(Text.Length);
        var starts = new List<int>(Text.Length);
        var ends = new List<int>(Text.Length);
        for (var at = 0; at < Text.Length;)
        {
            var end = at + Rune.GetRuneAt(Text, at).Utf16SequenceLength;
            while (end < Text.Length && Rune.GetRuneAt(Text, end) is var next && sticks(next.Value)) end += next.Utf16SequenceLength;
            var source = Text[at..end];
            var run = change(source);
            text.Append(run);
            starts.AddRange(run == source ? Enumerable.Range(at, run.Length).Select(StartOf) : Enumerable.Repeat(StartOf(at), run.Length));
            ends.AddRange(run == source ? Enumerable.Range(at + 1, run.Length).Select(EndOf) : Enumerable.Repeat(EndOf(end), run.Length));
            at = end;
        }

        return new(text.ToString(), [.. starts], [.. ends]);
    }
}
