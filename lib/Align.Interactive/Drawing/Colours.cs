using System.Globalization;

namespace Align.Interactive.Drawing;

/// <summary>A number as a colour: light to dark from the lowest to the highest, or two hues around zero where both signs occur.</summary>
internal sealed record ColourScale(double Min, double Max, string Title)
{
    /// <summary>What stands beside the colours in the legend.</summary>
    public string Caption => $"{Title}{(Title.Length > 0 ? ": " : "")}{(OfEachPanel ? "each panel’s lowest to its highest" : $"{Numbers.Short(Min, 3)}{(Max > Min ? $" to {Numbers.Short(Max, 3)}" : "")}")}{Blank}";

    /// <summary>Whether several panels have the same colours over ranges of their own.</summary>
    public bool OfEachPanel { get; init; }

    /// <summary>Whether the colours are mixed with white, to lie under other marks.</summary>
    public bool Pale { get; init; }

    /// <summary>What a place without a colour means.</summary>
    public string Blank { get; init; } = "";

    private static readonly (int R, int G, int B)[] Rising = [(0xf1, 0xf5, 0xfb), (0x9c, 0xc0, 0xe8), (0x2f, 0x72, 0xb8), (0x0f, 0x2f, 0x5e)];
    private static readonly (int R, int G, int B)[] Signed = [(0xc9, 0x62, 0x0a), (0xf6, 0xbd, 0x7c), (0xf8, 0xf8, 0xf8), (0x8f, 0xb7, 0xe3), (0x16, 0x4a, 0x8f)];

    public const string Absent = "#e5e7eb";

    public static ColourScale Over(IEnumerable<double> values, string title)
    {
        var (min, max) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var v in values)
        {
            if (!Scale.Drawable(v, log: false)) continue;
            (min, max) = (Math.Min(min, v), Math.Max(max, v));
        }

        if (min > max) return new ColourScale(0, 1, title);
        if (min >= 0 || max <= 0) return new ColourScale(min, max, title);
        var reach = Math.Max(-min, max);
        return new ColourScale(-reach, reach, title);
    }

    public string Of(double value)
    {
        if (!Scale.Drawable(value, log: false)) return Absent;
        var stops = Min < 0 && Max > 0 ? Signed : Rising;
        var span = Max - Min;
        var place = (span > 0 ? Math.Clamp((value - Min) / span, 0, 1) : 0.5) * (stops.Length - 1);
        var i = Math.Min((int)place, stops.Length - 2);
        var (a, b, t) = (stops[i], stops[i + 1], place - i);
        int Mix(int from, int to) => (int)Math.Round(from + ((to - from) * t)) is var full && Pale ? (full + 255 + 255) / 3 : full;
        return $"#{Mix(a.R, b.R):x2}{Mix(a.G, b.G):x2}{Mix(a.B, b.B):x2}";
    }

    /// <summary>Black or white, whichever is read better over the colour.</summary>
    public static string TextOver(string colour)
    {
        var rgb = int.Parse(colour.AsSpan(1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var luma = (0.299 * (rgb >> 16)) + (0.587 * ((rgb >> 8) & 255)) + (0.114 * (rgb & 255));
        return luma < 150 ? "#ffffff" : Ink.Text.Colour;
    }
}
