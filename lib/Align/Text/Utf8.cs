using System.Text;

namespace Align.Text;

/// <summary>Text to bytes and back, the way every tokenizer here does it.</summary>
internal static class Utf8
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The UTF-8 bytes of a text; half a surrogate pair is an error and not a silent U+FFFD.</summary>
    public static byte[] Bytes(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return Strict.GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new TokenizerException($"The text has half a surrogate pair at index {e.Index}: it is no valid Unicode. Was it cut inside an emoji?", e);
        }
    }

    /// <summary>The text of bytes; each maximal invalid prefix becomes one U+FFFD.</summary>
    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
