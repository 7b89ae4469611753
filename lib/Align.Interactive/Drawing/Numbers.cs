using System.Globalization;

namespace Align.Interactive.Drawing;

/// <summary>Numbers as a reader wants them: few digits, a real minus sign.</summary>
internal static class Numbers
{
    /// <summary>Up to <paramref name="digits"/> significant digits; 5e-6 and 2.5e9 where plain digits would be long.</summary>
    public static string Short(double value, int digits = 4)
    {
        if (double.IsNaN(value)) return "not a number";
        if (double.IsInfinity(value)) return value > 0 ? "∞" : "−∞";
        if (value == 0) return "0";
        var magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return magnitude is < -4 or > 5
            ? Minus(value.ToString("0." + new string('#', digits - 1) + "e0", CultureInfo.InvariantCulture))
            : Fixed(value, Math.Clamp(digits - 1 - magnitude, 0, 9), trim: true);
    }

    /// <summary>That many decimals.</summary>
    public static string Fixed(double value, int decimals, bool trim = false) =>
        Minus(value.ToString("0" + (decimals > 0 ? "." + new string(trim ? '#' : '0', decimals) : ""), CultureInfo.InvariantCulture));

    /// <summary>One way of writing for all ticks of an axis, whose last place is 10 to the <paramref name="power"/>.</summary>
    public static Func<double, string> Together(IReadOnlyCollection<double> ticks, int power)
    {
        var largest = ticks.Count == 0 ? 0 : ticks.Max(Math.Abs);
        var top = largest == 0 ? 0 : (int)Math.Floor(Math.Log10(largest));
        if (top is >= -3 and < 4) return v => Fixed(v, Math.Max(0, -power));
        var (unit, suffix) = top is >= 4 and < 6 ? (3, "k") : top is >= 6 and < 9 ? (6, "M") : (top, Minus($"e{top}"));
        var decimals = Math.Clamp(unit - power, 0, 12);
        return v => v == 0 ? "0" : Fixed(v / Math.Pow(10, unit), decimals) + suffix;
    }

    private static string Minus(string text) => text is "-0" ? "0" : text.Replace('-', '−');
}
