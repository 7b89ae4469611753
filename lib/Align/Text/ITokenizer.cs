namespace Align.Text;

/// <summary>Text to token ids and back. Ids of special tokens are never made from text: what a person types stays text.</summary>
public interface ITokenizer
{
    /// <summary>The number of ids: every id is at least 0 and below this.</summary>
    int VocabularySize { get; }

    /// <summary>Special tokens by name, such as <c>&lt;end&gt;</c>.</summary>
    IReadOnlyDictionary<string, int> Specials { get; }

    /// <summary>The ids of a text; a special token's name inside the text is encoded as the letters it is made of.</summary>
    int[] Encode(string text);

    /// <summary>The text of ids. Bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="withSpecials">Whether special tokens are written by name or left out.</param>
    string Decode(IEnumerable<int> ids, bool withSpecials = false);
}
