namespace Align.Data;

/// <summary>JSON lines: one object a line, UTF-8.</summary>
public static class Jsonl
{
    /// <summary>Longer lines are refused unless the reader is told otherwise: 64 MB.</summary>
    public const int DefaultMaxLineBytes = 64 << 20;

    /// <summary>The preference pairs of a file: <c>prompt</c>, <c>chosen</c>, <c>rejected</c>, and <c>margin</c> where a row has it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="onBadRow">Whether a row that cannot be taken ends the reading or is left out and counted.</param>
    /// <param name="maxLineBytes">A longer line is a bad row. Memory in use is a small multiple of the longest line.</param>
    /// <returns>The records, read as they are enumerated, and the report of what was met.</returns>
    public static Rows<PreferencePair> ReadPairs(string path, BadRow onBadRow = BadRow.Stop, int maxLineBytes = DefaultMaxLineBytes) =>
        Read(path, RowShapes.Pairs, onBadRow, maxLineBytes);

    /// <summary>The demonstrations of a file: <c>prompt</c>, <c>completion</c>.</summary>
    /// <inheritdoc cref="ReadPairs"/>
    public static Rows<Demonstration> ReadDemonstrations(string path, BadRow onBadRow = BadRow.Stop, int maxLineBytes = DefaultMaxLineBytes) =>
        Read(path, RowShapes.Demonstrations, onBadRow, maxLineBytes);

    /// <summary>Writes a file of preference pairs: UTF-8 without byte order mark, text as it is read (no <c>\u</c> for letters or emoji).</summary>
    /// <remarks>The file appears whole or not at all: a temporary file beside it is flushed and renamed. The rows may come from the same file.</remarks>
    /// <exception cref="DataException">A record cannot be written as JSON, or the file cannot be written.</exception>
    public static void Write(string path, IEnumerable<PreferencePair> rows) => JsonlWriter.Write(path, rows, RowShapes.Pairs);

    /// <summary>Writes a file of demonstrations.</summary>
    /// <inheritdoc cref="Write(string, IEnumerable{PreferencePair})"/>
    public static void Write(string path, IEnumerable<Demonstration> rows) => JsonlWriter.Write(path, rows, RowShapes.Demonstrations);

    /// <summary>Adds one row to a file, which is made where there is none, and flushes it to the disk before returning.</summary>
    /// <remarks>A file whose last line lacks its end gets it first.</remarks>
    /// <exception cref="DataException">The record cannot be written as JSON, or the file cannot be written.</exception>
    public static void Append(string path, PreferencePair row) => JsonlWriter.Append(path, row, RowShapes.Pairs);

    /// <inheritdoc cref="Append(string, PreferencePair)"/>
    public static void Append(string path, Demonstration row) => JsonlWriter.Append(path, row, RowShapes.Demonstrations);

    private static Rows<T> Read<T>(string path, RowShape<T> shape, BadRow onBadRow, int maxLineBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLineBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxLineBytes, 1_000_000_000);
        return new Rows<T>(path, () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan), shape, onBadRow, maxLineBytes);
    }
}
