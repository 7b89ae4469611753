using Align.Interactive.Drawing;

namespace Align.Interactive;

/// <summary>One bar, with an interval where it has one.</summary>
/// <param name="Label">What is measured, such as a method.</param>
/// <param name="Value">The length.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="Group">Bars with the same label stand together, one per group, such as before and after.</param>
public sealed record Bar(string Label, double Value, double Low = double.NaN, double High = double.NaN, string Group = "");

/// <summary>Bars from zero, one below the other, each with its number and its interval.</summary>
/// <param name="Title">The headline.</param>
/// <param name="All">From top to bottom.</param>
public sealed record Bars(string Title, params IReadOnlyList<Bar> All) : Chart(Title)
{
    /// <summary>Whether the values are shares, written as per cent.</summary>
    public bool Percent { get; init; }

    internal override Picture Draw()
    {
        string[] labels = [.. All.Select(b => b.Label).Distinct()], groups = [.. All.Select(b => b.Group).Distinct()];
        var inks = Ink.For(groups);
        var thick = 0.74 / Math.Max(1, groups.Length);
        var marks = new List<Mark>();
        foreach (var (group, g) in groups.Select((name, i) => (name, i)))
        {
            (Bar Bar, double Middle)[] placed = [.. All.Where(b => b.Group == group).Select(b => (b, Array.IndexOf(labels, b.Label) + ((g - ((groups.Length - 1) / 2.0)) * thick)))];
            marks.Add(new Boxes(inks[g], group, [.. placed.Select(p => new Box(0, p.Middle - (thick * 0.44), Unit(p.Bar.Value), p.Middle + (thick * 0.44), inks[g].Colour, Describe(p.Bar)))]));
            foreach (var (bar, middle) in placed.Where(p => Scale.Drawable(p.Bar.Low, false) && Scale.Drawable(p.Bar.High, false)))
            {
                double[] x = [bar.Low, bar.Low, bar.Low, bar.High, bar.High, bar.High], y = [-1, 1, 0, 0, -1, 1];
                marks.Add(new Curve(Ink.Text, "", [.. x.Select(Unit)], [.. y.Select(v => middle + (v * thick * 0.2))]) { Thickness = 1.6 });
            }

            var ends = placed.Select(p => Unit(new[] { 0, p.Bar.Value, p.Bar.High }.Where(v => Scale.Drawable(v, false)).Max()));
            marks.Add(new Curve(Ink.Text, "", [.. ends], [.. placed.Select(p => p.Middle)]) { Joined = false, Labels = [.. placed.Select(p => Written(p.Bar.Value))] });
        }

        var across = new Axis(XTitle.Length > 0 ? XTitle : Percent ? "%" : "") { Room = 0.16 };
        var down = new Axis(YTitle) { Names = labels, Range = (labels.Length - 0.5, References.Count > 0 ? -1 : -0.5) };
        return new Picture(Title, [new Panel(across, down, [.. marks, .. Rules().Select(r => r with { At = Unit(r.At), Upright = true }).Where(_ => All.Count > 0)]) { Height = Math.Max(60, (labels.Length + (References.Count > 0 ? 0.5 : 0)) * Math.Max(36, groups.Length * 26)) }]);
    }

    internal override string Describe() => string.Join("; ", All.Select(Describe));

    private string Describe(Bar bar) => $"{bar.Label}{(bar.Group.Length > 0 ? ", " + bar.Group : "")}: {Written(bar.Value)}"
        + (double.IsNaN(bar.Low + bar.High) ? "" : $" ({Written(bar.Low)} to {Written(bar.High)})");

    private double Unit(double value) => Percent ? 100 * value : value;

    private string Written(double value) => Percent && double.IsFinite(value) ? Numbers.Fixed(100 * value, 1) + " %" : Numbers.Short(value, 3);
}
