using System.Text;
using Align.Runtime;

namespace Align.Data;

/// <summary>Data that cannot be taken: the message says what is wrong, in which file, line, column and field, and what to do.</summary>
public sealed class DataException : AlignException
{
    internal DataException(
        string file,
        string problem,
        string advice,
        long? line = null,
        int? column = null,
        string? field = null,
        Exception? inner = null)
        : base(Compose(file, problem, advice, line, column, field), inner)
    {
        File = file;
        Problem = problem;
        Line = line;
        Column = column;
        Field = field;
    }

    /// <summary>The file, as it was named to the reader or writer.</summary>
    public string File { get; }

    /// <summary>What is wrong, in a few words that are the same for every such row: <c>missing</c>, <c>null</c>, <c>invalid JSON</c> …</summary>
    public string Problem { get; }

    /// <summary>The line, counted from 1 with blank lines; none where the whole file is meant.</summary>
    public long? Line { get; }

    /// <summary>The character of the line at which the trouble begins, counted from 1 in Unicode code points; none where no single place is meant.</summary>
    public int? Column { get; }

    /// <summary>The field of the row, where one is meant.</summary>
    public string? Field { get; }

    private static string Compose(string file, string problem, string advice, long? line, int? column, string? field)
    {
        var message = new StringBuilder(file);
        if (line is not null) message.Append($", line {line}");
        if (column is not null) message.Append($", column {column}");
        if (field is not null) message.Append($", field \"{field}\"");
        return message.Append($": {problem}. {advice}").ToString();
    }
}

/// <summary>The row that is being read or written, so that its errors say where they are.</summary>
internal readonly record struct RowPosition(string File, long? Line)
{
    public DataException Error(string problem, string advice, int? column = null, string? field = null, Exception? inner = null) =>
        new(File, problem, advice, Line, column, field, inner);
}
