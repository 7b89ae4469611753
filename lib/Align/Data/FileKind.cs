using System.Text;

namespace Align.Data;

/// <summary>Tells what a file that holds no JSON lines is, by its first bytes, so that the error can say it.</summary>
internal static class FileKind
{
    private const string Converts = "Convert it to JSON lines first: one object a line.";

    private static readonly string[] Columns = ["prompt", "chosen", "rejected", "completion", "label", "messages", "text"];

    /// <summary>Throws where the first bytes are those of another kind of file.</summary>
    public static void RequireJsonLines(string file, ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty) throw new DataException(file, "empty file", "It has 0 bytes: was it written to the end?");
        if ((Binary(head) ?? Encoded(head) ?? Text(head)) is var (kind, advice)) throw new DataException(file, kind, advice, line: 1, column: 1);
    }

    private static (string Kind, string Advice)? Binary(ReadOnlySpan<byte> head) => head switch
    {
        [0x1F, 0x8B, ..] => ("gzip data", "Unpack it first: gunzip -c FILE > rows.jsonl."),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => ("zstd data", "Unpack it first: zstd -dc FILE > rows.jsonl."),
        [(byte)'P', (byte)'K', 3, 4, ..] => ("a zip archive", "Unpack it first: unzip FILE."),
        [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..] => ("a Parquet file", Converts),
        [(byte)'A', (byte)'R', (byte)'R', (byte)'O', (byte)'W', (byte)'1', ..] => ("an Arrow file", Converts),
        _ => null,
    };

    private static (string Kind, string Advice)? Encoded(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => ("UTF-32 text", "Save it as UTF-8: iconv -f utf-32 -t utf-8 FILE > rows.jsonl."),
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => ("UTF-16 text", "Save it as UTF-8: iconv -f utf-16 -t utf-8 FILE > rows.jsonl."),
        [(byte)'{', 0, ..] => ("UTF-16 text", "Save it as UTF-8: iconv -f utf-16le -t utf-8 FILE > rows.jsonl."),
        [0, (byte)'{', ..] => ("UTF-16 text", "Save it as UTF-8: iconv -f utf-16be -t utf-8 FILE > rows.jsonl."),
        _ => null,
    };

    private static (string Kind, string Advice)? Text(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("\uFEFF"u8)) head = head[3..];
        head = head.TrimStart(" \t\r\n"u8);
        if (head.StartsWith("<"u8)) return ("a web page (HTML) or XML, not data", "Fetch the raw file, not the page that shows it; a server's error page looks like this too.");
        if (head.StartsWith("version https://git-lfs"u8)) return ("a git LFS pointer, not the file itself", "Run git lfs pull.");
        return Csv(head);
    }

    private static (string Kind, string Advice)? Csv(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("{"u8) || head.StartsWith("["u8)) return null;
        var end = head.IndexOfAny("\r\n"u8);
        var header = Encoding.UTF8.GetString(end < 0 ? head : head[..end]);
        foreach (var (separator, name) in new[] { (',', "commas"), (';', "semicolons"), ('\t', "tabs") })
        {
            var cells = header.Split(separator, StringSplitOptions.TrimEntries).Select(c => c.Trim('"'));
            if (header.Contains(separator) && cells.Any(c => Columns.Contains(c, StringComparer.OrdinalIgnoreCase)))
                return ($"a CSV file (its columns are separated by {name})", Converts);
        }

        return null;
    }
}
