using Align.Interactive.Drawing;

namespace Align.Interactive;

/// <summary>A named sample of numbers.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Values">The numbers; those that are not finite are left out and counted.</param>
public sealed record Sample(string Name, IReadOnlyList<double> Values)
{
    internal double[] Finite => [.. Values.Where(v => Scale.Drawable(v, log: false))];

    internal string Describe()
    {
        var seen = Finite;
        if (seen.Length == 0) return $"{Name}: no finite value";
        var text = $"{Name}: {seen.Length} values, mean {Numbers.Short(seen.Average())}, from {Numbers.Short(seen.Min())} to {Numbers.Short(seen.Max())}";
        return seen.Length == Values.Count ? text : $"{text}, {Values.Count - seen.Length} not finite left out";
    }
}

/// <summary>Distributions over the same bins: how many values fall into each.</summary>
/// <param name="Title">The headline.</param>
/// <param name="Samples">What is counted.</param>
public sealed record Histogram(string Title, params IReadOnlyList<Sample> Samples) : Chart(Title)
{
    /// <summary>The width of a bin; unless told, one that suits the values.</summary>
    public double? BinWidth { get; init; }

    internal override Picture Draw()
    {
        var inks = Ink.For([.. Samples.Select(s => s.Name)]);
        var edges = Edges([.. Samples.SelectMany(s => s.Finite)], Samples.Select(s => s.Finite.Length).DefaultIfEmpty(0).Max());
        var marks = new List<Mark>();
        foreach (var (sample, ink) in Samples.Zip(inks))
        {
            if (edges.Length == 0) break;
            var counts = new double[edges.Length - 1];
            foreach (var v in sample.Finite) counts[Math.Clamp((int)((v - edges[0]) / (edges[^1] - edges[0]) * counts.Length), 0, counts.Length - 1)]++;
            double[] x = [edges[0], .. Enumerable.Range(0, counts.Length).SelectMany(i => new[] { edges[i], edges[i + 1] }), edges[^1]];
            double[] y = [0, .. counts.SelectMany(c => new[] { c, c }), 0];
            marks.Add(new Ribbon(ink, "", x, new double[x.Length], y) { Opacity = 0.28 });
            marks.Add(new Curve(ink, Samples.Count > 1 ? sample.Name : "", x, y) { Thickness = 1.8 });
        }

        return new Picture(Title, [new Panel(new Axis(XTitle) { Room = 0.01 }, new Axis(YTitle.Length > 0 ? YTitle : "count"), [.. Rules().Where(_ => edges.Length > 0), .. marks])]);
    }

    internal override string Describe() => string.Join("; ", Samples.Select(s => s.Describe()));

    /// <summary>Freedman and Diaconis' width, rounded to a pleasant one; at most 60 bins.</summary>
    private double[] Edges(double[] values, int largest)
    {
        if (values.Length == 0) return [];
        Array.Sort(values);
        var (min, max) = (values[0], values[^1]);
        if (max - min <= 1e-12 * Math.Max(Math.Abs(min), Math.Abs(max)) || max - min < 1e-290)
        {
            var around = min == 0 ? 0.5 : Math.Abs(min) / 10;
            return [min - around, min - (around / 3), min + (around / 3), min + around];
        }

        var quartiles = values[values.Length * 3 / 4] - values[values.Length / 4];
        var raw = quartiles > 0 ? 2 * quartiles / Math.Cbrt(largest) : (max - min) / 20;
        raw = Math.Max(raw, (max - min) / 60);
        raw = Math.Min(raw, (max - min) / 5);
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var width = BinWidth is > 0 and var told ? told : power * (raw / power is var u && u <= 1 ? 1 : u <= 2 ? 2 : u <= 5 ? 5 : 10);
        var (first, last) = (Math.Floor(min / width), Math.Floor(max / width) + 1);
        return last - first is > 0 and <= 130 ? [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * width)] : [min, max];
    }
}
