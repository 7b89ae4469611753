namespace Align.Data;

/// <summary>The rows of a file, whatever its format, as values of the fields that are known. A row that is refused does not stand in the way of the next one.</summary>
internal interface IRowSource : IDisposable
{
    /// <summary>The row, from 1: its line where the format has lines.</summary>
    long Line { get; }

    /// <summary>The names of the row's fields that nobody asked for.</summary>
    IReadOnlyCollection<string> Others { get; }

    /// <summary>Goes to the next row.</summary>
    bool Next();

    /// <summary>The row's values in the order of the fields: text, number, JSON, or null where absent.</summary>
    /// <exception cref="DataException">The row cannot be taken.</exception>
    object?[] Values();
}

/// <summary>JSON lines.</summary>
internal sealed class JsonLineSource(JsonLines lines, Stream stream) : IRowSource
{
    public long Line => lines.Line;

    public IReadOnlyCollection<string> Others => lines.Others;

    public bool Next() => lines.Next();

    public object?[] Values() => lines.Values();

    public void Dispose() => stream.Dispose();
}

/// <summary>A JSON file that is one list of rows.</summary>
internal sealed class JsonListSource(string file, Stream stream, IReadOnlyList<RowField> fields, int maxRowBytes) : IRowSource
{
    private readonly JsonList _rows = new(file, stream, maxRowBytes);
    private readonly JsonRow _row = new(fields);

    public long Line => _rows.Number;

    public IReadOnlyCollection<string> Others => _row.Others;

    public bool Next() => _rows.Next();

    public object?[] Values() => _row.Read(new RowPosition(file, Line), _rows.Row, _rows.Offset, lineEnded: true);

    public void Dispose() => stream.Dispose();
}
