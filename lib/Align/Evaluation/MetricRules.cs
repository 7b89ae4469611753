using System.Globalization;

namespace Align.Evaluation;

/// <summary>One metric of the catalogue.</summary>
internal sealed record MetricEntry(string Definition, string Formula, string Healthy, string RedFlag, MetricRule Rule);

/// <summary>What a metric's course over a run says.</summary>
internal delegate MetricVerdict MetricRule(Course course);

/// <summary>A metric over a run, looked at where it begins and where it ends.</summary>
/// <param name="Values">The values of the steps that logged it.</param>
internal sealed record Course(double[] Values)
{
    private const int Fewest = 4;

    /// <summary>The mean of the first tenth, of a short run that of up to four steps.</summary>
    public double First => Values[..Some].Average();

    /// <summary>The mean of as many steps at the end.</summary>
    public double Last => Values[^Some..].Average();

    /// <summary>From the beginning to the end, in words.</summary>
    public string Way => $"it went from {Text(First)} to {Text(Last)} over {Values.Length} steps";

    private int Some => Math.Max(Math.Clamp(Values.Length / 4, 1, 4), Values.Length / 10);

    public static Course Of(double[] values) => new([.. values.Where(v => !double.IsNaN(v))]);

    public static string Text(double value) => value.ToString(Math.Abs(value) is >= 1e-3 and < 1e5 or 0 ? "0.####" : "0.##e0", CultureInfo.InvariantCulture).Replace('-', '−');

    /// <summary>What a rule says, once there is enough to say it of.</summary>
    public MetricVerdict Judge(MetricRule rule) =>
        Values.Length == 0 ? new(MetricHealth.Untold, "this run did not log it.")
        : Array.Exists(Values, v => !double.IsFinite(v)) ? new(MetricHealth.RedFlag, "it was infinite.")
        : Values.Length < Fewest ? new(MetricHealth.Untold, $"{Way}, too few to tell.")
        : rule(this);
}

/// <summary>The few shapes that rules have.</summary>
internal static class MetricRules
{
    /// <summary>Nothing is good or bad about it by itself.</summary>
    public static MetricVerdict Told(Course c) => new(MetricHealth.Healthy, $"{c.Way}.");

    /// <summary>Down is good, up by more than a tenth is bad.</summary>
    public static MetricVerdict Falls(Course c) => c.Last < c.First ? new(MetricHealth.Healthy, $"{c.Way}: it fell.")
        : c.Last > c.First + 0.1 * Math.Max(1e-3, Math.Abs(c.First)) ? new(MetricHealth.RedFlag, $"{c.Way}: it rose where it should fall.")
        : new(MetricHealth.Watch, $"{c.Way}: it did not fall.");

    /// <summary>Up is good, down by more than a tenth is bad.</summary>
    public static MetricVerdict Rises(Course c) => c.Last > c.First ? new(MetricHealth.Healthy, $"{c.Way}: it rose.")
        : c.Last < c.First - 0.1 * Math.Max(1e-3, Math.Abs(c.First)) ? new(MetricHealth.RedFlag, $"{c.Way}: it fell where it should rise.")
        : new(MetricHealth.Watch, $"{c.Way}: it did not rise.");

    /// <summary>Its end has to be above a bound, and better above its beginning.</summary>
    public static MetricRule EndsAbove(double bound, string otherwise) => c => c.Last <= bound ? new(MetricHealth.RedFlag, $"{c.Way}: {otherwise}.") : Rises(c) with { Health = c.Last > c.First ? MetricHealth.Healthy : MetricHealth.Watch };

    /// <summary>Its end lies between two numbers; beyond two further ones it is a red flag.</summary>
    public static MetricRule Ends(double low, double high, double least, double most) => c =>
        c.Last < least || c.Last > most ? new(MetricHealth.RedFlag, $"{c.Way}: outside {Course.Text(least)} to {Course.Text(most)}.")
        : c.Last < low || c.Last > high ? new(MetricHealth.Watch, $"{c.Way}: outside {Course.Text(low)} to {Course.Text(high)}.")
        : new(MetricHealth.Healthy, $"{c.Way}: between {Course.Text(low)} and {Course.Text(high)}.");

    /// <summary>A share from 0 that should stay below a number.</summary>
    public static MetricRule Below(double high, double most) => Ends(0, high, 0, most);

    /// <summary>Not less than a share of what it began with.</summary>
    public static MetricRule Keeps(double share, double least, string otherwise) => c =>
        c.Last < least * c.First ? new(MetricHealth.RedFlag, $"{c.Way}: {otherwise}.")
        : c.Last < share * c.First ? new(MetricHealth.Watch, $"{c.Way}: it has lost much; {otherwise} if it goes on.")
        : new(MetricHealth.Healthy, $"{c.Way}: kept.");

    /// <summary>Never 0 all the time.</summary>
    public static MetricRule NotAlwaysZero(string otherwise) => c => Array.TrueForAll(c.Values, v => v == 0) ? new(MetricHealth.RedFlag, $"it was 0 at every step: {otherwise}.") : Told(c);

    /// <summary>May move, but not by more than so much.</summary>
    public static MetricRule Drifts(double much, string otherwise) => c =>
        Math.Abs(c.Last - c.First) > much ? new(MetricHealth.Watch, $"{c.Way}: {otherwise}.") : Told(c);

    /// <summary>One that answers' log-probabilities follow: falling is usual, falling far is not.</summary>
    public static MetricVerdict Likelihood(Course c) =>
        c.Last < c.First - Math.Max(20, 0.5 * Math.Abs(c.First)) ? new(MetricHealth.RedFlag, $"{c.Way}: the policy unlearns such answers; a larger β, a lower rate or a likelihood term holds them.")
        : c.Last < c.First ? new(MetricHealth.Healthy, $"{c.Way}: it fell a little, as contrasts let it.")
        : new(MetricHealth.Healthy, $"{c.Way}: it did not fall.");
}
