using Align.Interactive.Drawing;

namespace Align.Interactive;

/// <summary>Points in a plane, labelled where a series has labels, joined in order where <see cref="Paths"/> says so.</summary>
/// <param name="Title">The headline.</param>
/// <param name="Series">What is drawn.</param>
public sealed record Scatter(string Title, params IReadOnlyList<Series> Series) : Chart(Title)
{
    /// <summary>Whether the points of a series are joined in their order, as steps of a run are.</summary>
    public bool Paths { get; init; }

    /// <summary>Whether equal factors are equally far apart on the horizontal axis.</summary>
    public bool LogX { get; init; }

    internal override Picture Draw()
    {
        var inks = Ink.For([.. Series.Select(s => s.Name)]);
        var marks = Rules().Concat(Series.Zip(inks, (series, ink) => (Mark)new Curve(ink, Series.Count > 1 ? series.Name : "", series.Checked().X, series.Y)
        {
            Joined = Paths,
            Dots = true,
            Thickness = 1.6,
            Labels = series.Labels,
        }));
        return new Picture(Title, [new Panel(new Axis(XTitle, LogX), new Axis(YTitle) { Room = Series.Any(s => s.Labels.Count > 0) ? 0.12 : 0.04 }, [.. marks])]);
    }

    internal override string Describe() => string.Join("; ", Series.Select(s => s.Y.Count > 8
        ? $"{s.Describe()} over {Numbers.Short(s.X.Min())} to {Numbers.Short(s.X.Max())}"
        : $"{s.Name}: {string.Join(", ", s.X.Zip(s.Y, (x, y) => $"({Numbers.Short(x)}, {Numbers.Short(y)})").Zip(s.Labels.Concat(Enumerable.Repeat("", s.Y.Count)), (p, l) => l.Length > 0 ? $"{l} {p}" : p))}"));
}
