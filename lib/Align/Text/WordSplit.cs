using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Align.Text;

/// <summary>Cuts a text into the words that byte-pair merges never cross. What a pattern does not match is a word of its own.</summary>
/// <remarks>
/// .NET's regular expressions see UTF-16 halves where the tokenizers' see characters, so an astral letter would be no letter.
/// The pattern therefore runs over a shadow of the text in which each astral character is one character of the same category.
/// </remarks>
public sealed class WordSplit : PreTokenizer
{
    /// <summary>The pattern of GPT-2, built into every byte-level pre-tokenizer.</summary>
    public const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // One character of the basic plane for every category, none of which occurs in a tokenizer's pattern by itself.
    private static readonly Dictionary<UnicodeCategory, char> StandIns = new()
    {
        [UnicodeCategory.UppercaseLetter] = 'Ⱥ', [UnicodeCategory.LowercaseLetter] = 'ȡ', [UnicodeCategory.TitlecaseLetter] = 'ǅ',
        [UnicodeCategory.ModifierLetter] = 'ʰ', [UnicodeCategory.OtherLetter] = '一',
        [UnicodeCategory.DecimalDigitNumber] = '٠', [UnicodeCategory.LetterNumber] = 'ↀ', [UnicodeCategory.OtherNumber] = '¼',
        [UnicodeCategory.NonSpacingMark] = '\u0300', [UnicodeCategory.SpacingCombiningMark] = '\u0903', [UnicodeCategory.EnclosingMark] = '\u0488',
        [UnicodeCategory.ConnectorPunctuation] = '‿', [UnicodeCategory.DashPunctuation] = '‐', [UnicodeCategory.OtherPunctuation] = '†',
        [UnicodeCategory.MathSymbol] = '±', [UnicodeCategory.CurrencySymbol] = '€', [UnicodeCategory.ModifierSymbol] = '˅',
        [UnicodeCategory.Format] = '\u2060', [UnicodeCategory.PrivateUse] = '\uE000',
    };

    private readonly Regex _regex;

    /// <summary>Creates the split.</summary>
    /// <param name="pattern">A regular expression whose matches are words.</param>
    /// <exception cref="TokenizerException">The pattern is no regular expression.</exception>
    public WordSplit(string pattern)
    {
        try
        {
            _regex = new Regex(pattern, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException e)
        {
            throw new TokenizerException($"The pattern that splits words is no regular expression: {e.Message}", e);
        }
    }

    /// <summary>GPT-2's split.</summary>
    public static WordSplit Gpt2 { get; } = new(Gpt2Pattern);

    /// <summary>The regular expression.</summary>
    public string Pattern => _regex.ToString();

    /// <summary>The words of a text, in order; together they are the text.</summary>
    public IEnumerable<string> Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return PreTokenize(text).Select(w => text.Substring(w.Offset, w.Length));
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (shadow, offsets) = Shadow(text);
        var words = new List<(int, int)>();
        var done = 0;
        try
        {
            foreach (var match in _regex.EnumerateMatches(shadow))
            {
                Add(done, match.Index);
                Add(match.Index, match.Index + match.Length);
                done = match.Index + match.Length;
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new TokenizerException($"Splitting a text of {text.Length} characters into words took longer than {Patience.TotalSeconds} s with the pattern {Pattern}.", e);
        }

        Add(done, shadow.Length);
        return words;

        void Add(int from, int to)
        {
            if (to > from) words.Add((At(from), At(to) - At(from)));
        }

        int At(int index) => offsets is null ? index : offsets[index];
    }

    private static (string Shadow, int[]? Offsets) Shadow(string text)
    {
        if (!text.Any(char.IsSurrogate)) return (text, null);
        var shadow = new StringBuilder(text.Length);
        var offsets = new List<int>(text.Length + 1);
        for (var i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
        {
            offsets.Add(i);
            shadow.Append(char.IsSurrogatePair(text, i) ? StandIns.GetValueOrDefault(CharUnicodeInfo.GetUnicodeCategory(text, i), '☃') : text[i]);
        }

        offsets.Add(text.Length);
        return (shadow.ToString(), [.. offsets]);
    }
}
