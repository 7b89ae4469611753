using Align.Interactive.Drawing;

namespace Align.Interactive;

/// <summary>One named series of points. NaN and infinities break the line.</summary>
/// <param name="Name">Its name in the legend; names with chosen, rejected or margin have the same look in every chart.</param>
/// <param name="X">Places, such as steps.</param>
/// <param name="Y">Values.</param>
public sealed record Series(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>A series over 1, 2, 3 …</summary>
    public Series(string name, IReadOnlyList<double> y)
        : this(name, [.. Enumerable.Range(1, y.Count).Select(i => (double)i)], y)
    {
    }

    /// <summary>A function, at 121 places between two ends.</summary>
    public Series(string name, Func<double, double> f, double from, double to)
        : this(name, Places(from, to), [.. Places(from, to).Select(f)])
    {
    }

    /// <summary>The lower bound of a band around the line, if it has one.</summary>
    public IReadOnlyList<double>? Low { get; init; }

    /// <summary>The upper bound of the band.</summary>
    public IReadOnlyList<double>? High { get; init; }

    /// <summary>Words beside the points of a scatter, in order.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Several runs as their mean, with a band from the lowest to the highest.</summary>
    /// <param name="name">The series' name.</param>
    /// <param name="runs">One series per run, over the same steps.</param>
    public static Series OfRuns(string name, params IReadOnlyList<IReadOnlyList<double>> runs)
    {
        var length = runs.Count == 0 ? 0 : runs.Min(r => r.Count);
        double[] Each(Func<IEnumerable<double>, double> pick) => [.. Enumerable.Range(0, length).Select(i => pick(runs.Select(r => r[i])))];
        return new Series(name, Each(v => v.Average())) { Low = Each(Enumerable.Min), High = Each(Enumerable.Max) };
    }

    internal static string Describe(string name, IReadOnlyList<double> y)
    {
        var seen = y.Where(v => Scale.Drawable(v, log: false)).ToArray();
        if (seen.Length == 0) return $"{name}: no finite value";
        var text = $"{name}: {y.Count} {(y.Count == 1 ? "point" : "points")}, from {Numbers.Short(seen[0])} to {Numbers.Short(seen[^1])}, lowest {Numbers.Short(seen.Min())}, highest {Numbers.Short(seen.Max())}";
        return seen.Length == y.Count ? text : $"{text}, {y.Count - seen.Length} not finite";
    }

    internal string Describe() => Describe(Name, Y);

    /// <summary>Throws where the arrays do not belong together.</summary>
    internal Series Checked()
    {
        foreach (var (what, length) in new[] { ("Y", Y.Count), ("Low", Low?.Count), ("High", High?.Count) })
        {
            if (length is { } n && n != X.Count) throw new ChartException($"The series '{Name}' has {X.Count} places but {n} values in {what}. Give as many values as places.");
        }

        return (Low is null) == (High is null) ? this : throw new ChartException($"The series '{Name}' has one bound of a band. Give both Low and High, or none.");
    }

    private static double[] Places(double from, double to) => [.. Enumerable.Range(0, 121).Select(i => from + ((to - from) * i / 120))];
}

/// <summary>Lines over a common axis, with bands where a series has bounds.</summary>
/// <param name="Title">The headline.</param>
/// <param name="Series">What is drawn, the last on top.</param>
public sealed record Lines(string Title, params IReadOnlyList<Series> Series) : Chart(Title)
{
    /// <summary>Whether equal factors are equally far apart on the horizontal axis.</summary>
    public bool LogX { get; init; }

    /// <summary>Whether equal factors are equally far apart on the vertical axis.</summary>
    public bool LogY { get; init; }

    internal override Picture Draw()
    {
        var inks = Ink.For([.. Series.Select(s => s.Name)]);
        var bands = Series.Zip(inks).Where(p => p.First.Checked().Low is not null)
            .Select(p => (Mark)new Ribbon(p.Second, "", p.First.X, p.First.Low!, p.First.High!));
        var curves = Series.Zip(inks, (series, ink) => (Mark)new Curve(ink, Series.Count > 1 ? series.Name : "", series.X, series.Y) { Thickness = series.X.Count > 2000 ? 1.5 : 2.2 });
        return new Picture(Title, [new Panel(new Axis(XTitle, LogX) { Room = 0.01 }, new Axis(YTitle, LogY), [.. Rules(), .. bands, .. curves])]);
    }

    internal override string Describe() => string.Join("; ", Series.Select(s => s.Describe()));
}
