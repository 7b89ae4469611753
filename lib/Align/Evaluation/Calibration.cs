namespace Align.Evaluation;

/// <summary>Whether a model that says 80 % is right 80 times in a hundred: forecasts in bins of equal width.</summary>
/// <param name="Bins">From the least certain to the most; those that nothing fell into are left out.</param>
public sealed record Calibration(IReadOnlyList<CalibrationBin> Bins)
{
    /// <summary>ECE, the expected calibration error: Σ n_b/N · |said_b − was_b| (Guo et al. 2017, https://arxiv.org/abs/1706.04599, eq. 3).</summary>
    public double Error => Bins.Sum(b => b.Count * Math.Abs(b.Said - b.Was)) / Bins.Sum(b => b.Count);

    /// <summary>Sorts forecasts into bins between two ends.</summary>
    /// <param name="forecasts">What was said, a probability, and whether it came true.</param>
    /// <param name="bins">How many bins.</param>
    /// <param name="from">The lowest probability.</param>
    /// <param name="to">The highest; it belongs to the last bin.</param>
    /// <exception cref="CalibrationException">There is no forecast, no bin, or a probability lies outside.</exception>
    public static Calibration Of(IEnumerable<(double Said, bool Was)> forecasts, int bins = 10, double from = 0, double to = 1)
    {
        if (bins < 1 || !(from < to)) throw new CalibrationException($"{bins} bins from {from} to {to} hold nothing: take at least one, and a lower end below the upper.");
        var all = forecasts.ToList();
        if (all.Count == 0) throw new CalibrationException("There are no forecasts: nothing can be said about them.");
        var outside = all.FindIndex(f => !(f.Said >= from && f.Said <= to));
        if (outside >= 0) throw new CalibrationException($"Forecast {outside} is {all[outside].Said}, outside of {from} to {to}.");
        return new(
        [
            .. all.GroupBy(f => Math.Min((int)((f.Said - from) / (to - from) * bins), bins - 1)).OrderBy(g => g.Key)
                .Select(g => new CalibrationBin(g.Average(f => f.Said), new WinRate(g.Count(f => f.Was), 0, g.Count(f => !f.Was)))),
        ]);
    }

    /// <summary>A reward model's forecasts over preference pairs: it bets on the answer with the higher reward, with probability σ(|r⁺ − r⁻|), in bins from ½ to 1.</summary>
    /// <param name="chosen">Rewards of the preferred answers.</param>
    /// <param name="rejected">Rewards of the others, in the same order.</param>
    /// <param name="bins">How many bins.</param>
    /// <exception cref="CalibrationException">There is no pair, or a reward is NaN.</exception>
    public static Calibration OfPairs(IReadOnlyList<double> chosen, IReadOnlyList<double> rejected, int bins = 5) =>
        Of(chosen.Zip(rejected, (c, r) => (1 / (1 + Math.Exp(-Math.Abs(c - r))), c > r)), bins, from: 0.5);
}

/// <summary>Forecasts of about the same probability.</summary>
/// <param name="Said">The mean probability.</param>
/// <param name="Hits">How often they came true, and how often not.</param>
public sealed record CalibrationBin(double Said, WinRate Hits)
{
    /// <summary>The share that came true.</summary>
    public double Was => Hits.Rate;

    /// <summary>The forecasts.</summary>
    public int Count => Hits.Count;
}

/// <summary>Forecasts that no calibration can be read from.</summary>
public sealed class CalibrationException(string message) : Runtime.AlignException(message);
