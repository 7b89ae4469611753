using System.Globalization;
using System.Text.Json;
using Microsoft.FSharp.Collections;
using Plotly.NET;

namespace Align.Interactive.Drawing;

/// <summary>An object of a figure: property and value.</summary>
internal sealed class Fields : Dictionary<string, object?>;

/// <summary>A picture as a figure of Plotly, without a template.</summary>
internal static class PlotlyFigure
{
    private const string Grid = "#e5e8ec";

    /// <summary>The figure in the hands of Plotly.NET.</summary>
    public static GenericChart Chart(Picture picture)
    {
        var (data, fields) = Of(picture);
        var layout = new Layout();
        foreach (var (name, value) in fields) layout.SetProperty(name, value);
        var traces = data.Select(fields =>
        {
            var trace = new Trace((string)fields["type"]!);
            foreach (var (name, value) in fields.Where(f => f.Key != "type")) trace.SetProperty(name, value);
            return trace;
        });
        return GenericChart.setLayout(layout, GenericChart.ofTraceObjects(false, ListModule.OfSeq(traces)));
    }

    /// <summary>The figure as JSON, written without Plotly.NET: its first use costs half a second, and a notebook ends with this.</summary>
    public static string Json(Picture picture)
    {
        var (data, layout) = Of(picture);
        return JsonSerializer.Serialize(new Fields { ["data"] = data, ["layout"] = layout });
    }

    private static (List<Fields> Data, Fields Layout) Of(Picture picture)
    {
        var traces = new List<Fields>();
        var layout = new Fields();
        var shown = new HashSet<string>();
        var shapes = new List<object>();
        var words = new List<object>();
        var columns = Math.Clamp(picture.Columns, 1, Math.Max(1, picture.Panels.Count));
        var rows = (picture.Panels.Count + columns - 1) / columns;
        for (var i = 0; i < picture.Panels.Count; i++)
        {
            var (panel, n) = (picture.Panels[i], i == 0 ? "" : (i + 1).ToString(CultureInfo.InvariantCulture));
            var (column, row) = (i % columns, i / columns);
            var (left, right) = Part(column, columns, 0.13);
            var (bottom, top) = Part(rows - 1 - row, rows, 0.26);
            layout["xaxis" + n] = Axis(panel.X, panel.Across, left, right, "y" + n, panel.X.Title);
            layout["yaxis" + n] = Axis(panel.Y, panel.Up, bottom, top, "x" + n, picture.Panels.Count > 1 ? "" : panel.Y.Title);
            var heading = panel.Title.Length > 0 && panel.Y.Title.Length > 0 ? $"{panel.Title}, {panel.Y.Title}" : panel.Title + panel.Y.Title;
            if (picture.Panels.Count > 1) words.Add(Word($"<b>{Safe(heading)}</b>", left, "paper", top + 0.01, "paper", "left", "bottom"));
            if (panel.IsEmpty) words.Add(Word(picture.Empty, (left + right) / 2, "paper", (bottom + top) / 2, "paper", "center", "middle"));
            foreach (var mark in panel.Marks)
            {
                if (mark is Rule rule) Add(rule, panel, n, shapes, words);
                else traces.AddRange(Traces(mark, panel, n, shown));
            }
        }

        var over = (rows > 1 || columns > 1 ? 116 : 90) - (picture.Title.Length > 0 ? 0 : 24);
        var height = 4 + picture.Panels.Chunk(columns).Sum(r => r.Max(p => p.Height) + (rows > 1 ? 60 : 0));
        if (picture.Colours is { } colours) traces.Add(Bar(colours));
        layout["title"] = new Fields { ["text"] = $"<b>{string.Join("<br>", Words.Wrap(picture.Title, 540, 17).Select(Safe))}</b>", ["x"] = 0.02, ["xanchor"] = "left", ["font"] = new Fields { ["size"] = 17 } };
        layout["font"] = new Fields { ["family"] = "sans-serif", ["size"] = 14, ["color"] = Ink.Text.Colour };
        layout["legend"] = new Fields { ["orientation"] = "h", ["x"] = 0, ["y"] = 1 + ((rows > 1 || columns > 1 ? 26 : 4) / height), ["yanchor"] = "bottom" };
        layout["margin"] = new Fields { ["l"] = 64, ["r"] = 24, ["t"] = over, ["b"] = 56 };
        layout["height"] = height + over + 56;
        layout["paper_bgcolor"] = "#ffffff";
        layout["plot_bgcolor"] = "#ffffff";
        layout["hovermode"] = "closest";
        layout["bargap"] = 0;
        layout["barmode"] = "overlay";
        layout["shapes"] = shapes;
        layout["annotations"] = words;
        return (traces, layout);
    }

    private static (double From, double To) Part(int index, int count, double gap)
    {
        var size = (1 - (gap * (count - 1))) / count;
        size = Math.Max(size, 0.02);
        return (Math.Min(index * (size + gap), 0.97), Math.Min((index * (size + gap)) + size, 1));
    }

    private static Fields Axis(Axis axis, Scale scale, double from, double to, string anchor, string title)
    {
        var ticks = axis.Names?.Select((n, i) => ((double)i, n)).ToArray();
        var fields = new Fields
        {
            ["domain"] = new[] { from, to },
            ["anchor"] = anchor,
            ["range"] = new[] { scale.From, scale.To },
            ["type"] = axis.Log ? "log" : "linear",
            ["title"] = new Fields { ["text"] = Safe(title) },
            ["gridcolor"] = Grid,
            ["zeroline"] = false,
            ["showgrid"] = ticks is null,
            ["automargin"] = true,
        };
        if (scale.Whole && Math.Abs(scale.To - scale.From) < 8) fields["dtick"] = 1;
        if (!axis.Log && Math.Max(Math.Abs(scale.From), Math.Abs(scale.To)) < 1e-3) fields["exponentformat"] = "e";
        if (ticks is null) return fields;
        fields["tickvals"] = ticks.Select(t => t.Item1).ToArray();
        fields["ticktext"] = ticks.Select(t => Safe(Words.Shorten(t.n, 180, 14))).ToArray();
        return fields;
    }

    private static IEnumerable<Fields> Traces(Mark mark, Panel panel, string n, HashSet<string> shown)
    {
        var frame = new Frame(0, 0, 1400, 400, panel.Across, panel.Up);
        switch (mark)
        {
            case Ribbon r:
                foreach (var run in Thinning.Runs(frame, r.X, r.Low, r.High))
                {
                    var back = run.Reverse().ToArray();
                    var area = New("scatter", r, n, shown);
                    Set(area, ("x", run.Concat(back).Select(i => Rounded(r.X[i])).ToArray()), ("y", run.Select(i => Rounded(r.Low[i])).Concat(back.Select(i => Rounded(r.High[i]))).ToArray()),
                        ("fill", "toself"), ("mode", "none"), ("fillcolor", Transparent(r.Ink.Colour, r.Opacity)), ("hoverinfo", "skip"));
                    yield return area;
                }

                break;
            case Boxes b:
                var seen = b.All.Where(x => Scale.Drawable(x.Left + x.Right + x.Low + x.High, log: false)).ToArray();
                var upright = panel.Y.Names is null;
                var bars = New("bar", b, n, shown);
                Set(bars, ("x", seen.Select(x => upright ? (x.Left + x.Right) / 2 : x.Right - x.Left).ToArray()), ("y", seen.Select(x => upright ? x.High - x.Low : (x.Low + x.High) / 2).ToArray()),
                    ("base", seen.Select(x => upright ? x.Low : x.Left).ToArray()), ("width", seen.Select(x => upright ? x.Right - x.Left : x.High - x.Low).ToArray()),
                    ("orientation", upright ? "v" : "h"), ("hovertext", seen.Select(x => Safe(x.Tip)).ToArray()), ("hoverinfo", "text"),
                    ("text", seen.Select(x => Safe(x.Text)).ToArray()), ("textposition", "inside"), ("insidetextanchor", "middle"), ("textangle", 0), ("constraintext", "none"),
                    ("textfont", new Fields { ["color"] = seen.Select(x => ColourScale.TextOver(x.Fill)).ToArray() }),
                    ("marker", new Fields { ["color"] = seen.Select(x => x.Fill).ToArray(), ["opacity"] = seen.Select(x => x.Fill == b.Ink.Colour ? b.Ink.Hollow ? 0.35 : 0.7 : 1).ToArray() }));
                yield return bars;
                break;
            case Curve c:
                var runs = Thinning.Runs(frame, c.X, c.Y).ToArray();
                var places = runs.SelectMany(run => run.Select(i => (int?)i).Append(null)).ToArray();
                var lonely = c.Joined && !c.Dots && runs.Any(r => r.Length == 1);
                var line = New("scatter", c, n, shown);
                string[] modes = [.. new[] { (c.Joined, "lines"), (c.Dots || lonely, "markers"), (c.Labels.Count > 0, "text") }.Where(m => m.Item1).Select(m => m.Item2)];
                Set(line, ("x", places.Select(i => i is { } at ? Rounded(c.X[at]) : (double?)null).ToArray()), ("y", places.Select(i => i is { } at ? Rounded(c.Y[at]) : (double?)null).ToArray()),
                    ("mode", modes.Length > 0 ? string.Join('+', modes) : "none"), ("connectgaps", false),
                    ("line", new Fields { ["color"] = c.Ink.Colour, ["width"] = c.Thickness, ["dash"] = c.Ink.Dash.Length > 0 ? c.Ink.Dash.Replace(" ", "px,", StringComparison.Ordinal) + "px" : "solid" }),
                    ("marker", new Fields { ["color"] = c.Ink.Colour, ["size"] = lonely ? runs.SelectMany(r => r.Select(_ => r.Length == 1 ? 7 : 0).Append(0)).ToArray() : c.X.Count > 200 ? 4 : 9, ["opacity"] = c.X.Count > 200 ? 0.6 : 1, ["symbol"] = c.Ink.Hollow ? "circle-open" : "circle" }));
                if (c.Name.Length == 0) Set(line, ("hoverinfo", c.Joined && !c.Dots && panel.Y.Names is not null ? "skip" : "x+y"));
                if (c.Labels.Count > 0) Set(line, ("text", places.Select(i => i is { } at && at < c.Labels.Count ? (c.Dots ? "" : "\u00a0\u00a0") + Safe(c.Labels[at]) : "").ToArray()),
                    ("textposition", places.Select(i => c.Dots && i is { } at && panel.Across.At(c.X[at]) > 0.75 ? "bottom left" : c.Dots ? "bottom right" : "middle right").ToArray()), ("cliponaxis", false));
                yield return line;
                break;
        }
    }

    private static Fields New(string type, Mark mark, string n, HashSet<string> shown)
    {
        var trace = new Fields { ["type"] = type };
        Set(trace, ("xaxis", "x" + n), ("yaxis", "y" + n), ("name", Safe(mark.Name)), ("legendgroup", Safe(mark.Name)), ("showlegend", mark.Name.Length > 0 && shown.Add(mark.Name)));
        return trace;
    }

    /// <summary>A point nowhere, whose colour bar is the legend of the boxes' colours.</summary>
    private static Fields Bar(ColourScale colours)
    {
        var trace = new Fields { ["type"] = "scatter" };
        var stops = Enumerable.Range(0, 9).Select(i => new object[] { i / 8.0, colours.Of(colours.Min + ((colours.Max - colours.Min) * i / 8)) }).ToArray();
        Set(trace, ("x", new double?[] { null }), ("y", new double?[] { null }), ("mode", "markers"), ("showlegend", false), ("hoverinfo", "skip"), ("marker", new Fields
        {
            ["color"] = new[] { colours.Min },
            ["cmin"] = colours.Min,
            ["cmax"] = colours.Max,
            ["colorscale"] = stops,
            ["showscale"] = true,
            ["colorbar"] = new Fields { ["thickness"] = 12, ["title"] = new Fields { ["text"] = Safe(colours.Title) } },
        }));
        return trace;
    }

    private static void Add(Rule line, Panel panel, string n, List<object> shapes, List<object> words)
    {
        if (!Scale.Drawable(line.At, line.Upright ? panel.X.Log : panel.Y.Log)) return;
        var (along, across) = line.Upright ? ("x", "y") : ("y", "x");
        var shape = new Fields { ["type"] = "line", [along + "ref"] = along + n, [across + "ref"] = across + n + " domain", [along + "0"] = line.At, [along + "1"] = line.At, [across + "0"] = 0, [across + "1"] = 1 };
        shape["line"] = new Fields { ["color"] = Ink.Grey.Colour, ["width"] = 1.3, ["dash"] = "dash" };
        shapes.Add(shape);
        words.Add(line.Upright
            ? Word(Safe(line.Label), panel.X.Log ? Math.Log10(line.At) : line.At, "x" + n, 1, "y" + n + " domain", "left", "top")
            : Word(Safe(line.Label), 1, "x" + n + " domain", panel.Y.Log ? Math.Log10(line.At) : line.At, "y" + n, "right", "bottom"));
    }

    private static Fields Word(string text, double x, string xref, double y, string yref, string xanchor, string yanchor) =>
        new() { ["text"] = text, ["x"] = x, ["xref"] = xref, ["y"] = y, ["yref"] = yref, ["xanchor"] = xanchor, ["yanchor"] = yanchor, ["showarrow"] = false };

    /// <summary>Six digits are more than a screen shows, and a third of the page.</summary>
    private static double Rounded(double value) => double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Plotly reads a little markup in texts.</summary>
    private static string Safe(string text) => Words.Clean(text).Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static string Transparent(string colour, double opacity) => $"{colour}{(int)Math.Round(opacity * 255):x2}";

    private static void Set(Fields trace, params (string Name, object Value)[] properties)
    {
        foreach (var (name, value) in properties) trace[name] = value;
    }
}
