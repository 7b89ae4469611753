using System.Buffers;
using System.Text;
using System.Text.Json;
using Align.Runtime;

namespace Align.Data;

/// <summary>Writes records as JSON lines.</summary>
internal static class JsonlWriter
{
    private const int MaxTextLength = 100_000_000;

    private static readonly JsonWriterOptions Options = new() { Encoder = new ReadableEncoder() };
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void Write<T>(string path, IEnumerable<T> rows, RowShape<T> shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(rows);
        Guarded(path, () => WriteWhole(path, rows, shape));
    }

    public static void Append<T>(string path, T row, RowShape<T> shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var line = Line(new RowPosition(path, null), shape, row);
        Guarded(path, () => AddAtEnd(path, line));
    }

    /// <summary>Adds a line that is JSON already, flushed to the disk.</summary>
    public static void AppendLine(string path, string json) => Guarded(path, () => AddAtEnd(path, Strict.GetBytes(json + "\n")));

    /// <summary>Makes the folder that a file is to be written into, so that a wrong one is known before there is anything to lose.</summary>
    public static void MakeFolderOf(string path) => Guarded(path, () => Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!));

    private static void WriteWhole<T>(string path, IEnumerable<T> rows, RowShape<T> shape) => AtomicFile.Write(path, stream =>
    {
        long line = 0;
        foreach (var row in rows) stream.Write(Line(new RowPosition(path, ++line), shape, row).Span);
    });

    private static void AddAtEnd(string path, ReadOnlyMemory<byte> line)
    {
        using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (stream.Length > 0)
        {
            stream.Seek(-1, SeekOrigin.End);
            if (stream.ReadByte() != '\n') stream.WriteByte((byte)'\n');
        }

        stream.Write(line.Span);
        stream.Flush(flushToDisk: true);
    }

    private static ReadOnlyMemory<byte> Line<T>(RowPosition position, RowShape<T> shape, T row)
    {
        if (row is null) throw position.Error("null", $"Every one of the {shape.Plural} must be there.");
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes, Options);
        json.WriteStartObject();
        foreach (var (field, value) in shape.Fields.Zip(shape.Values(row)))
        {
            if (value is null && !field.Required) continue;
            json.WritePropertyName(field.Name);
            switch (value)
            {
                case string text:
                    json.WriteStringValue(Writable(position, field.Name, text));
                    break;
                case double number when double.IsFinite(number):
                    json.WriteNumberValue(number);
                    break;
                case double number:
                    throw position.Error("no finite number", $"JSON cannot hold {number}: leave it out.", field: field.Name);
                default:
                    throw position.Error("null", "Give it a text, or leave the row out.", field: field.Name);
            }
        }

        json.WriteEndObject();
        json.Flush();
        bytes.Write("\n"u8);
        return bytes.WrittenMemory;
    }

    private static string Writable(RowPosition position, string field, string text)
    {
        if (text.Length > MaxTextLength)
            throw position.Error("text too long", $"It has {text.Length} characters, and a field holds at most {MaxTextLength}.", field: field);
        try
        {
            Strict.GetByteCount(text);
            return text;
        }
        catch (EncoderFallbackException e)
        {
            throw position.Error("lone surrogate", $"The UTF-16 unit at index {e.Index} is half of a character: the text was cut inside an emoji or the like.", field: field, inner: e);
        }
    }

    private static void Guarded(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path, "the file cannot be written", e.Message, inner: e);
        }
    }
}
