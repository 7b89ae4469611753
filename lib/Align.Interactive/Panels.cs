using Align.Interactive.Drawing;

namespace Align.Interactive;

/// <summary>Several charts as one: small multiples where a slider would hide all but one.</summary>
/// <param name="Title">The headline over all.</param>
/// <param name="Charts">In reading order; each one's title heads its panel.</param>
public sealed record Panels(string Title, params IReadOnlyList<Chart> Charts) : Chart(Title)
{
    /// <summary>Panels side by side: 2 unless told.</summary>
    public int Columns { get; init; } = 2;

    /// <summary>Whether all panels have the same scales, so that they compare.</summary>
    public bool SameScales { get; init; }

    internal override Picture Draw()
    {
        var pictures = Charts.Select(c => c.Draw()).ToArray();
        Panel[] panels = [.. pictures.SelectMany((p, i) => p.Panels.Select(panel => panel with { Title = panel.Title.Length > 0 ? panel.Title : Charts[i].Title, Height = Columns > 1 ? Math.Min(panel.Height, 150) : panel.Height * 0.72 }))];
        if (SameScales && panels.Length > 0)
        {
            (double, double) Union(Func<Panel, Scale> of) => (panels.Min(p => of(p).From), panels.Max(p => of(p).To));
            var (across, up) = (Union(p => p.Across), Union(p => p.Up));
            panels = [.. panels.Select(p => p with { X = p.X with { Range = across }, Y = p.Y with { Range = up } })];
        }

        return new Picture(Title, panels) { Columns = Math.Clamp(Columns, 1, 3), Colours = pictures.Select(p => p.Colours).FirstOrDefault(c => c is not null) };
    }

    internal override string Describe() => string.Join(" ", Charts.Select(c => c.Alt));
}
