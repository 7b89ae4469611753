using System.Text;

namespace Align.Models;

/// <summary>Files that people have by mistake in place of weights, told by their first bytes.</summary>
internal static class ForeignFile
{
    /// <summary>What a file that is not safetensors is instead, and what to do about it; null where its first bytes do not tell.</summary>
    /// <remarks>To be asked only of a file that was refused: a header's length may happen to read like the start of one of these.</remarks>
    public static string? Recognise(ReadOnlySpan<byte> start) => start switch
    {
        _ when start.StartsWith("version https://git-lfs"u8) => LfsPointer(Encoding.Latin1.GetString(start)),
        _ when IsMarkup(start) => "this is a web page, not weights: the download was refused or needs a login. Fetch the file itself.",
        _ when start.StartsWith("PK\u0003\u0004"u8) => Pickle("a zip archive as torch.save writes it, with a pickle inside"),
        [0x80, >= 2 and <= 5, ..] => Pickle("a pickle"),
        [0x1F, 0x8B, ..] => "this is gzip data, not safetensors: unpack it first.",
        _ => null,
    };

    private static string Pickle(string what) =>
        $"this is {what}, not safetensors. A pickle can run code when it is opened, so it is never opened here: convert it with the safetensors package and give the .safetensors file.";

    private static string LfsPointer(string text)
    {
        var size = text.Split('\n').FirstOrDefault(line => line.StartsWith("size ", StringComparison.Ordinal))?[5..].Trim();
        var bytes = size is { Length: > 0 and < 20 } && size.All(char.IsAsciiDigit) ? $" ({size} bytes)" : "";
        return $"this is a git LFS pointer, the real file{bytes} was not fetched: run git lfs pull.";
    }

    private static bool IsMarkup(ReadOnlySpan<byte> start)
    {
        var text = start.TrimStart(" \t\r\n\uFEFF"u8);
        return text.Length > 1 && text[0] == '<' && (text[1] is (byte)'!' or (byte)'?' || char.IsAsciiLetter((char)text[1]));
    }
}
