using System.Text;

namespace Align.Data;

/// <summary>What one reading of a file met: rows taken, rows left out and why, and what is lawful but worth a look.</summary>
/// <remarks>It grows while the rows are enumerated and is complete when they end.</remarks>
public sealed class RowReport
{
    private const int ErrorsKept = 20;
    private const int NamesKept = 100;

    private readonly List<DataException> _errors = [];
    private readonly List<(string Note, string Field)> _notes = [];
    private readonly Tallies _skips = new();
    private readonly Tallies _warnings = new();
    private readonly OrderedDictionary<string, long> _ignored = new(StringComparer.Ordinal);

    internal RowReport(string file) => File = file;

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>How many rows were read and handed on.</summary>
    public long Read { get; private set; }

    /// <summary>How many rows were left out (<see cref="BadRow.Skip"/>).</summary>
    public long Skipped { get; private set; }

    /// <summary>The errors of the first 20 rows that were left out, each with its line, column and field.</summary>
    public IReadOnlyList<DataException> Errors => _errors;

    /// <summary>Why rows were left out, counted by problem and field.</summary>
    public IReadOnlyList<Finding> Skips => _skips.ToList();

    /// <summary>What is lawful and probably not meant: empty answers, identical pairs, repeated or contradicting rows …</summary>
    /// <remarks>Repetitions are sought among the first million rows.</remarks>
    public IReadOnlyList<Finding> Warnings => _warnings.ToList();

    /// <summary>How values were understood that could be meant otherwise, each said once.</summary>
    public IReadOnlyList<string> Notes => [.. _notes.Select(n => $"{n.Field}: {n.Note}")];

    /// <summary>The fields that rows had and no record holds, with the number of rows that had them (the first 100 names).</summary>
    public IReadOnlyDictionary<string, long> IgnoredFields => _ignored;

    internal void Took(IEnumerable<string> ignoredFields)
    {
        Read++;
        foreach (var name in ignoredFields)
        {
            if (_ignored.TryGetValue(name, out var count)) _ignored[name] = count + 1;
            else if (_ignored.Count < NamesKept) _ignored.Add(name, 1);
        }
    }

    internal void Skip(DataException error)
    {
        Skipped++;
        if (_errors.Count < ErrorsKept) _errors.Add(error);
        _skips.Add(error.Problem, error.Field, new RowPlace(error.Line ?? 0, error.Column));
    }

    internal void Warn(string problem, string? field, long line, long? otherLine = null) =>
        _warnings.Add(problem, field, new RowPlace(line, OtherLine: otherLine));

    internal void Note(string note, string field)
    {
        if (!_notes.Contains((note, field))) _notes.Add((note, field));
    }

    /// <summary>The report in a few lines, for a notebook or a log.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{File}: {Read} rows read, {Skipped} skipped");
        foreach (var skip in Skips) text.Append($"\n  skipped {skip}");
        foreach (var warning in Warnings) text.Append($"\n  warning {warning}");
        foreach (var note in Notes) text.Append($"\n  note {note}");
        if (_ignored.Count > 0) text.Append("\n  fields ignored: ").AppendJoin(", ", _ignored.Select(f => $"{f.Key} ({f.Value})"));
        return text.ToString();
    }
}
