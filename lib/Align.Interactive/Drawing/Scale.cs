namespace Align.Interactive.Drawing;

/// <summary>How an axis is labelled.</summary>
/// <param name="Title">The quantity and its unit.</param>
/// <param name="Log">Equal steps are equal factors; what is not positive has no place.</param>
internal sealed record Axis(string Title = "", bool Log = false)
{
    /// <summary>Names at 0, 1, 2 … instead of numbers.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Exactly this range, the second end at the top or right; otherwise what the marks need.</summary>
    public (double From, double To)? Range { get; init; }

    /// <summary>No line, ticks or margin: the data are laid out already.</summary>
    public bool Hidden { get; init; }

    /// <summary>Blank space beyond the highest value, as a share of the range.</summary>
    public double Room { get; init; } = 0.04;
}

/// <summary>A range of numbers and its ticks. A logarithmic scale holds the logarithms.</summary>
internal readonly record struct Scale(double From, double To, bool Log, bool Whole = false)
{
    /// <summary>Beyond this magnitude differences overflow; such numbers count as infinite.</summary>
    private const double Huge = 1e300;

    private const double Tiny = 1e-290;

    private static readonly int[] Round = [1, 2, 5];

    public static bool Drawable(double value, bool log) => Math.Abs(value) < Huge && (!log || value > Tiny);

    public static Scale Over(IEnumerable<double> values, Axis axis)
    {
        if (axis.Range is { } range) return new Scale(range.From, range.To, axis.Log);
        var (min, max, whole) = (double.PositiveInfinity, double.NegativeInfinity, true);
        foreach (var value in values)
        {
            if (!Drawable(value, axis.Log)) continue;
            whole = whole && Math.Floor(value) == value;
            var v = axis.Log ? Math.Log10(value) : value;
            (min, max) = (Math.Min(min, v), Math.Max(max, v));
        }

        if (min > max) return new Scale(0, 1, axis.Log);
        var span = max - min;
        if (span < Tiny || span < 1e-12 * Math.Max(Math.Abs(min), Math.Abs(max)))
        {
            var around = axis.Log ? 0.5 : Math.Abs(max) < Tiny || (whole && Math.Abs(max) < 1e9) ? 1 : Math.Abs(max) / 2;
            return new Scale(min - around, max + around, axis.Log, whole);
        }

        // Zero is a natural end: no blank beyond it.
        return new Scale(min == 0 && !axis.Log ? 0 : min - (Math.Min(0.04, axis.Room) * span), max == 0 && !axis.Log ? 0 : max + (axis.Room * span), axis.Log, whole);
    }

    /// <summary>The place of a value: 0 at one end, 1 at the other, NaN where it has none.</summary>
    public double At(double value) => Drawable(value, Log) ? ((Log ? Math.Log10(value) : value) - From) / (To - From) : double.NaN;

    /// <summary>About that many round values in the range, with their labels.</summary>
    public IReadOnlyList<(double Value, string Label)> Ticks(int about) => Log ? Powers(about) : Steps(From, To, about, Whole);

    private static IReadOnlyList<(double Value, string Label)> Steps(double from, double to, int about, bool whole = false)
    {
        var (low, high) = (Math.Min(from, to), Math.Max(from, to));
        var raw = Math.Max((high - low) / Math.Max(about, 1), whole ? 1 : 0);
        var power = Math.Floor(Math.Log10(raw));
        var unit = raw / Math.Pow(10, power);
        var (factor, up) = unit < 1.5 ? (1, 0) : unit < 3.5 ? (2, 0) : unit < 7.5 ? (5, 0) : (1, 1);
        power += up;
        var step = factor * Math.Pow(10, power);
        var first = Math.Ceiling((low / step) - 1e-9);
        var ticks = new List<double>();
        for (var i = 0; i < 4 * Math.Max(about, 1) && (first + i) * step <= high + (1e-9 * step); i++) ticks.Add((first + i) * step);
        var label = Numbers.Together(ticks, (int)power);
        return [.. ticks.Select(t => (t, label(t)))];
    }

    private IReadOnlyList<(double Value, string Label)> Powers(int about)
    {
        var (low, high) = ((int)Math.Ceiling(From - 1e-9), (int)Math.Floor(To + 1e-9));
        if (high - low < 1) return Within(about);
        var stride = Math.Max(1, (int)Math.Ceiling((high - low - 1) / (double)Math.Max(about, 1)));
        return [.. Enumerable.Range(low, high - low + 1).Where(e => e % stride == 0).Select(e => Math.Pow(10, e)).Where(v => v < Huge).Select(v => (v, Numbers.Short(v)))];
    }

    /// <summary>Less than a decade: 1, 2 and 5, or even steps where even these are too coarse.</summary>
    private IReadOnlyList<(double Value, string Label)> Within(int about)
    {
        var (from, to) = (From, To);
        var decade = (int)Math.Floor(From);
        var round = Enumerable.Range(decade, 3).SelectMany(e => Round.Select(m => m * Math.Pow(10, e)))
            .Where(v => Math.Log10(v) >= from && Math.Log10(v) <= to).Select(v => (v, Numbers.Short(v))).ToArray();
        return round.Length >= 2 ? round : Steps(Math.Pow(10, from), Math.Pow(10, to), about);
    }
}
