namespace Align.Data;

/// <summary>A line at which something was found.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1, where one is meant.</param>
/// <param name="OtherLine">The earlier line that this one repeats or contradicts.</param>
public readonly record struct RowPlace(long Line, int? Column = null, long? OtherLine = null)
{
    /// <inheritdoc/>
    public override string ToString() => (Column, OtherLine) switch
    {
        (not null, _) => $"{Line}:{Column}",
        (_, not null) => $"{Line} (see {OtherLine})",
        _ => $"{Line}",
    };
}

/// <summary>One thing that a reading found, at one row or many.</summary>
/// <param name="Problem">What it is, in a few words.</param>
/// <param name="Field">The field it concerns, where it is one.</param>
/// <param name="Count">At how many rows.</param>
/// <param name="First">The first ten places.</param>
public sealed record Finding(string Problem, string? Field, long Count, IReadOnlyList<RowPlace> First)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        var lines = string.Join(", ", First) + (Count > First.Count ? ", …" : "");
        return $"{Count} × {(Field is null ? "" : Field + ": ")}{Problem} (line {lines})";
    }
}

/// <summary>Findings being counted; however many kinds a hostile file makes, the memory they take is bounded.</summary>
internal sealed class Tallies
{
    private const int PlacesKept = 10;
    private const int KindsKept = 100;

    private readonly OrderedDictionary<(string Problem, string? Field), (long Count, List<RowPlace> First)> _kinds = [];

    public void Add(string problem, string? field, RowPlace place)
    {
        var key = (problem, field);
        if (!_kinds.ContainsKey(key) && _kinds.Count >= KindsKept) key = ("other problems", null);
        var (count, first) = _kinds.GetValueOrDefault(key, (0, []));
        if (first.Count < PlacesKept) first.Add(place);
        _kinds[key] = (count + 1, first);
    }

    public IReadOnlyList<Finding> ToList() =>
        [.. _kinds.Select(k => new Finding(k.Key.Problem, k.Key.Field, k.Value.Count, [.. k.Value.First]))];
}
