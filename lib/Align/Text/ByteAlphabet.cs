namespace Align.Text;

/// <summary>GPT-2's letters for bytes: a printable byte stands for itself, the other 68 for the characters from U+0100 on.</summary>
internal static class ByteAlphabet
{
    private const int None = -1;

    private static readonly char[] Letters = MakeLetters();
    private static readonly int[] Bytes = Invert(Letters);

    /// <summary>All 256 letters in code-point order: the order of their ids in a trained vocabulary.</summary>
    public static IEnumerable<char> InOrder => Letters.Order();

    /// <summary>The letters of a text's UTF-8 bytes.</summary>
    public static string Spell(string text) => string.Concat(Array.ConvertAll(Utf8.Bytes(text), b => Letters[b]));

    /// <summary>The bytes that a token's letters stand for; a token with a character that is no letter of the alphabet stands for itself.</summary>
    public static byte[] Read(string token) => token.All(c => c < Bytes.Length && Bytes[c] != None) ? Array.ConvertAll(token.ToCharArray(), c => (byte)Bytes[c]) : Utf8.Bytes(token);

    private static char[] MakeLetters()
    {
        var letters = new char[256];
        var next = (char)256;
        for (var b = 0; b < 256; b++)
            letters[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)b : next++;
        return letters;
    }

    private static int[] Invert(char[] letters)
    {
        var bytes = Enumerable.Repeat(None, letters.Max() + 1).ToArray();
        for (var b = 0; b < 256; b++) bytes[letters[b]] = b;
        return bytes;
    }
}
