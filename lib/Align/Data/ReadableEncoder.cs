using System.Buffers;
using System.Text.Encodings.Web;

namespace Align.Data;

/// <summary>Escapes what JSON must, and the invisible characters that other tools take for line ends or control; letters and emoji stay as they are.</summary>
/// <remarks>The framework's relaxed encoder writes every emoji as two escapes.</remarks>
internal sealed class ReadableEncoder : JavaScriptEncoder
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Concat([0x2028, 0x2029, '"', '\\']).Select(c => (char)c)]);

    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar <= char.MaxValue && Escaped.Contains((char)unicodeScalar);

    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength) => new ReadOnlySpan<char>(text, textLength).IndexOfAny(Escaped);

    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        UnsafeRelaxedJsonEscaping.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
}
