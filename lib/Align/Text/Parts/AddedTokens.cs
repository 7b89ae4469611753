using System.Buffers;
using System.Globalization;
using System.Text;

namespace Align.Text.Parts;

/// <summary>Cuts added tokens out of a text: leftmost, then longest.</summary>
internal sealed class AddedTokens
{
    private readonly SearchValues<string>? _contents;
    private readonly Dictionary<char, AddedToken[]> _byFirst;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        var all = tokens.ToArray();
        if (all.Length > 0) _contents = SearchValues.Create([.. all.Select(t => t.Content)], StringComparison.Ordinal);
        _byFirst = all.GroupBy(t => t.Content[0]).ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Content.Length).ToArray());
    }

    /// <summary>The pieces of a text in order: an added token's, or text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="withSpecials">Whether the name of a special token stands for it, or for itself.</param>
    /// <param name="isText">Where, nevertheless, the name that begins at a place is text.</param>
    public IEnumerable<(int Start, int End, AddedToken? Token)> Cut(string text, bool withSpecials, Func<int, bool>? isText = null)
    {
        var done = 0;
        for (var at = 0; Next(text, at) is (var match, var token); at = match + token.Content.Length)
        {
            var (start, end) = (match, match + token.Content.Length);
            if (token.Special && (!withSpecials || isText?.Invoke(match) == true)) continue;
            if (token.SingleWord && (IsWordAt(text, start, before: true) || IsWordAt(text, end, before: false))) continue;
            if (token.StripsLeft) while (start > done && char.IsWhiteSpace(text[start - 1])) start--;
            if (token.StripsRight) while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
            if (done < start) yield return (done, start, null);
            yield return (start, end, token);
            done = end;
        }

        if (done < text.Length) yield return (done, text.Length, null);
    }

    private (int Start, AddedToken Token)? Next(string text, int from)
    {
        if (_contents is null || from >= text.Length) return null;
        var at = text.AsSpan(from).IndexOfAny(_contents);
        if (at < 0) return null;
        at += from;
        return (at, _byFirst[text[at]].First(t => text.AsSpan(at).StartsWith(t.Content, StringComparison.Ordinal)));
    }

    private static bool IsWordAt(string text, int index, bool before)
    {
        if (before ? index == 0 : index == text.Length) return false;
        var rune = before
            ? Rune.GetRuneAt(text, char.IsLowSurrogate(text[index - 1]) ? index - 2 : index - 1)
            : Rune.GetRuneAt(text, index);
        return Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation;
    }
}
