using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Align.Interactive;
using Align.Interactive.Drawing;
using Align.Training;

namespace Align.Tests.Interactive;

public sealed class ChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void A_tick_stands_where_the_line_has_its_value()
    {
        var (root, plot) = Parse(new Lines("t", new Series("a", [0, 5, 10], [0, 50, 100])));
        var points = Points(plot.Elements(Svg + "path").Last());
        var (left, top) = ((double)plot.Attribute("x")!, (double)plot.Attribute("y")!);
        var ticks = root.Elements(Svg + "text").Where(t => (string?)t.Attribute("text-anchor") is "middle" or "end").ToLookup(t => t.Value);
        // The middle of the line is at (5, 50); the labels of an axis are unique unless both axes have them.
        Assert.Equal((double)ticks["5"].Single().Attribute("x")!, left + points[1].X, 0.11);
        Assert.Equal((double)ticks["60"].Single().Attribute("y")! - 5, top + points[1].Y + ((points[2].Y - points[1].Y) / 5), 0.3);
    }

    [Fact]
    public void NaN_breaks_a_line_and_a_lonely_point_is_a_dot()
    {
        var (_, plot) = Parse(new Lines("t", new Series("a", [1, 2, double.NaN, 3, double.PositiveInfinity, 4, 5])));
        var paths = plot.Elements(Svg + "path").ToArray();
        Assert.Equal(2, paths[0].Attribute("d")!.Value.Count(c => c == 'M'));
        Assert.EndsWith("h0", paths[1].Attribute("d")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_spike_among_a_hundred_thousand_points_survives_the_thinning()
    {
        var y = Enumerable.Range(0, 100_000).Select(i => Math.Sin(i * 0.7)).ToArray();
        y[73_211] = 9;
        var svg = new Lines("t", new Series("a", y)).ToSvg();
        Assert.True(svg.Length < 40_000, $"{svg.Length} bytes");
        var points = Points(Parse(svg).Plot.Elements(Svg + "path").Last());
        // 4 % of blank above the highest value of a plot 224 high, 6 of overhang: (10 · 0.04) / (10 · 1.08) · 224 + 6.
        Assert.Equal(14.3, points.Min(p => p.Y), 0.2);
    }

    [Fact]
    public void A_histogram_counts_every_finite_value_once()
    {
        double[] values = [0, 0, 1, 2, 2, 2, 3, double.NaN, double.NegativeInfinity];
        var picture = new Histogram("t", new Sample("a", values)) { BinWidth = 1 }.Draw();
        var ribbon = Assert.Single(picture.Panels[0].Marks.OfType<Ribbon>());
        // Bins [0, 1) [1, 2) [2, 3) [3, 4]; each is two corners, between two ends on the floor.
        Assert.Equal([0, 2, 2, 1, 1, 3, 3, 1, 1, 0], ribbon.High);
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3, 4, 4], ribbon.X);
    }

    [Fact]
    public void Chosen_and_rejected_keep_their_look_in_any_order_and_differ_in_lightness_and_dash()
    {
        var inks = Ink.For(["loss", "logps/rejected", "logps/chosen"]);
        Assert.Equal(Ink.For(["rewards/chosen", "rewards/rejected"]).Reverse(), inks.Skip(1));
        Assert.Equal(3, inks.Distinct().Count());
        Assert.True(Math.Abs(Lightness(inks[1]) - Lightness(inks[2])) > 70);
        Assert.NotEqual(inks[1].Dash, inks[2].Dash);
    }

    [Fact]
    public void Six_series_have_six_inks_and_no_two_share_a_dash() =>
        Assert.Equal(6, Ink.For(["a", "b", "c", "d", "e", "f"]).Select(i => i.Dash).Distinct().Count());

    [Fact]
    public void The_alt_text_has_the_title_and_the_key_numbers()
    {
        var alt = new Lines("Both fall", new Series("logps/chosen", [-42, -43.25, -44])).Alt;
        Assert.Equal("Both fall. logps/chosen: 3 points, from −42 to −44, lowest −44, highest −42.", alt);
        Assert.Contains("75.2 % (70.0 % to 80.0 %)", new Bars("Wins", new Bar("DPO", 0.752, 0.7, 0.8)) { Percent = true }.Alt, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_chart_says_so() =>
        Assert.Contains("Nothing to draw", new Lines("t", new Series("a", [double.NaN])).ToSvg(), StringComparison.Ordinal);

    [Fact]
    public void Usual_charts_stay_below_40_kB()
    {
        double[] Wave(int n, int seed) => [.. Enumerable.Range(0, n).Select(i => Math.Sin((i * 0.37) + seed) + (0.1 * Math.Sin(i * 7.7)))];
        Series[] many = [.. Enumerable.Range(0, 3).Select(i => new Series($"run {i}", Wave(300, i)) { Low = Wave(300, i + 9), High = Wave(300, i + 5) })];
        var tokens = Enumerable.Repeat(" token", 120).ToArray();
        Chart[] charts =
        [
            new Lines("t", many), new Scatter("t", many), new Histogram("t", new Sample("a", Wave(5000, 1)), new Sample("b", Wave(5000, 2))),
            new Ridge("t", [.. Enumerable.Range(0, 8).Select(i => new RidgeRow($"{i}", new Sample("chosen", Wave(300, i)), new Sample("rejected", Wave(300, -i))))]),
            new HeatMap("t", [.. Enumerable.Repeat("r", 16)], [.. Enumerable.Repeat("c", 16)], new double[16, 16]), new TokenStrip("t", new TokenRow("a", tokens, Wave(120, 3))),
        ];
        foreach (var chart in charts) Assert.True(chart.ToSvg().Length < 40_000, $"{chart.GetType().Name}: {chart.ToSvg().Length} bytes");
    }

    [Fact]
    public void Arrays_that_do_not_belong_together_are_refused_by_name()
    {
        Assert.Contains("'a' has 2 places but 1 values in Y", Assert.Throws<ChartException>(new Lines("t", new Series("a", [1, 2], [1])).ToSvg).Message, StringComparison.Ordinal);
        Assert.Contains("one bound", Assert.Throws<ChartException>(new Lines("t", new Series("a", [1]) { Low = [0] }).ToSvg).Message, StringComparison.Ordinal);
        Assert.Contains("'t' has 1 × 1 names", Assert.Throws<ChartException>(new HeatMap("t", ["a"], ["b"], new double[2, 1]).ToSvg).Message, StringComparison.Ordinal);
        Assert.Contains("'x' has 2 tokens, 1 values", Assert.Throws<ChartException>(new TokenStrip("t", new TokenRow("x", ["a", "b"], [1])).ToSvg).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_history_is_plotted_with_chosen_and_rejected_in_one_panel_and_an_unknown_name_is_refused()
    {
        var history = new History();
        for (var i = 1; i <= 3; i++)
            history.Add(new Step(i, new Dictionary<string, double> { ["loss"] = 1.0 / i, ["logps/chosen"] = -i, ["logps/rejected"] = -2 * i }, new Dictionary<string, double[]> { ["rewards/chosen"] = [i, i + 1] }));
        var panels = Assert.IsType<Panels>(history.Plot("loss", "logps/chosen", "logps/rejected"));
        Assert.Equal(["loss", "logps"], panels.Charts.Select(c => c.Title));
        Assert.Equal(2, ((Lines)panels.Charts[1]).Series.Count);
        Assert.Equal([2, 3], history.Distributions("rewards/chosen").Rows[1].Samples[0].Values);
        Assert.Contains("logged 'lss'. It has: loss, logps/chosen", Assert.Throws<ChartException>(() => history.Plot("lss")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_become_their_mean_with_a_band_from_the_lowest_to_the_highest()
    {
        var series = Series.OfRuns("a", [1, 2, 3], [3, 6]);
        Assert.Equal([2, 4], series.Y);
        Assert.Equal([1, 2], series.Low);
        Assert.Equal([3, 6], series.High);
    }

    [Fact]
    public void Bars_reach_from_zero_to_their_value_with_the_interval_over_them()
    {
        var marks = new Bars("t", new Bar("DPO", 0.75, 0.7, 0.8), new Bar("KTO", -0.1)) { Percent = true }.Draw().Panels[0].Marks;
        Assert.Equal([(0.0, 75.0), (0.0, -10.0)], marks.OfType<Boxes>().Single().All.Select(b => (b.Left, b.Right)));
        Assert.Equal([70, 80], marks.OfType<Curve>().First().X.Distinct());
        Assert.Equal(["75.0 %", "−10.0 %"], marks.OfType<Curve>().Last().Labels);
    }

    [Fact]
    public void A_ridge_peaks_at_its_mean_one_and_a_quarter_rows_above_its_row()
    {
        double[] values = [.. Enumerable.Range(-50, 101).Select(i => i / 25.0)];
        var curve = new Ridge("t", new RidgeRow("1", new Sample("a", [5, 5])), new RidgeRow("2", new Sample("a", values))).Draw().Panels[0].Marks.OfType<Curve>().Last();
        var top = Enumerable.Range(0, curve.X.Count).MinBy(i => double.IsNaN(curve.Y[i]) ? 9 : curve.Y[i]);
        Assert.Equal(1 - 1.25, curve.Y[top], 1e-9);
        Assert.Equal(0, curve.X[top], 0.1);
    }

    [Fact]
    public void Small_multiples_on_one_scale_have_the_same_ticks()
    {
        Lines[] charts = [new("a", new Series("y", [0, 1])), new("b", new Series("y", [5, 90, 10]))];
        var panels = new Panels("t", charts) { SameScales = true }.Draw().Panels;
        Assert.Equal(panels[0].Up, panels[1].Up);
        Assert.Equal(90, panels[1].Up.Ticks(5)[^1].Value, 10.0);
        Assert.NotEqual(panels[0].Up, new Panels("t", charts).Draw().Panels[0].Up);
    }

    [Fact]
    public void Masked_tokens_have_no_colour_and_spaces_are_seen()
    {
        var (_, plot) = Parse(new TokenStrip("t", new TokenRow("a", ["Hi", " you\n"], [double.NaN, 2]) { Mask = [false, true] }));
        var rects = plot.Descendants(Svg + "rect").ToArray();
        Assert.Equal("none", (string?)rects[0].Attribute("fill"));
        Assert.StartsWith("#", (string?)rects[1].Attribute("fill"), StringComparison.Ordinal);
        Assert.Equal(["Hi", "·you↵", "2"], plot.Descendants(Svg + "text").Select(t => t.Value));
    }

    [Fact]
    public void Labels_of_a_crowd_of_points_do_not_overlap()
    {
        var (_, plot) = Parse(new Scatter("t", new Series("", [0, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 5], [7.1, 7.5, 7.5, 7.5, 7.5, 7.5, 7.5, 7.7]) { Labels = ["SFT", "DPO", "IPO", "robust DPO", "SimPO", "ORPO", "hinge", "KTO"] }));
        var areas = plot.Elements(Svg + "text").Select(t => (X: (double)t.Attribute("x")!, Y: (double)t.Attribute("y")!, Width: Words.Width(t.Value, 14.5))).ToArray();
        Assert.Equal(8, areas.Length);
        Assert.All(from a in areas from b in areas where a != b select (a, b), p => Assert.True(p.a.X + p.a.Width <= p.b.X || p.b.X + p.b.Width <= p.a.X || Math.Abs(p.a.Y - p.b.Y) >= 14));
    }

    internal static (XElement Root, XElement Plot) Parse(Chart chart) => Parse(chart.ToSvg());

    private static (XElement Root, XElement Plot) Parse(string svg)
    {
        var root = XDocument.Parse(svg).Root!;
        return (root, root.Element(Svg + "svg")!);
    }

    private static (double X, double Y)[] Points(XElement path)
    {
        var numbers = Regex.Matches(path.Attribute("d")!.Value, @"-?\d+(\.\d+)?").Select(m => double.Parse(m.Value, CultureInfo.InvariantCulture)).ToArray();
        var (x, y) = (0.0, 0.0);
        return [.. numbers.Chunk(2).Select(d => (x += d[0], y += d[1]))];
    }

    private static double Lightness(Ink ink)
    {
        var rgb = int.Parse(ink.Colour[1..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (0.299 * (rgb >> 16)) + (0.587 * ((rgb >> 8) & 255)) + (0.114 * (rgb & 255));
    }
}
