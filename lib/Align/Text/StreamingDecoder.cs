namespace Align.Text;

/// <summary>Turns ids into text one at a time, and holds back an incomplete character until its last byte has come.</summary>
/// <param name="tokenizer">The tokenizer that made the ids.</param>
/// <param name="withSpecials">Whether special tokens are written by name or left out.</param>
public sealed class StreamingDecoder(ITokenizer tokenizer, bool withSpecials = false)
{
    private readonly List<int> _ids = [];
    private int _pending;
    private string _shown = "";

    /// <summary>Takes the next id. Returns the new text, or the empty string while a character is incomplete.</summary>
    /// <exception cref="TokenizerException">The id is outside the vocabulary.</exception>
    public string Next(int id)
    {
        _ids.Add(id);
        try
        {
            var text = tokenizer.Decode(_ids, withSpecials);
            return text.Length > _shown.Length && text[^1] != '\uFFFD' ? Show(text) : "";
        }
        catch (TokenizerException)
        {
            _ids.RemoveAt(_ids.Count - 1);
            throw;
        }
    }

    /// <summary>What is held back, with U+FFFD for bytes that never became a character.</summary>
    public string Finish() => Show(tokenizer.Decode(_ids, withSpecials));

    // The ids of the last piece stay as context: some tokenizers decode a first token differently from a later one.
    private string Show(string text)
    {
        var piece = text[_shown.Length..];
        _ids.RemoveRange(0, _pending);
        _pending = _ids.Count;
        _shown = tokenizer.Decode(_ids, withSpecials);
        return piece;
    }
}
