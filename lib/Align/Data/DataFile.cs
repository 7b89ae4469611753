using System.Collections;
using System.IO.Compression;

namespace Align.Data;

/// <summary>Reads data of every kind and format: JSON lines, one JSON list, CSV, Parquet, each of the first three also gzipped; plain texts or messages.</summary>
/// <remarks>
/// Fields: <c>text</c>, <c>messages</c> or <c>conversations</c>; <c>prompt</c>, <c>completion</c>, <c>chosen</c>, <c>rejected</c>, <c>label</c>, <c>margin</c>, <c>tools</c>, <c>chat_template_kwargs</c>.
/// The first row decides what kind the file is, unless one is asked for. Pairs without a prompt have it taken out of what both answers begin with; <c>from</c> and <c>value</c> become
/// <c>role</c> and <c>content</c>.
/// </remarks>
public static class DataFile
{
    /// <summary>The rows of a file, read while they are enumerated.</summary>
    /// <param name="path">The file. Its first bytes tell its format, not its name.</param>
    /// <param name="kind">What the rows are for; null: what the first row looks like.</param>
    /// <param name="onBadRow">Whether a row that cannot be taken ends the reading or is left out and counted.</param>
    /// <param name="maxLineBytes">A longer line of a JSON lines file is a bad row; a longer row of a JSON list ends the reading.</param>
    public static DataRows Read(string path, ExampleKind? kind = null, BadRow onBadRow = BadRow.Stop, int maxLineBytes = Jsonl.DefaultMaxLineBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new DataRows(path, kind, onBadRow, maxLineBytes);
    }

    // Without it a stream that was cut short ends like a whole one.
    static DataFile() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    internal static IRowSource Open(string path, int maxLineBytes)
    {
        Stream stream = File.OpenRead(path);
        try
        {
            var head = Head(stream);
            if (head.Length == 0) throw new DataException(path, "empty file", "It has 0 bytes: was it written to the end?");
            if (head is [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..]) return new ParquetSource(path, stream, ExampleReader.Fields);
            if (head is [0x1F, 0x8B, ..])
            {
                stream = new GZipStream(stream, CompressionMode.Decompress);
                head = Head(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
            }

            var text = head.AsSpan();
            if (text.StartsWith("\uFEFF"u8)) text = text[3..];
            text = text.TrimStart(" \t\r\n"u8);
            var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
            var extension = Path.GetExtension(name).ToLowerInvariant();
            if (extension == ".parquet") throw new DataException(path, "no Parquet file", text.StartsWith("{"u8) ? "It looks like JSON lines: name it .jsonl." : "It does not begin like one. Is it a git LFS pointer (git lfs pull), or an Arrow file?");
            if (extension == ".json" && IsList(text)) return new JsonListSource(path, stream, ExampleReader.Fields, maxLineBytes);
            if (extension is ".csv" && !text.StartsWith("{"u8)) return new CsvSource(path, stream, ExampleReader.Fields);
            return new JsonLineSource(new JsonLines(path, stream, ExampleReader.Fields, maxLineBytes), stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    // One object over several lines is a JSON file too; one on a single line may be the first of many.
    private static bool IsList(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("["u8)) return true;
        var end = text.IndexOf((byte)'\n');
        return text.StartsWith("{"u8) && !(end > 0 && text[..end].TrimEnd(" \t\r"u8).EndsWith("}"u8) && text[end..].TrimStart(" \t\r\n"u8).StartsWith("{"u8));
    }

    private static byte[] Head(Stream stream)
    {
        var head = new byte[1 << 12];
        var read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (stream.CanSeek) stream.Position = 0;
        else stream.Dispose();
        return head[..read];
    }
}

/// <summary>The rows of a data file, read while they are enumerated: a file may be larger than memory.</summary>
/// <remarks>Each enumeration reads the file anew and begins a new <see cref="Report"/>.</remarks>
public sealed class DataRows : IEnumerable<Example>
{
    private readonly string _file;
    private readonly ExampleKind? _kind;
    private readonly BadRow _onBadRow;
    private readonly int _maxLineBytes;

    internal DataRows(string file, ExampleKind? kind, BadRow onBadRow, int maxLineBytes)
    {
        (_file, _kind, _onBadRow, _maxLineBytes) = (file, kind, onBadRow, maxLineBytes);
        Report = new RowReport(file);
    }

    /// <summary>What the latest enumeration has met so far.</summary>
    public RowReport Report { get; private set; }

    /// <summary>Reads the file from its beginning.</summary>
    /// <exception cref="DataException">The file cannot be read, has no rows, or has a bad row and the policy is <see cref="BadRow.Stop"/>.</exception>
    public IEnumerator<Example> GetEnumerator()
    {
        var report = Report = new RowReport(_file);
        using var source = Guarded(() => DataFile.Open(_file, _maxLineBytes));
        var reader = new ExampleReader(_file, _kind, report);
        Func<bool> next = source.Next;
        while (Guarded(next))
            if (TryTake(source, reader, report) is { } example) yield return example;
        reader.Finish();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private Example? TryTake(IRowSource source, ExampleReader reader, RowReport report)
    {
        try
        {
            var example = reader.Read(source.Line, Guarded(source.Values), source.Others);
            report.Took(source.Others);
            return example;
        }
        catch (DataException e) when (_onBadRow == BadRow.Skip)
        {
            report.Skip(e);
            return null;
        }
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is System.Text.DecoderFallbackException or InvalidOperationException { InnerException: System.Text.DecoderFallbackException })
        {
            throw new DataException(_file, "not UTF-8", $"{e.Message} Save the file as UTF-8, or mend the text at its source.", inner: e);
        }
        catch (InvalidDataException e)
        {
            throw new DataException(_file, "gzip data cut short", $"{e.Message} Fetch the file again.", inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var (problem, advice) = e switch
            {
                FileNotFoundException or DirectoryNotFoundException => ("the file does not exist", $"Relative paths start at {Environment.CurrentDirectory}."),
                UnauthorizedAccessException when Directory.Exists(_file) => ("a folder, not a file", "Name one file of it."),
                _ => ("the file cannot be read", e.Message),
            };
            throw new DataException(_file, problem, advice, inner: e);
        }
    }
}
