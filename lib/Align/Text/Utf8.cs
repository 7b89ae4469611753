using System.Text;

namespace Align.Text;

/// <summary>Text to bytes and back, the way every tokenizer here does it.</summary>
internal static class Utf8
{
    /// <summary>Half a surrogate pair is an error and never a silent U+FFFD.</summary>
    public static void Check(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsSurrogatePair(text, i))
                throw new TokenizerException($"The text has half a surrogate pair at index {i}: it is no valid Unicode. Was it cut inside an emoji?");
            i++;
        }
    }

    /// <summary>The UTF-8 bytes of a text.</summary>
    public static byte[] Bytes(string text)
    {
        Check(text);
        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>The text of bytes; each maximal invalid prefix becomes one U+FFFD.</summary>
    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
