using System.Collections;
using System.Globalization;
using System.Text;
using Align.Evaluation;
using Align.Interactive.Drawing;
using Align.Training;
using Microsoft.Data.Analysis;

namespace Align.Interactive;

/// <summary>Rows and columns as a notebook shows them: numbers aligned, text escaped, long tables cut in the middle with a note.</summary>
/// <param name="Columns">Their names.</param>
/// <param name="Rows">One value per column.</param>
[TypeFormatterSource(typeof(HtmlFormats), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows) : IShown
{
    private const int Longest = 600;

    /// <summary>Rows shown; of more, the first and the last.</summary>
    public int MaxRows { get; init; } = 20;

    /// <summary>What a column's name means, by the name; shown where the pointer rests on it.</summary>
    public IReadOnlyDictionary<string, string> Tips { get; init; } = new Dictionary<string, string>();

    string IShown.Html => ToHtml();

    string IShown.Plain => ToText();

    /// <summary>One row per record, one column per property in the order of their declaration.</summary>
    public static Table Of<T>(IEnumerable<T> rows)
    {
        if (typeof(T).IsPrimitive || typeof(T) == typeof(string)) return new Table(["value"], [.. rows.Select(r => (IReadOnlyList<object?>)[r])]);
        var properties = typeof(T).GetProperties().Where(p => p.GetIndexParameters().Length == 0 && p.GetMethod?.IsPublic == true && !p.GetMethod.IsStatic).ToArray();
        var fields = properties.Length == 0 ? typeof(T).GetFields().Where(f => !f.IsStatic).ToArray() : [];
        return new Table(
            [.. properties.Select(p => p.Name), .. fields.Select(f => f.Name)],
            [.. rows.Select(r => (IReadOnlyList<object?>)[.. properties.Select(p => r is null ? null : p.GetValue(r)), .. fields.Select(f => f.GetValue(r))])]);
    }

    /// <summary>A data frame as it is.</summary>
    public static Table Of(DataFrame frame) =>
        new([.. frame.Columns.Select(c => c.Name)], [.. Enumerable.Range(0, (int)frame.Rows.Count).Select(i => (IReadOnlyList<object?>)[.. frame.Columns.Select(c => c[i])])]);

    /// <summary>A history's metrics, one row per step; what each means is told by its head, and by <see cref="OfMetrics"/>.</summary>
    public static Table Of(History history) => Of(history.ToDataFrame()) with
    {
        Tips = Metrics.Explain(history).ToDictionary(m => m.Name, m => $"{m.Definition} Healthy: {m.Healthy}. Red flag: {m.RedFlag}.", StringComparer.Ordinal),
    };

    /// <summary>What every metric of a run means, and what this run shows of it.</summary>
    /// <param name="history">The run.</param>
    /// <param name="names">Which metrics; all that the library logs when there are none.</param>
    /// <exception cref="UnknownMetricException">The library logs no metric of such a name.</exception>
    public static Table OfMetrics(History history, params IReadOnlyList<string> names) => new(
        ["metric", "what it is", "formula", "healthy", "red flag", "", "this run"],
        [.. (names.Count == 0 ? Metrics.Explain(history) : names.Select(n => Metrics.Explain(n, history))).Select(m => (IReadOnlyList<object?>)
            [m.Name, m.Definition, m.Formula, m.Healthy, m.RedFlag, m.Verdict!.Health switch { MetricHealth.Healthy => "✓", MetricHealth.Watch => "!", MetricHealth.RedFlag => "✗", _ => "?" }, m.Verdict.Text])])
    {
        MaxRows = 100,
    };

    /// <summary>Answers of several models to the same prompts, side by side.</summary>
    /// <param name="prompts">What was asked.</param>
    /// <param name="answers">A column's name, such as before or after, and its answers in the order of the prompts.</param>
    /// <exception cref="ChartException">A column has not one answer per prompt.</exception>
    public static Table SideBySide(IReadOnlyList<string> prompts, params (string Name, IReadOnlyList<string> Answers)[] answers)
    {
        foreach (var (name, column) in answers)
        {
            if (column.Count != prompts.Count) throw new ChartException($"The column '{name}' has {column.Count} answers to {prompts.Count} prompts. Give one answer per prompt.");
        }

        return new Table(["prompt", .. answers.Select(a => a.Name)], [.. prompts.Select((p, i) => (IReadOnlyList<object?>)[p, .. answers.Select(a => a.Answers[i])])]);
    }

    /// <summary>The table as an HTML element that needs no style.</summary>
    public string ToHtml()
    {
        var (cells, numeric) = Written();
        var html = new StringBuilder("<table><thead><tr>");
        string Cell(string tag, string text, int column, string more = "") =>
            $"<{tag}{more} align=\"{(numeric[column] ? "right" : "left")}\" style=\"text-align:{(numeric[column] ? "right;font-variant-numeric:tabular-nums" : "left")};vertical-align:top;padding:2px 10px\">{Words.Escape(text).ReplaceLineEndings("<br>")}</{tag}>";
        for (var c = 0; c < Columns.Count; c++) html.Append(Cell("th", Columns[c], c, Tips.TryGetValue(Columns[c], out var tip) ? $" title=\"{Words.Escape(tip)}\"" : ""));
        html.Append("</tr></thead><tbody>");
        foreach (var row in cells) html.Append("<tr>").AppendJoin("", row.Select((text, c) => Cell("td", text, c))).Append("</tr>");
        return html.Append("</tbody></table>").Append(Note is { Length: > 0 } note ? $"<p>{note}</p>" : "").ToString();
    }

    /// <summary>The table as aligned text.</summary>
    public string ToText()
    {
        var (cells, numeric) = Written();
        string[][] lines = [[.. Columns], .. cells.Select(row => row.Select(t => t.ReplaceLineEndings(" ")).ToArray())];
        var widths = Columns.Select((_, c) => lines.Max(l => Words.Columns(l[c]))).ToArray();
        string Pad(string text, int c) => new string(' ', widths[c] - Words.Columns(text)) is var blank && numeric[c] ? blank + text : text + blank;
        return string.Join("\n", lines.Select(l => string.Join("  ", l.Select(Pad)).TrimEnd())) + (Note.Length > 0 ? $"\n{Note}" : "");
    }

    private string Note => Rows.Count == 0 ? "No rows." : Rows.Count > MaxRows ? $"{MaxRows} of {Rows.Count} rows: the first {(MaxRows + 1) / 2} and the last {MaxRows / 2}." : "";

    private (string[][] Cells, bool[] Numeric) Written()
    {
        if (Rows.FirstOrDefault(r => r.Count != Columns.Count) is { } odd) throw new ChartException($"A row of the table has {odd.Count} values for {Columns.Count} columns. Give one value per column.");
        var shown = Rows.Count <= MaxRows ? Rows : [.. Rows.Take((MaxRows + 1) / 2), .. Rows.Skip(Rows.Count - (MaxRows / 2))];
        var columns = Enumerable.Range(0, Columns.Count).Select(c => Column([.. shown.Select(r => r[c])])).ToArray();
        var cells = shown.Select((_, r) => columns.Select(c => c.Text[r]).ToArray()).ToList();
        if (Rows.Count > MaxRows) cells.Insert((MaxRows + 1) / 2, [.. Columns.Select(_ => "…")]);
        return ([.. cells], [.. columns.Select(c => c.Numeric)]);
    }

    /// <summary>A column's texts: numbers with as many decimals as four digits of the largest need, so that the points align.</summary>
    private static (string[] Text, bool Numeric) Column(object?[] values)
    {
        if (!values.All(v => v is null or sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal or Half) || values.All(v => v is null))
            return ([.. values.Select(Plain)], false);
        if (!values.Any(v => v is float or double or decimal or Half)) return ([.. values.Select(v => Convert.ToString(v, CultureInfo.InvariantCulture) ?? "")], true);
        double?[] numbers = [.. values.Select(v => v is null ? (double?)null : v is Half h ? (double)h : Convert.ToDouble(v, CultureInfo.InvariantCulture))];
        var finite = numbers.OfType<double>().Where(double.IsFinite).ToArray();
        var largest = finite.Select(Math.Abs).DefaultIfEmpty(0).Max();
        var format = finite.All(v => v == Math.Floor(v) && largest < 1e9) ? "0"
            : largest is >= 1e-3 and < 1e6 ? "0." + new string('0', Math.Clamp(3 - (int)Math.Floor(Math.Log10(largest)), 1, 6)) : "0.000e0";
        return ([.. numbers.Select(n => n?.ToString(format, CultureInfo.InvariantCulture) ?? "")], true);
    }

    private static string Plain(object? value)
    {
        var text = value switch
        {
            null => "",
            string s => s,
            IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
            IEnumerable many => string.Join(", ", many.Cast<object?>().Take(9).Select((v, i) => i < 8 ? Plain(v) : "…")),
            _ => value.ToString() ?? "",
        };
        return text.Length <= Longest ? text : text[..Longest] + "…";
    }
}
