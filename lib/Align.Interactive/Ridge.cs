using Align.Interactive.Drawing;

namespace Align.Interactive;

/// <summary>One row of a <see cref="Ridge"/>: a label, such as the steps it covers, and the samples drawn over it.</summary>
/// <param name="Label">Its name at the left.</param>
/// <param name="Samples">What is drawn over the row, under the same names in every row.</param>
public sealed record RidgeRow(string Label, params IReadOnlyList<Sample> Samples);

/// <summary>Distributions row by row, as smooth curves: how chosen and rejected rewards part over the steps, at one glance.</summary>
/// <remarks>A row's height is its own highest density, so that a narrow first row does not flatten the others; within a row, heights compare.</remarks>
/// <param name="Title">The headline.</param>
/// <param name="Rows">From top to bottom.</param>
public sealed record Ridge(string Title, params IReadOnlyList<RidgeRow> Rows) : Chart(Title)
{
    private const int Places = 72;

    internal override Picture Draw()
    {
        var names = Rows.SelectMany(r => r.Samples).Select(s => s.Name).Distinct().ToArray();
        var inks = names.Zip(Ink.For(names)).ToDictionary(p => p.First, p => p.Second);
        var all = Scale.Over(Rows.SelectMany(r => r.Samples).SelectMany(s => s.Values), new Axis { Room = 0.06 });
        var marks = new List<Mark>();
        for (var row = 0; row < Rows.Count; row++)
        {
            var curves = Rows[row].Samples.Where(s => s.Finite.Length > 0).Select(s => (s.Name, Density: Density(s.Finite, all))).ToArray();
            marks.Add(new Curve(new Ink("#c3c8d0"), "", [all.From, all.To], [row, row]) { Thickness = 1 });
            var top = curves.SelectMany(c => c.Density).DefaultIfEmpty(1).Max();
            foreach (var (name, density) in curves)
            {
                var x = Enumerable.Range(0, Places + 1).Select(i => all.From + ((all.To - all.From) * i / Places)).ToArray();
                var low = Enumerable.Repeat((double)row, x.Length).ToArray();
                double[] high = [.. density.Select(d => d < top / 200 ? double.NaN : row - (1.25 * d / top))];
                marks.Add(new Ribbon(inks[name], "", x, low, high) { Opacity = 0.3 });
                marks.Add(new Curve(inks[name], names.Length > 1 ? name : "", x, high) { Thickness = 1.7 });
            }
        }

        var rows = new Axis(YTitle) { Names = [.. Rows.Select(r => r.Label)], Range = (Math.Max(0, Rows.Count - 1) + 0.2, -1.35) };
        return new Picture(Title, [new Panel(new Axis(XTitle) { Range = (all.From, all.To) }, rows, [.. Rules().Where(_ => names.Length > 0), .. marks]) { Height = Math.Max(90, 40 * (Rows.Count + 0.5)) }]);
    }

    internal override string Describe() => Rows.Count == 0 ? "no rows" : $"{Rows.Count} rows; "
        + string.Join("; ", new[] { Rows[0], Rows[^1] }.Distinct().Select(r => $"{r.Label}: {string.Join(", ", r.Samples.Select(s => s.Describe()))}"));

    /// <summary>A Gaussian kernel estimate with Silverman's bandwidth, never narrower than the picture shows.</summary>
    private static double[] Density(double[] values, Scale range)
    {
        // Beyond some hundreds of values the estimate no longer changes to the eye.
        if (values.Length > 600) values = [.. values.Where((_, i) => i % (values.Length / 300) == 0)];
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        var span = range.To - range.From;
        var width = Math.Max(1.06 * deviation * Math.Pow(values.Length, -0.2), span / 80);
        return [.. Enumerable.Range(0, Places + 1).Select(i => values.Average(v => Math.Exp(-0.5 * Math.Pow((range.From + (span * i / Places) - v) / width, 2)) / (width / span)))];
    }
}
