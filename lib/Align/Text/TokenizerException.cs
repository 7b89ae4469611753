using Align.Runtime;

namespace Align.Text;

/// <summary>A text, an id or a tokenizer file that a tokenizer cannot use.</summary>
public sealed class TokenizerException : AlignException
{
    /// <summary>Creates the error.</summary>
    public TokenizerException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    internal static TokenizerException UnknownId(int id, int size) =>
        new($"{id} is no token id: this tokenizer's ids are 0 to {size - 1}. Were the ids made by another tokenizer?");
}
