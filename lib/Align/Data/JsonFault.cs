using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Align.Data;

/// <summary>Turns what System.Text.Json refuses into an error with a column in characters, an excerpt and a remedy.</summary>
internal static class JsonFault
{
    private const int ExcerptBytes = 30;

    /// <summary>The character, from 1, of a byte of a line whose bytes before it are valid UTF-8.</summary>
    public static int Column(ReadOnlySpan<byte> line, long at)
    {
        var column = 1;
        foreach (var b in line[..(int)at])
            if ((b & 0xC0) != 0x80) column++;
        return column;
    }

    /// <param name="position">The row.</param>
    /// <param name="line">Its bytes, valid UTF-8.</param>
    /// <param name="refusal">What the reader said.</param>
    /// <param name="field">The field it was in.</param>
    /// <param name="rowClosed">Whether the row's object was complete before the trouble.</param>
    /// <param name="lineEnded">Whether a line feed ends the line.</param>
    public static DataException Explain(RowPosition position, ReadOnlySpan<byte> line, JsonException refusal, string? field, bool rowClosed, bool lineEnded)
    {
        var at = (int)Math.Clamp(refusal.BytePositionInLine ?? 0, 0, line.Length);
        var reason = Sentence(refusal.Message);
        var problem = reason.StartsWith("The maximum configured depth", StringComparison.Ordinal) ? "nested too deep"
            : rowClosed ? "text after the object"
            : "invalid JSON";
        return position.Error(problem, $"{reason} Near {Excerpt(line, at)}.{Advice(line, at, rowClosed, lineEnded)}", Column(line, at), field, refusal);
    }

    public static DataException NotUtf8(RowPosition position, ReadOnlySpan<byte> line, long offset)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(line[at..], out _, out var length) == OperationStatus.Done) at += length;

        var latin1 = line[at] is >= 0xC0 and < 0xFE && (at + 1 == line.Length || line[at + 1] < 0x80);
        var advice = latin1
            ? "It looks like Latin-1: iconv -f latin1 -t utf-8 FILE > rows.jsonl."
            : "Save the file as UTF-8, or mend the text at its source.";
        return position.Error(
            "not UTF-8",
            $"The byte 0x{line[at]:X2} at offset {offset + at} of the file begins no character, near {Excerpt(line, at)}. {advice}",
            Column(line, at),
            FieldAt(line[..at]));
    }

    /// <summary>The escape in a JSON string that names half a surrogate pair.</summary>
    /// <param name="position">The row.</param>
    /// <param name="line">Its bytes.</param>
    /// <param name="start">Where the string's quote is.</param>
    /// <param name="field">The field it is in.</param>
    public static DataException LoneSurrogate(RowPosition position, ReadOnlySpan<byte> line, int start, string? field)
    {
        var at = start + 1;
        while (true)
        {
            at += line[at..].IndexOf((byte)'\\');
            if (line[at + 1] != 'u') at += 2;
            else if (char.IsHighSurrogate(Escaped(line, at)) && char.IsLowSurrogate(Escaped(line, at + 6))) at += 12;
            else if (char.IsSurrogate(Escaped(line, at))) break;
            else at += 6;
        }

        var escape = Encoding.UTF8.GetString(line.Slice(at, 6));
        return position.Error(
            "lone surrogate",
            $"{escape} is half of a character, near {Excerpt(line, at)}. The text was cut inside an emoji or the like: mend it at its source.",
            Column(line, at),
            field);
    }

    /// <summary>What follows a place of the line, short, with what cannot be printed spelled out.</summary>
    public static string Excerpt(ReadOnlySpan<byte> line, int at)
    {
        var start = Math.Max(0, at - ExcerptBytes);
        while (start > 0 && start < at && (line[start] & 0xC0) == 0x80) start++;
        var end = Math.Min(line.Length, at + ExcerptBytes);
        while (end > at && end < line.Length && (line[end] & 0xC0) == 0x80) end--;
        return $"{(start > 0 ? "…" : "")}{Printable(line[start..at])}»{Printable(line[at..end])}{(end < line.Length ? "…" : "")}";
    }

    private static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        while (!bytes.IsEmpty)
        {
            var valid = Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done;
            if (!valid) text.Append(CultureInfo.InvariantCulture, $"\\x{bytes[0]:X2}");
            else if (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029) text.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            else text.Append(rune);
            bytes = bytes[(valid ? length : 1)..];
        }

        return text.ToString();
    }

    /// <summary>The reader's own words, without the position that we give in characters and without advice about its options.</summary>
    private static string Sentence(string message)
    {
        foreach (var tail in new[] { " LineNumber:", " Path:", " Change the reader options." })
        {
            var cut = message.IndexOf(tail, StringComparison.Ordinal);
            if (cut >= 0) message = message[..cut];
        }

        return message.Length <= 160 ? message : message[..160] + "…";
    }

    private static string Advice(ReadOnlySpan<byte> line, int at, bool rowClosed, bool lineEnded)
    {
        var rest = line[at..];
        if (rest.IsEmpty)
            return lineEnded
                ? " The line ends too early. One object per line: a pretty-printed file becomes that by jq -c . FILE > rows.jsonl."
                : " The file ends here: it may have been cut short. Fetch it again, or delete this line.";
        if (rowClosed)
            return rest[0] switch
            {
                (byte)',' => " JSON lines have no comma between rows: delete it.",
                (byte)'{' => " Put each object on a line of its own.",
                _ => " Only the object belongs on the line.",
            };
        if (rest.StartsWith("NaN"u8) || rest.StartsWith("Infinity"u8)) return " JSON has no such number: write null, or leave the field out.";
        if (rest.StartsWith("None"u8) || rest.StartsWith("True"u8) || rest.StartsWith("False"u8)) return " This is Python's word: write the file with json.dumps.";
        if (rest.StartsWith("\uFEFF"u8)) return " A byte order mark: were files joined? Remove it.";
        return (rest[0], at > 0 ? line[at - 1] : 0) switch
        {
            ((byte)'\'', _) => " JSON has double quotes, not single quotes: write the file with json.dumps.",
            (< 0x20, _) => $" Write it as \\u{rest[0]:X4}.",
            (_, (byte)'\\') => " A backslash itself is written \\\\.",
            ((byte)'/', _) => " JSON has no comments.",
            _ => " Mend the line, or read with BadRow.Skip to leave it out.",
        };
    }

    private static string? FieldAt(ReadOnlySpan<byte> beginning)
    {
        string? field = null;
        var json = new Utf8JsonReader(beginning, isFinalBlock: false, default);
        try
        {
            while (json.Read())
                if (json.CurrentDepth == 1) field = json.TokenType == JsonTokenType.PropertyName ? json.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What comes first in the line is wrong too: the field is the last one that could be read.
        }

        return field;
    }

    /// <summary>The UTF-16 unit that <c>\uXXXX</c> at a place names; NUL where there is no such escape.</summary>
    private static char Escaped(ReadOnlySpan<byte> line, int at) =>
        at + 6 <= line.Length && line[at..].StartsWith("\\u"u8) ? (char)Convert.ToInt32(Encoding.ASCII.GetString(line.Slice(at + 2, 4)), 16) : '\0';
}
