namespace Align.Interactive.Drawing;

/// <summary>How a series looks: the inks differ in lightness and in dash, so that they stay apart in grey.</summary>
/// <param name="Colour">Hexadecimal.</param>
/// <param name="Dash">Lengths of strokes and gaps; empty for a solid line.</param>
/// <param name="Hollow">Whether its dots are rings.</param>
internal sealed record Ink(string Colour, string Dash = "", bool Hollow = false)
{
    public static readonly Ink Grey = new("#6b7280", "5 4");

    public static readonly Ink Text = new("#1f2937");

    private static readonly Ink[] Palette =
    [
        new("#164a8f"), new("#ea8a1f", "7 4", Hollow: true), new("#0d8068", "2.5 3"),
        new("#8f2f86", "11 3 2.5 3", Hollow: true), new("#5aa2ea", "14 4"), new("#52525b", "5 3", Hollow: true),
    ];

    private static readonly string[] Known = ["chosen", "rejected", "margin"];

    /// <summary>An ink for each name. Chosen, rejected and margins have theirs in every chart.</summary>
    public static IReadOnlyList<Ink> For(IReadOnlyList<string> names)
    {
        var inks = new int?[names.Count];
        for (var ink = 0; ink < Known.Length; ink++)
        {
            var at = Array.FindIndex([.. names], n => n.Contains(Known[ink], StringComparison.OrdinalIgnoreCase));
            if (at >= 0) inks[at] ??= ink;
        }

        var next = 0;
        for (var i = 0; i < inks.Length; i++)
        {
            while (next < Palette.Length && inks.Contains(next)) next++;
            inks[i] ??= next < Palette.Length ? next : i;
        }

        return [.. inks.Select(i => Palette[i!.Value % Palette.Length])];
    }
}
