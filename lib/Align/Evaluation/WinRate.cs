using System.Globalization;
using Align.Annotation;
using Align.Runtime;

namespace Align.Evaluation;

/// <summary>How often one model's answer is better than another's to the same prompt.</summary>
/// <param name="Wins">Prompts on which it is better.</param>
/// <param name="Ties">Prompts on which the two are equal: each counts half.</param>
/// <param name="Losses">Prompts on which it is worse.</param>
public sealed record WinRate(int Wins, int Ties, int Losses)
{
    private const double Z = 1.959963984540054; // the 97.5 % point of the normal distribution

    /// <summary>The prompts.</summary>
    public int Count => Wins + Ties + Losses;

    /// <summary>(wins + ties/2) / prompts.</summary>
    public double Rate => (Wins + Ties / 2.0) / Count;

    /// <summary>The lower end of Wilson's 95 % interval (Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953); ties make it wider than need be.</summary>
    public double Low => Wilson(-1);

    /// <summary>The upper end.</summary>
    public double High => Wilson(1);

    /// <summary>Compares scores pair by pair.</summary>
    /// <param name="scores">One score per prompt.</param>
    /// <param name="baseline">The other model's, of the same prompts in the same order.</param>
    /// <param name="tolerance">Scores closer than this are a tie.</param>
    /// <exception cref="WinRateException">There are no scores, unequal numbers of them, or one is NaN or infinite.</exception>
    public static WinRate Of(IReadOnlyList<double> scores, IReadOnlyList<double> baseline, double tolerance = 1e-9)
    {
        WinRateException.Check(scores, baseline);
        var differences = scores.Zip(baseline, (a, b) => a - b).ToList();
        return new(differences.Count(d => d > tolerance), differences.Count(d => Math.Abs(d) <= tolerance), differences.Count(d => d < -tolerance));
    }

    /// <summary>Asks an annotator which of two models answered better, without telling which answer is whose: their order is shuffled for every prompt and kept in the journal.</summary>
    /// <param name="prompts">What was asked.</param>
    /// <param name="answers">One model's answers, in the order of the prompts.</param>
    /// <param name="baseline">The other's.</param>
    /// <param name="annotator">A person, or who stands in for one. A question that is skipped, and two identical answers, are a tie.</param>
    /// <param name="journal">Where the choices are kept, so that one may stop and go on.</param>
    /// <param name="cancellation">Ends the asking before the next question.</param>
    /// <returns>The rate over the prompts that were asked; fewer where the annotator quit.</returns>
    /// <exception cref="WinRateException">The numbers of prompts and answers differ, or nothing was asked.</exception>
    public static WinRate ByHand(
        IReadOnlyList<string> prompts, IReadOnlyList<string> answers, IReadOnlyList<string> baseline, Annotator annotator, Journal? journal = null, CancellationToken cancellation = default)
    {
        if (prompts.Count != answers.Count || prompts.Count != baseline.Count)
            throw new WinRateException($"There are {prompts.Count} prompts, {answers.Count} answers and {baseline.Count} to compare them with: a comparison takes two answers to each prompt.");
        var (wins, ties, losses) = (0, 0, 0);
        foreach (var (i, choice) in Feedback.Ask(prompts.Select((p, i) => (p, (IReadOnlyList<string>)[answers[i], baseline[i]])), annotator, journal, cancellation).Index())
        {
            if (choice.Best is not { } best) ties++;
            else if (choice.Completions[best] == answers[i]) wins++;
            else losses++;
        }

        return wins + ties + losses > 0 ? new(wins, ties, losses) : throw new WinRateException("Not one question was answered: there is no rate.");
    }

    /// <summary>Such as <c>78.1 % (73.3–82.3)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{100 * Rate:F1} % ({100 * Low:F1}–{100 * High:F1})");

    private double Wilson(int sign)
    {
        double n = Count, p = Rate;
        return (p + Z * Z / (2 * n) + sign * Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))) / (1 + Z * Z / n);
    }
}

/// <summary>By how much two models' scores differ on the same prompts: the mean of the differences, with an interval by the bootstrap.</summary>
/// <param name="Mean">The mean difference.</param>
/// <param name="Low">The 2.5 % point of the means of 4 000 resamples.</param>
/// <param name="High">The 97.5 % point.</param>
public sealed record PairedDifference(double Mean, double Low, double High)
{
    private const int Resamples = 4000;

    /// <summary>Whether the interval excludes 0.</summary>
    public bool IsClear => Low > 0 || High < 0;

    /// <summary>The difference of two models' scores, or of two runs' wins.</summary>
    /// <param name="scores">One score per prompt.</param>
    /// <param name="baseline">The other's, of the same prompts in the same order.</param>
    /// <exception cref="WinRateException">There are no scores, unequal numbers of them, or one is NaN or infinite.</exception>
    public static PairedDifference Of(IReadOnlyList<double> scores, IReadOnlyList<double> baseline)
    {
        WinRateException.Check(scores, baseline);
        var differences = scores.Zip(baseline, (a, b) => a - b).ToArray();
        var rng = new Rng(1); // always the same resamples: an interval is a property of the data
        var means = new double[Resamples];
        for (var i = 0; i < Resamples; i++)
        {
            var sum = 0.0;
            for (var j = 0; j < differences.Length; j++) sum += differences[rng.NextInt(differences.Length)];
            means[i] = sum / differences.Length;
        }

        Array.Sort(means);
        return new(differences.Average(), means[(int)(0.025 * Resamples)], means[(int)(0.975 * Resamples) - 1]);
    }

    /// <summary>Such as <c>−0.42 (−0.61 … −0.22)</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mean:+0.00;−0.00;+0.00} ({Low:+0.00;−0.00;+0.00} … {High:+0.00;−0.00;+0.00})");
}

/// <summary>Scores that cannot be compared.</summary>
public sealed class WinRateException(string message) : AlignException(message)
{
    internal static void Check(IReadOnlyList<double> scores, IReadOnlyList<double> baseline)
    {
        if (scores.Count == 0 || scores.Count != baseline.Count)
            throw new WinRateException($"There are {scores.Count} scores and {baseline.Count} to compare them with: a comparison takes two scores of each prompt.");
        for (var i = 0; i < scores.Count; i++)
            if (!double.IsFinite(scores[i]) || !double.IsFinite(baseline[i])) throw new WinRateException($"Prompt {i} has no score: {scores[i]} against {baseline[i]}.");
    }
}
