using Align.Interactive.Drawing;

namespace Align.Interactive;

/// <summary>Several charts as one: small multiples where a slider would hide all but one.</summary>
/// <param name="Title">The headline over all.</param>
/// <param name="Charts">In reading order; each one's title heads its panel.</param>
public sealed record Panels(string Title, params IReadOnlyList<Chart> Charts) : Chart(Title)
{
    /// <summary>Panels side by side: 2 unless told.</summary>
    public int Columns { get; init; } = 2;

    /// <summary>Whether all panels have the same scales, so that they compare; names and laid-out text keep their own.</summary>
    public bool SameScales { get; init; }

    internal override Picture Draw()
    {
        var pictures = Charts.Select(c => c.Draw()).ToArray();
        Panel[] panels = [.. pictures.SelectMany((p, i) => p.Panels.Select(panel => panel with { Title = panel.Title.Length > 0 ? panel.Title : Charts[i].Title, Height = HeightOf(panel) }))];
        if (SameScales && panels.Length > 0)
        {
            var (across, up) = (Union(panels, p => p.X, p => p.Across), Union(panels, p => p.Y, p => p.Up));
            panels = [.. panels.Select(p => p with { X = p.X with { Range = across ?? p.X.Range }, Y = p.Y with { Range = up ?? p.Y.Range } })];
        }

        return new Picture(Title, panels) { Columns = panels.Any(p => p.X.Hidden) ? 1 : Math.Clamp(Columns, 1, 3), Colours = Together([.. pictures.Select(p => p.Colours).OfType<ColourScale>()]) };
    }

    internal override string Describe() => string.Join(" ", Charts.Select(c => c.Alt));

    /// <summary>Small multiples are lower than a chart of its own, but for text that is laid out and for rows of names, whose labels would meet.</summary>
    private double HeightOf(Panel panel) => panel switch
    {
        { X.Hidden: true } => panel.Height,
        { Square: true } => (Svg.Width / Math.Clamp(Columns, 1, 3)) - 80,
        _ when Columns > 1 => Math.Min(panel.Height, 150),
        { Y.Names: null } => panel.Height * 0.72,
        _ => panel.Height,
    };

    private static ColourScale? Together(ColourScale[] all) =>
        all.Length == 0 ? null : all.All(c => (c.Min, c.Max) == (all[0].Min, all[0].Max)) ? all[0] : all[0] with { OfEachPanel = true };

    /// <summary>The range over all panels, if they all measure in the same way.</summary>
    private static (double, double)? Union(Panel[] panels, Func<Panel, Axis> axis, Func<Panel, Scale> scale) =>
        panels.All(p => axis(p) is { Names: null, Hidden: false } a && a.Log == axis(panels[0]).Log) ? (panels.Min(p => scale(p).From), panels.Max(p => scale(p).To)) : null;
}
