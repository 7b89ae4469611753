using Align.Data;
using Align.Evaluation;

namespace Align.Interactive;

/// <summary>A data report as a picture.</summary>
public static class DataCharts
{
    /// <summary>Lengths of every part; of pairs, by how much the chosen answer is longer; shares that decide what is learnt, against one half.</summary>
    /// <param name="report">What was read.</param>
    public static Chart Plot(this DataReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var charts = new List<Chart>();
        if (report.Lengths.TryGetValue("prompt", out var prompts)) charts.Add(Lengths("How long prompts are", ("prompt", prompts)));
        (string, LengthSummary)[] answers = [.. report.Lengths.Where(l => l.Key != "prompt").Select(l => (l.Key, l.Value))];
        if (answers.Length > 0) charts.Add(Lengths($"How long {(report.Kind == ExampleKind.Text ? "texts" : "answers")} are", answers));
        if (report.LengthGaps.Count > 0)
            charts.Add(new Histogram("By how much the chosen answer is longer", new Sample("chosen − rejected", [.. report.LengthGaps.Select(g => (double)g)])) { XTitle = report.Unit, References = [new Reference(0, "", Upright: true)] });
        if (Shares(report) is { Length: > 0 } shares) charts.Add(new Bars("Shares", shares) { Percent = true, References = [new Reference(0.5, "½")] });
        return new Panels($"{Path.GetFileName(report.Rows.File)}: {report.Rows.Read} rows", charts);

        Histogram Lengths(string title, params (string Name, LengthSummary Summary)[] parts) =>
            new(title, [.. parts.Select(p => new Sample(p.Name, [.. p.Summary.All.Select(l => (double)l)]))]) { XTitle = report.Unit };
    }

    private static Bar[] Shares(DataReport report)
    {
        var bars = new List<Bar>();
        if (report.LongerChosen is { } longer) bars.Add(new Bar("longer chosen", longer.Rate, longer.Low, longer.High));
        if (report.Desirable is { } desirable) bars.Add(new Bar("desirable", desirable));
        if (report.SharedPrefix is { } shared) bars.Add(new Bar("shared prompt", shared));
        if (report.Kind == ExampleKind.Pair) bars.Add(new Bar("identical", (double)report.IdenticalPairs / report.Rows.Read));
        if (report.Truncated is { } cut) bars.Add(new Bar("cut", (double)cut / report.Rows.Read / (report.Kind == ExampleKind.Pair ? 2 : 1)));
        return [.. bars];
    }
}
