namespace Align.Data;

/// <summary>The rows of a stream of JSON lines. A row that is refused does not stand in the way of the next one.</summary>
internal sealed class JsonLines
{
    private readonly string _file;
    private readonly int _maxLineBytes;
    private readonly LineReader _lines;
    private readonly JsonRow _row;

    public JsonLines(string file, Stream stream, IReadOnlyList<RowField> fields, int maxLineBytes)
    {
        _file = file;
        _maxLineBytes = maxLineBytes;
        _lines = new LineReader(stream, maxLineBytes);
        _row = new JsonRow(fields);
        FileKind.RequireJsonLines(file, _lines.Head());
    }

    /// <summary>The line of the row, from 1.</summary>
    public long Line => _lines.Number;

    /// <summary>The row's fields that were not asked for.</summary>
    public IReadOnlyCollection<string> Others => _row.Others;

    /// <summary>Goes to the next line that is not blank.</summary>
    public bool Next()
    {
        while (_lines.Next())
            if (_lines.TooLong || _lines.Line.Span.ContainsAnyExcept(" \t\r"u8)) return true;
        return false;
    }

    /// <summary>The row's values, in the order of the fields.</summary>
    /// <exception cref="DataException">The row cannot be taken.</exception>
    public object?[] Values()
    {
        var position = new RowPosition(_file, Line);
        if (_lines.TooLong)
            throw position.Error("line too long", $"It has more than {_maxLineBytes} bytes: is it one row? If so, read with a larger maxLineBytes.");
        return _row.Read(position, _lines.Line.Span, _lines.Offset, _lines.Ended);
    }
}
