using System.Globalization;
using System.Text;

namespace Align.Interactive.Drawing;

/// <summary>Draws a picture as one self-contained SVG on a light card of its own, so that it reads on white and on dark pages.</summary>
/// <remarks>Our own because the kept libraries do not fit: OxyPlot writes 45 kB for two lines of 200 points, knows no tooltips,
/// token strips or thinning; ScottPlot needs the natives of Skia.</remarks>
internal sealed class Svg
{
    /// <summary>Narrow, so that text is still read when a phone shrinks the picture.</summary>
    public const double Width = 600;

    private const double Edge = 16;
    private const double Size = 14.5;
    private const double Overhang = 6;
    private const string Soft = "#5b6472";
    private const string Faint = "#e5e8ec";

    private readonly StringBuilder _out = new();
    private readonly Picture _picture;
    private readonly List<(double Left, double Top, double Right, double Bottom)> _taken = [];
    private double _y = Edge;

    private Svg(Picture picture) => _picture = picture;

    public static string Render(Picture picture)
    {
        var svg = new Svg(picture);
        svg.Heading();
        svg.Legend();
        foreach (var row in picture.Panels.Chunk(Math.Max(1, picture.Columns))) svg.Row(row);
        foreach (var line in Words.Wrap(picture.Note, Width - (2 * Edge), Size)) svg.Text(Edge, svg._y += 20, line, Soft);
        var height = N(Math.Max(svg._y + Edge - 2, 60));
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{height}\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"{N(Size)}\" fill=\"{Ink.Text.Colour}\">"
            + $"<rect x=\".5\" y=\".5\" width=\"{Width - 1}\" height=\"{N(double.Parse(height, CultureInfo.InvariantCulture) - 1)}\" rx=\"8\" fill=\"#fff\" stroke=\"#d8dce2\"/>{svg._out}</svg>";
    }

    private static string N(double value) => Math.Round(value, 1).ToString("0.#", CultureInfo.InvariantCulture);

    private void Text(double x, double y, string text, string fill = "", string anchor = "start", string more = "") =>
        _out.Append(CultureInfo.InvariantCulture, $"<text x=\"{N(x)}\" y=\"{N(y)}\"{(fill.Length == 0 ? "" : $" fill=\"{fill}\"")}{(anchor == "start" ? "" : $" text-anchor=\"{anchor}\"")}{more}>{Words.Escape(text)}</text>");

    private void Stroke(double x1, double y1, double x2, double y2, string colour, double width = 1, string dash = "") =>
        _out.Append(CultureInfo.InvariantCulture, $"<path d=\"M{N(x1)} {N(y1)}L{N(x2)} {N(y2)}\" stroke=\"{colour}\" stroke-width=\"{N(width)}\"{Dashes(dash)}/>");

    private static string Dashes(string dash) => dash.Length == 0 ? "" : $" stroke-dasharray=\"{dash}\"";

    private void Heading()
    {
        foreach (var line in Words.Wrap(_picture.Title, (Width - (2 * Edge)) / 1.08, 17)) Text(Edge, _y += 18, line, more: " font-size=\"17\" font-weight=\"600\"");
        _y += _picture.Title.Length > 0 ? 6 : -6;
    }

    private void Legend()
    {
        var entries = _picture.Panels.SelectMany(p => p.Marks).Where(m => m.Name.Length > 0).GroupBy(m => m.Name).Select(g => g.First()).ToArray();
        var x = Edge;
        if (entries.Length + (_picture.Colours is null ? 0 : 1) > 0) _y += 20;
        foreach (var mark in entries)
        {
            var name = Words.Shorten(mark.Name, 300, Size);
            var width = 34 + Words.Width(name, Size) + 18;
            if (x > Edge && x + width > Width - Edge + 18) (x, _y) = (Edge, _y + 21);
            Swatch(mark, x, _y - 5);
            Text(x + 34, _y, name);
            x += width;
        }

        if (_picture.Colours is { } colours) Bar(colours, x);
        if (entries.Length > 0 || _picture.Colours is not null) _y += 6;
    }

    private void Swatch(Mark mark, double x, double y)
    {
        if (mark is Boxes)
            _out.Append(CultureInfo.InvariantCulture, $"<rect x=\"{N(x)}\" y=\"{N(y - 6)}\" width=\"26\" height=\"12\" rx=\"2\" fill=\"{mark.Ink.Colour}\" fill-opacity=\"{Bold(mark.Ink)}\" stroke=\"{mark.Ink.Colour}\"/>");
        if (mark is not Curve curve) return;
        if (curve.Joined) Stroke(x, y, x + 28, y, curve.Ink.Colour, 2.6, curve.Ink.Dash);
        if (curve.Dots) Dot(x + 14, y, curve.Ink, "");
    }

    private void Bar(ColourScale scale, double x)
    {
        var caption = Words.Shorten(scale.Caption, Width - (2 * Edge) - 110, Size);
        if (x > Edge && x + 110 + Words.Width(caption, Size) > Width - Edge) (x, _y) = (Edge, _y + 21);
        for (var i = 0; i < 24; i++)
            _out.Append(CultureInfo.InvariantCulture, $"<path d=\"M{N(x + (i * 4))} {N(_y - 11)}h4.4v12h-4.4z\" fill=\"{scale.Of(scale.Min + ((scale.Max - scale.Min) * i / 23))}\"/>");
        Text(x + 106, _y, caption);
    }

    private void Row(Panel[] row)
    {
        var width = (Width - (2 * Edge) - (22 * (_picture.Columns - 1))) / Math.Max(1, _picture.Columns);
        var top = _y;
        for (var i = 0; i < row.Length; i++)
        {
            _y = top;
            Draw(row[i], Edge + (i * (width + 22)), width, row.Max(p => p.Height), row.Any(p => p.Title.Length + p.Y.Title.Length > 0));
            if (i < row.Length - 1) continue;
            _y += row.Any(p => p.X.Title.Length > 0) ? 40 : 24;
            if (row.All(p => p.X.Hidden)) _y -= 20;
        }
    }

    private void Draw(Panel panel, double left, double width, double height, bool headed)
    {
        if (headed)
        {
            var title = Words.Shorten(panel.Title, width, Size);
            Text(left, _y += 20, title, more: " font-weight=\"600\"");
            var beside = title.Length > 0 ? (Words.Width(title, Size) * 1.15) + 10 : 0;
            if (beside < width - 40) Text(left + beside, _y, Words.Shorten(panel.Y.Title, width - beside, Size), Soft);
        }

        var (across, up) = (panel.Across, panel.Up);
        var rows = Ticks(up, panel.Y, Math.Max(2, (int)(height / 44)), height / 18);
        var gutter = panel.Y.Hidden ? 0 : Math.Min(rows.Select(t => Words.Width(t.Label, Size)).DefaultIfEmpty(0).Max(), width * 0.34) + 8;
        var frame = new Frame(left + gutter, _y += 10, width - gutter, height, across, up);
        _y += height;
        if (panel.IsEmpty)
        {
            foreach (var (line, i) in Words.Wrap(_picture.Empty, width - 20, Size).Select((l, i) => (l, i))) Text(left + (width / 2), frame.Top + (height / 2) + (i * 18), line, Soft, "middle");
            return;
        }

        Axes(panel, frame, rows);
        _out.Append(CultureInfo.InvariantCulture, $"<svg x=\"{N(frame.Left - Overhang)}\" y=\"{N(frame.Top - Overhang)}\" width=\"{N(frame.Width + (2 * Overhang))}\" height=\"{N(height + (2 * Overhang))}\" fill=\"none\" stroke-linejoin=\"round\">");
        var inner = frame with { Left = Overhang, Top = Overhang };
        _taken.Clear();
        foreach (var c in panel.Marks.OfType<Curve>().Where(c => c.Dots && c.X.Count <= 200)) Reserve([.. c.X.Zip(c.Y, (x, y) => (inner.X(x), inner.Y(y)))], c.Joined);
        foreach (var mark in panel.Marks) Mark(mark, inner, panel.X.Hidden);
        _out.Append("</svg>");
    }

    /// <summary>Keeps labels off dots and off the lines between them.</summary>
    private void Reserve((double X, double Y)[] points, bool joined)
    {
        _taken.AddRange(points.Select(p => (p.X - 6, p.Y - 6, p.X + 6, p.Y + 6)));
        if (!joined) return;
        foreach (var (p, q) in points.Zip(points.Skip(1)).Where(s => double.IsFinite(s.First.X + s.First.Y + s.Second.X + s.Second.Y)))
        {
            var parts = Math.Ceiling((Math.Abs(q.X - p.X) + Math.Abs(q.Y - p.Y)) / 10);
            for (var i = 1; i < parts; i++) _taken.Add((p.X + ((q.X - p.X) * i / parts) - 1, p.Y + ((q.Y - p.Y) * i / parts) - 1, p.X + ((q.X - p.X) * i / parts) + 1, p.Y + ((q.Y - p.Y) * i / parts) + 1));
        }
    }

    private static IReadOnlyList<(double Value, string Label)> Ticks(Scale scale, Axis axis, int about, double fit)
    {
        if (axis.Hidden) return [];
        if (axis.Names is not { } names) return scale.Ticks(about);
        var stride = Math.Max(1, (int)Math.Ceiling(names.Count / Math.Max(1, fit)));
        return [.. names.Select((n, i) => ((double)i, n)).Where(t => (int)t.Item1 % stride == 0)];
    }

    private void Axes(Panel panel, Frame frame, IReadOnlyList<(double Value, string Label)> rows)
    {
        foreach (var (value, label) in rows)
        {
            var y = frame.Y(value);
            if (panel.Y.Names is null) Stroke(frame.Left, y, frame.Left + frame.Width, y, Faint);
            Text(frame.Left - 8, y + 5, Words.Shorten(label, frame.Left - 8, Size), panel.Y.Names is null ? Soft : Ink.Text.Colour, "end");
        }

        if (panel.X.Hidden) return;
        var widest = panel.X.Names?.Select(n => Words.Width(n, Size)).DefaultIfEmpty(0).Max() ?? 0;
        var columns = Ticks(frame.Across, panel.X, Math.Max(2, (int)(frame.Width / 64)), frame.Width / Math.Clamp(widest + 8, 24, 56));
        var room = panel.X.Names is null ? 90 : Math.Clamp((frame.Width / Math.Max(1, columns.Count)) - 6, 20, 90);
        foreach (var (value, label) in columns)
        {
            var x = frame.X(value);
            if (panel.X.Names is null) Stroke(x, frame.Top, x, frame.Top + frame.Height, panel.Y.Names is null ? "#f1f3f5" : Faint);
            var text = Words.Shorten(label, room, Size);
            Text(Math.Min(x, Width - Edge + 6 - (Words.Width(text, Size) / 2)), frame.Top + frame.Height + 20, text, Soft, "middle");
        }

        if (panel.Y.Names is null) Stroke(frame.Left, frame.Top + frame.Height, frame.Left + frame.Width, frame.Top + frame.Height, "#9aa3af");
        Text(frame.Left + frame.Width, frame.Top + frame.Height + 39, panel.X.Title, Soft, "end");
    }

    private void Mark(Mark mark, Frame f, bool laidOut)
    {
        switch (mark)
        {
            case Rule rule: Across(rule, f); break;
            case Boxes boxes:
                _out.Append("<g text-anchor=\"middle\" font-size=\"13\" fill=\"#1f2937\">");
                foreach (var box in boxes.All) Rectangle(box, boxes.Ink, f, laidOut);
                _out.Append("</g>");
                break;
            case Ribbon ribbon:
                foreach (var run in Thinning.Runs(f, ribbon.X, ribbon.Low, ribbon.High).Select(r => Places(f, r, ribbon.X, ribbon.Low).Concat(Places(f, r, ribbon.X, ribbon.High).Reverse()).ToArray()))
                    _out.Append(CultureInfo.InvariantCulture, $"<path d=\"{Path(run)}z\" fill=\"{ribbon.Ink.Colour}\" fill-opacity=\"{ribbon.Opacity:0.##}\"/>");
                break;
            case Curve curve: Curve(curve, f); break;
        }
    }

    private void Across(Rule line, Frame f)
    {
        var (x, y) = line.Upright ? (f.X(line.At), f.Top) : (f.Left, f.Y(line.At));
        if (double.IsNaN(x + y)) return;
        Stroke(x, y, line.Upright ? x : f.Left + f.Width, line.Upright ? f.Top + f.Height : y, Ink.Grey.Colour, 1.3, Ink.Grey.Dash);
        var label = Words.Shorten(line.Label, f.Width / 2, Size);
        var flip = line.Upright && x + Words.Width(label, Size) > f.Left + f.Width;
        Text(line.Upright ? (flip ? x - 5 : x + 5) : f.Left + f.Width - 2, line.Upright ? f.Top + 12 : y < f.Top + 16 ? y + 15 : y - 5, label, Soft, line.Upright && !flip ? "start" : "end", Halo);
    }

    /// <summary>Bars let their intervals be seen, and differ in lightness.</summary>
    private static string Bold(Ink ink) => ink.Hollow ? ".35" : ".7";

    private const string Halo = " stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\"";

    private void Rectangle(Box box, Ink ink, Frame f, bool laidOut)
    {
        var (x, right, low, high) = (f.X(box.Left), f.X(box.Right), f.Y(box.Low), f.Y(box.High));
        if (double.IsNaN(x + right + low + high)) return;
        var (y, width, height) = (Math.Min(low, high), Math.Abs(right - x), Math.Abs(high - low));
        x = Math.Min(x, right);
        if (box.Fill.Length > 0)
        {
            var border = box.Fill == ink.Colour ? $" stroke=\"{ink.Colour}\" fill-opacity=\"{Bold(ink)}\"" : "";
            _out.Append(CultureInfo.InvariantCulture, $"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" fill=\"{box.Fill}\"{border}{(laidOut ? " rx=\"3\"" : "")}");
            _out.Append(box.Tip.Length > 0 ? $"><title>{Words.Escape(box.Tip)}</title></rect>" : "/>");
        }

        if (box.Text.Length == 0 || height < 13 || (!laidOut && Words.Width(box.Text, 13) > width - 2)) return;
        var colour = box.Fill switch { "" => "", "none" => Soft, _ when ColourScale.TextOver(box.Fill) is var over && over != Ink.Text.Colour => over, _ => "" };
        var mono = box.Mono ? $" font-size=\"{N(Size)}\" font-family=\"monospace\" textLength=\"{N(Math.Min(Words.Columns(box.Text) * Words.Cell, width - 4))}\"" : "";
        Text(x + (width / 2), y + (height / 2) + 5, box.Text, colour, more: mono);
    }

    private void Curve(Curve curve, Frame f)
    {
        if (curve.Joined)
        {
            var runs = Thinning.Runs(f, curve.X, curve.Y).Select(r => Places(f, r, curve.X, curve.Y)).ToArray();
            var colour = $"stroke=\"{curve.Ink.Colour}\" stroke-linecap=\"round\"";
            _out.Append(CultureInfo.InvariantCulture, $"<path d=\"{string.Concat(runs.Where(r => r.Length > 1).Select(Path))}\" {colour} stroke-width=\"{N(curve.Thickness)}\"{Dashes(curve.Ink.Dash)}>");
            _out.Append(curve.Name.Length > 0 ? $"<title>{Words.Escape(Series.Describe(curve.Name, curve.Y))}</title></path>" : "</path>");
            if (!curve.Dots && runs.Any(r => r.Length == 1)) _out.Append(CultureInfo.InvariantCulture, $"<path d=\"{string.Concat(runs.Where(r => r.Length == 1).Select(Path))}\" {colour} stroke-width=\"6\"/>");
        }

        if (!curve.Dots && curve.Labels.Count == 0) return;
        var points = curve.X.Zip(curve.Y, (x, y) => (X: f.X(x), Y: f.Y(y), At: (x, y))).ToArray();
        if (curve.Dots) Dots(curve, points.Length <= 200 ? points : [.. points.DistinctBy(p => ((int)(p.X / 5), (int)(p.Y / 5)))]);
        foreach (var (point, label) in points.Zip(curve.Labels).Where(p => !double.IsNaN(p.First.X + p.First.Y))) Label(point.X, point.Y, label, f);
    }

    private void Dots(Curve curve, (double X, double Y, (double X, double Y) At)[] points)
    {
        var seen = points.Where(p => !double.IsNaN(p.X + p.Y)).ToArray();
        if (seen.Length <= 200)
            foreach (var p in seen) Dot(p.X, p.Y, curve.Ink, $"{curve.Name} ({Numbers.Short(p.At.X)}, {Numbers.Short(p.At.Y)})");
        else
            _out.Append(CultureInfo.InvariantCulture, $"<path d=\"{string.Concat(seen.Select(p => $"M{N(p.X)} {N(p.Y)}h0"))}\" stroke=\"{curve.Ink.Colour}\" stroke-opacity=\".6\" stroke-width=\"4\" stroke-linecap=\"round\"/>");
    }

    private void Dot(double x, double y, Ink ink, string tip) =>
        _out.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{(ink.Hollow ? "4.3" : "4.8")}\" fill=\"{(ink.Hollow ? "#fff" : ink.Colour)}\" stroke=\"{ink.Colour}\" stroke-width=\"{(ink.Hollow ? "2.2" : ".5")}\">{(tip.Length > 0 ? $"<title>{Words.Escape(tip)}</title>" : "")}</circle>");

    /// <summary>Around the point, where it is inside and meets the fewest other things; in a crowd further away, with a line to the point.</summary>
    private void Label(double x, double y, string label, Frame f)
    {
        const int near = 8;
        var width = Words.Width(label, Size);
        (double X, double Y)[] places =
        [
            (x + 10, y + 5), (x - (width / 2), y - 10), (x - width - 10, y + 5), (x - (width / 2), y + 21), (x + 8, y - 7), (x - width - 8, y - 7), (x + 8, y + 18), (x - width - 8, y + 18),
            (x + 26, y - 24), (x - width - 26, y - 24), (x + 26, y + 36), (x - width - 26, y + 36), (x - (width / 2), y - 34), (x - (width / 2), y + 46),
        ];
        (double Left, double Top, double Right, double Bottom) Area((double X, double Y) p) => (p.X, p.Y - 12, p.X + width, p.Y + 3);
        var place = places.MinBy(p => Area(p) is var b && b.Left >= f.Left - 4 && b.Right <= f.Left + f.Width + 4 && b.Top >= f.Top - 6 && b.Bottom <= f.Top + f.Height + 6
            ? _taken.Count(t => t.Left < b.Right && b.Left < t.Right && t.Top < b.Bottom && b.Top < t.Bottom) : int.MaxValue);
        var area = Area(place);
        _taken.Add(area);
        if (Array.IndexOf(places, place) >= near) Stroke(x, y, Math.Clamp(x, area.Left, area.Right), Math.Clamp(y, area.Top, area.Bottom), Soft);
        Text(place.X, place.Y, label, Ink.Text.Colour, more: Halo);
    }

    private static (double X, double Y)[] Places(Frame f, int[] run, IReadOnlyList<double> x, IReadOnlyList<double> y) => [.. run.Select(i => (f.X(x[i]), f.Y(y[i])))];

    private static string Path((double X, double Y)[] run)
    {
        var path = new StringBuilder();
        var (x, y) = (Math.Round(run[0].X, 1), Math.Round(run[0].Y, 1));
        path.Append(CultureInfo.InvariantCulture, $"M{N(x)} {N(y)}{(run.Length == 1 ? "h0" : "l")}");
        foreach (var (nextX, nextY) in run.Skip(1))
        {
            var (dx, dy) = (Math.Round(nextX - x, 1), Math.Round(nextY - y, 1));
            (x, y) = (x + dx, y + dy);
            path.Append(CultureInfo.InvariantCulture, $"{N(dx)}{(dy < 0 ? "" : " ")}{N(dy)} ");
        }

        return path.ToString();
    }
}
