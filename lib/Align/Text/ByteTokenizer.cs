namespace Align.Text;

/// <summary>One id per UTF-8 byte, 0 to 255, and after them the special tokens, from 256: needs no training and no file.</summary>
public sealed class ByteTokenizer : ITokenizer
{
    private const int Bytes = 256;

    /// <summary>Creates the tokenizer; the five specials have the ids 256 to 260.</summary>
    public ByteTokenizer() =>
        Specials = SpecialTokens.All.Select((name, i) => (name, i)).ToDictionary(x => x.name, x => Bytes + x.i, StringComparer.Ordinal);

    /// <inheritdoc/>
    public int VocabularySize => Bytes + SpecialTokens.All.Count;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> Specials { get; }

    /// <inheritdoc/>
    /// <exception cref="TokenizerException">The text is no valid Unicode.</exception>
    public int[] Encode(string text) => Array.ConvertAll(Utf8.Bytes(text), b => (int)b);

    /// <inheritdoc/>
    /// <exception cref="TokenizerException">An id is negative or not below <see cref="VocabularySize"/>.</exception>
    public string Decode(IEnumerable<int> ids, bool withSpecials = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new List<byte>();
        foreach (var id in ids)
        {
            if (id < 0 || id >= VocabularySize) throw TokenizerException.UnknownId(id, VocabularySize);
            if (id < Bytes) bytes.Add((byte)id);
            else if (withSpecials) bytes.AddRange(Utf8.Bytes(SpecialTokens.All[id - Bytes]));
        }

        return Utf8.Text(bytes.ToArray());
    }
}
