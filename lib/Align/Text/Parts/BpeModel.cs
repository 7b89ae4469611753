using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Align.Text.Parts;

/// <summary>Byte-pair merges over one word: Microsoft.ML.Tokenizers merges, this class spells bytes and falls back to them.</summary>
/// <param name="definition">What the file says.</param>
internal sealed class BpeModel(TokenizerDefinition definition)
{
    private readonly Dictionary<string, int> _ids = definition.Vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _characters = definition.Vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
    private readonly int[] _bytes = definition.ByteFallback ? [.. Enumerable.Range(0, 256).Select(b => definition.Vocabulary[ByteToken(b)])] : [];

    private readonly Dictionary<int, int> _covered = definition.Vocabulary.ToDictionary(t => t.Value, t => Covered(definition, t.Key));

    private readonly BpeTokenizer _merges = BpeTokenizer.Create(new BpeOptions(definition.Vocabulary) { Merges = definition.Merges.Select(m => $"{m.Left} {m.Right}") });

    /// <summary>The name of the token that stands for a byte, such as <c>&lt;0x0A&gt;</c>.</summary>
    public static string ByteToken(int value) => $"<0x{value:X2}>";

    /// <summary>The byte that a token's name stands for.</summary>
    public static byte? ByteOf(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>' && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;

    /// <summary>The ids of a word.</summary>
    public IReadOnlyList<int> Encode(string word)
    {
        var text = definition.ByteLevel ? ByteAlphabet.Spell(word) : word;
        if (definition.IgnoreMerges && _ids.TryGetValue(text, out var whole)) return [whole];
        return definition.ByteLevel ? Merged(text) : WithBytes(text);
    }

    /// <summary>How many UTF-8 bytes of a word an id covers.</summary>
    public int BytesOf(int id) => _covered[id];

    private static int Covered(TokenizerDefinition definition, string token) =>
        definition.ByteLevel ? ByteAlphabet.Read(token).Length : ByteOf(token) is null ? Encoding.UTF8.GetByteCount(token) : 1;

    private List<int> WithBytes(string text)
    {
        var ids = new List<int>();
        var done = 0;
        for (var at = 0; at < text.Length;)
        {
            var rune = Rune.GetRuneAt(text, at);
            var end = at + rune.Utf16SequenceLength;
            if (!_characters.ContainsKey(text.AsSpan(at..end)))
            {
                if (done < at) ids.AddRange(Merged(text[done..at]));
                foreach (var b in Encoding.UTF8.GetBytes(text[at..end])) ids.Add(_bytes[b]);
                done = end;
            }

            at = end;
        }

        if (done < text.Length) ids.AddRange(Merged(text[done..]));
        return ids;
    }

    private IReadOnlyList<int> Merged(string text) => _merges.EncodeToIds(text, considerPreTokenization: false, considerNormalization: false);
}
