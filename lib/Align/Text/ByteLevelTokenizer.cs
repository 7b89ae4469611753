using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace Align.Text;

/// <summary>A byte-level BPE tokenizer: our vocabulary, encoded by Microsoft.ML.Tokenizers.</summary>
public sealed class ByteLevelTokenizer : ITokenizer
{
    private readonly BpeTokenizer _encoder;
    private readonly byte[][] _bytes;
    private readonly bool[] _isSpecial;
    private readonly Regex? _specialNames;

    /// <summary>Creates the tokenizer of a vocabulary that was trained or read.</summary>
    public ByteLevelTokenizer(BpeVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        Vocabulary = vocabulary;
        _bytes = [.. vocabulary.Tokens.Select(ByteAlphabet.Read)];
        var specials = vocabulary.Specials.ToHashSet(StringComparer.Ordinal);
        _isSpecial = [.. vocabulary.Tokens.Select(specials.Contains)];
        Specials = Enumerable.Range(0, _bytes.Length).Where(id => _isSpecial[id]).ToDictionary(id => vocabulary.Tokens[id], id => id, StringComparer.Ordinal);

        // The encoder never hears of the specials: a word spelled like one stays a word.
        var words = vocabulary.Tokens.Select((token, id) => KeyValuePair.Create(token, id)).Where(t => !_isSpecial[t.Value]);
        _encoder = BpeTokenizer.Create(new BpeOptions(words)
        {
            Merges = vocabulary.Merges.Select(m => $"{m.Left} {m.Right}"),
            ByteLevel = true,
            PreTokenizer = vocabulary.Split,
        });

        // Leftmost, then longest: alternatives are tried in order.
        if (specials.Count > 0) _specialNames = new Regex(string.Join('|', specials.OrderByDescending(s => s.Length).Select(Regex.Escape)), RegexOptions.CultureInvariant);
    }

    /// <summary>Tokens and merges.</summary>
    public BpeVocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public int VocabularySize => _bytes.Length;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> Specials { get; }

    /// <summary>Reads <c>tokenizer.json</c>.</summary>
    /// <exception cref="TokenizerException">The file is missing, is broken, or needs a part this library does not have.</exception>
    public static ByteLevelTokenizer Load(string path) => new(BpeTokenizerFile.Read(path));

    /// <inheritdoc/>
    /// <exception cref="TokenizerException">The text is no valid Unicode.</exception>
    public int[] Encode(string text)
    {
        Utf8.Check(text);
        return [.. _encoder.EncodeToIds(text)];
    }

    /// <summary>The ids of a text in which the names of special tokens stand for these tokens: for templates and logs, never for what a person typed.</summary>
    /// <exception cref="TokenizerException">The text is no valid Unicode.</exception>
    public int[] EncodeWithSpecials(string text)
    {
        Utf8.Check(text);
        if (_specialNames is null) return Encode(text);
        var ids = new List<int>();
        var done = 0;
        foreach (Match name in _specialNames.Matches(text))
        {
            ids.AddRange(Encode(text[done..name.Index]));
            ids.Add(Specials[name.Value]);
            done = name.Index + name.Length;
        }

        ids.AddRange(Encode(text[done..]));
        return [.. ids];
    }

    /// <inheritdoc/>
    /// <exception cref="TokenizerException">An id is negative or not below <see cref="VocabularySize"/>.</exception>
    public string Decode(IEnumerable<int> ids, bool withSpecials = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using var text = new MemoryStream();
        foreach (var id in ids)
        {
            if (id < 0 || id >= _bytes.Length) throw TokenizerException.UnknownId(id, _bytes.Length);
            if (withSpecials || !_isSpecial[id]) text.Write(_bytes[id]);
        }

        return Utf8.Text(text.GetBuffer().AsSpan(0, (int)text.Length));
    }
}
