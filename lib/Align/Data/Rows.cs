using System.Collections;

namespace Align.Data;

/// <summary>The records of a file, read while they are enumerated: a file may be larger than memory.</summary>
/// <remarks>Each enumeration reads the file anew and begins a new <see cref="Report"/>.</remarks>
public sealed class Rows<T> : IEnumerable<T>
{
    private readonly string _file;
    private readonly Func<Stream> _open;
    private readonly RowShape<T> _shape;
    private readonly BadRow _onBadRow;
    private readonly int _maxLineBytes;

    internal Rows(string file, Func<Stream> open, RowShape<T> shape, BadRow onBadRow, int maxLineBytes)
    {
        _file = file;
        _open = open;
        _shape = shape;
        _onBadRow = onBadRow;
        _maxLineBytes = maxLineBytes;
        Report = new RowReport(file);
    }

    /// <summary>What the latest enumeration has met so far.</summary>
    public RowReport Report { get; private set; }

    /// <summary>Reads the file from its beginning.</summary>
    /// <exception cref="DataException">The file cannot be read, holds something else, has no rows, or has a bad row and the policy is <see cref="BadRow.Stop"/>.</exception>
    public IEnumerator<T> GetEnumerator()
    {
        var report = Report = new RowReport(_file);
        using var stream = Guarded(_open);
        var lints = new RowLints(report);
        var source = Guarded(() => new JsonLines(_file, stream, _shape.Fields, _maxLineBytes));
        Func<bool> next = source.Next;
        while (Guarded(next))
            if (TryTake(source, report, lints, out var record)) yield return record;
        if (report.Read == 0) throw NoRows(report);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool TryTake(JsonLines source, RowReport report, RowLints lints, out T record)
    {
        try
        {
            record = _shape.Build(source.Values());
        }
        catch (DataException e) when (_onBadRow == BadRow.Skip)
        {
            report.Skip(e);
            record = default!;
            return false;
        }

        report.Took(source.Others);
        lints.Line = source.Line;
        _shape.Inspect(record, lints);
        return true;
    }

    /// <summary>A file without one good row is refused whatever the policy: training on nothing is never meant.</summary>
    private DataException NoRows(RowReport report)
    {
        if (report.Skipped == 0) return new DataException(_file, "no rows", $"The file has blank lines alone; {_shape.Plural} were expected, one object a line.");

        var first = report.Errors[0];
        return report.Skips is [{ Problem: "missing", Field: { } field }]
            ? new DataException(_file, "missing in all rows", $"No row has the field {field}. The first one: {first.Message}", field: field, inner: first)
            : new DataException(_file, "no row could be read", $"All {report.Skipped} rows were skipped. The first one: {first.Message}", inner: first);
    }

    private TResult Guarded<TResult>(Func<TResult> read)
    {
        try
        {
            return read();
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
