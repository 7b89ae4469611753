using Align.Training;

namespace Align.Interactive;

/// <summary>The usual charts of a history.</summary>
public static class HistoryCharts
{
    /// <summary>Metrics over the steps, one panel each; chosen and rejected of the same quantity share a panel.</summary>
    /// <param name="history">What was logged.</param>
    /// <param name="metrics">Their names, such as <c>loss</c>.</param>
    /// <exception cref="ChartException">No step logged that metric.</exception>
    public static Chart Plot(this History history, params string[] metrics)
    {
        foreach (var metric in metrics) Known(history, metric, history.Names);
        return Draw(history, metrics);
    }

    /// <summary>Distributions of per-example values, from the first steps at the top to the last; each row pools the steps it names.</summary>
    /// <param name="history">What was logged.</param>
    /// <param name="examples">Their names, such as <c>rewards/chosen</c>.</param>
    /// <exception cref="ChartException">No step logged these values.</exception>
    public static Ridge Distributions(this History history, params string[] examples)
    {
        foreach (var name in examples) Known(history, name, [.. history.SelectMany(s => s.Examples.Keys).Distinct()]);
        var rows = Math.Min(7, history.Count);
        return new Ridge("", [.. Enumerable.Range(0, rows).Select(i => Row([.. history.Skip(i * history.Count / rows).Take(((i + 1) * history.Count / rows) - (i * history.Count / rows))], examples))])
        {
            YTitle = "steps",
            References = [new Reference(0, "", Upright: true)],
        };
    }

    /// <summary>As <see cref="Plot"/>, with empty panels for metrics that nothing has logged yet.</summary>
    internal static Chart Draw(History history, string[] metrics)
    {
        double[] steps = [.. history.Select(s => (double)s.Number)];
        Lines[] panels = [.. metrics.GroupBy(m => m.Replace("rejected", "chosen", StringComparison.Ordinal)).Select(group =>
            new Lines(group.Count() > 1 ? Common(group.Key) : group.Key, [.. group.Select(m => new Series(m, steps, history[m]))]) { XTitle = "step" })];
        return panels is [var only] ? only with { Title = "", YTitle = only.Title } : new Panels("", panels);
    }

    private static RidgeRow Row(Step[] steps, string[] names) => new(
        steps.Length == 1 ? $"{steps[0].Number}" : $"{steps[0].Number}–{steps[^1].Number}",
        [.. names.Select(n => new Sample(n, [.. steps.SelectMany(s => s.Examples.TryGetValue(n, out var values) ? values : [])]))]);

    /// <summary>The quantity that chosen and rejected are of: logps for logps/chosen.</summary>
    private static string Common(string name) =>
        name.Replace("chosen", "", StringComparison.Ordinal).Trim('/', '_', '.', ' ') is { Length: > 0 } rest ? rest : name;

    private static void Known(History history, string name, IReadOnlyList<string> names)
    {
        if (history.Count == 0 || names.Contains(name)) return;
        throw new ChartException($"No step of this history logged '{name}'. It has: {string.Join(", ", names)}.");
    }
}
