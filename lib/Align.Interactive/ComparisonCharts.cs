using Align.Evaluation;
using Align.Interactive.Drawing;

namespace Align.Interactive;

/// <summary>A comparison of methods as charts and as a table.</summary>
public static class ComparisonCharts
{
    /// <summary>What stands in a table after the metrics: its head, and the cost's name.</summary>
    private static readonly (string Head, string Cost)[] Costs =
        [("seconds", "seconds"), ("steps", "steps"), ("passes per step", "forward passes per step"), ("models", "models in memory"), ("peak MB", "peak MB")];

    /// <summary>One bar per method and metric: the mean over the seeds with its interval.</summary>
    /// <param name="table">The cells.</param>
    /// <param name="title">The headline.</param>
    /// <param name="metrics">Metrics of the evaluation or costs; several stand side by side, so take some of one unit.</param>
    public static Bars Bars(this ComparisonTable table, string title, params IReadOnlyList<string> metrics) => new(
        title,
        [.. metrics.SelectMany(metric => table.Methods.Select(method => (metric, method, Mean: table.Mean(method, metric)))).Where(m => m.Mean.Count > 0)
            .Select(m => new Bar(m.method, m.Mean.Mean, m.Mean.Low, m.Mean.High, metrics.Count > 1 ? m.metric : ""))])
    {
        XTitle = metrics.Count == 1 ? metrics[0] : "",
        Note = Seeds(table) is { Length: > 0 } seeds ? $"{seeds} Intervals are Student’s at 95 %." : "",
    };

    /// <summary>What is gained against what it costs, such as the gold reward over the KL to the reference: the higher and the further left, the better.</summary>
    /// <param name="table">The cells.</param>
    /// <param name="title">The headline.</param>
    /// <param name="cost">The metric across.</param>
    /// <param name="gain">The metric that goes up.</param>
    public static Scatter Front(this ComparisonTable table, string title, string cost, string gain)
    {
        var means = table.Methods.Select(m => (Method: m, Cost: table.Mean(m, cost).Mean, Gain: table.Mean(m, gain).Mean)).ToArray();
        Series cells = new("one seed", [.. table.Rows.Select(r => r[cost])], [.. table.Rows.Select(r => r[gain])]),
            middle = new("mean over seeds", [.. means.Select(m => m.Cost)], [.. means.Select(m => m.Gain)]) { Labels = [.. means.Select(m => m.Method)] };
        return new Scatter(title, table.Rows.Count > means.Length ? [middle, cells] : [middle with { Name = "" }]) { XTitle = cost, YTitle = gain, Note = Seeds(table) };
    }

    /// <summary>Who beats whom: the row's share of prompts against the column's, in per cent.</summary>
    /// <param name="table">The cells.</param>
    /// <param name="title">The headline.</param>
    public static HeatMap WinMatrix(this ComparisonTable table, string title)
    {
        var rates = table.WinRates();
        for (var i = 0; i < rates.GetLength(0); i++)
            for (var j = 0; j < rates.GetLength(1); j++) rates[i, j] *= 100;
        return new HeatMap(title, table.Methods, table.Methods, rates) { YTitle = "wins of …", XTitle = "… against", ValueTitle = "% of prompts won", Note = Seeds(table) };
    }

    /// <summary>One row per method: the metrics as mean ± half of the interval, then what the method costs.</summary>
    /// <param name="table">The cells.</param>
    /// <param name="metrics">Which metrics; all of the evaluation when there are none.</param>
    public static Table ToTable(this ComparisonTable table, params IReadOnlyList<string> metrics)
    {
        var shown = metrics.Count > 0 ? metrics : table.Metrics;
        return new(
            ["method", "seeds", .. shown, .. Costs.Select(c => c.Head)],
            [.. table.Methods.Select(m => (IReadOnlyList<object?>)
                [m, Finished(m), .. shown.Select(metric => Written(table.Mean(m, metric))), .. Costs.Select(c => (object)table.Mean(m, c.Cost).Mean)])]);

        string Finished(string method)
        {
            var (all, failed) = (table.Rows.Count(r => r.Method == method), table.Failures.Count(r => r.Method == method));
            return failed == 0 ? $"{all}" : $"{all - failed}, {failed} failed";
        }
    }

    /// <summary>The mean with as many decimals as its interval has two digits in.</summary>
    private static string Written(Interval mean)
    {
        if (mean.Count == 0) return "–";
        if (!(mean.Half > 0) || !double.IsFinite(mean.Half)) return Numbers.Short(mean.Mean);
        var decimals = Math.Clamp(1 - (int)Math.Floor(Math.Log10(mean.Half)), 0, 9);
        return $"{Numbers.Fixed(mean.Mean, decimals)}\u00a0±\u00a0{Numbers.Fixed(mean.Half, decimals)}";
    }

    private static string Seeds(ComparisonTable table) => table.Rows.Select(r => r.Seed).Distinct().Count() is var seeds && seeds > 1 ? $"{seeds} seeds." : "";
}
