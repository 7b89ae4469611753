using Align.Annotation;
using Align.Rewards;

namespace Align.Evaluation;

/// <summary>What an annotator's choices show of the annotator.</summary>
/// <param name="Name">Who.</param>
/// <param name="Questions">What was asked, repeats not counted.</param>
/// <param name="Chosen">Questions with a choice; the others were ties or skipped.</param>
/// <param name="ShownFirst">How often the best stood before the worst: half of the time where the place does not matter. Null where nothing was chosen.</param>
/// <param name="Longer">How often the best has more words than the worst. Long answers may be better: <see cref="LengthPay"/> keeps the mark equal.</param>
/// <param name="Consistent">How often a repeated question was answered with the same best. Null without repeats.</param>
public sealed record AnnotatorReport(string Name, int Questions, int Chosen, WinRate? ShownFirst, WinRate? Longer, WinRate? Consistent)
{
    /// <summary>Looks at choices, such as <see cref="Journal.Choices"/>.</summary>
    public static AnnotatorReport Of(string name, IReadOnlyList<Choice> choices)
    {
        var asked = choices.Where(c => !c.Repeat).ToList();
        var chosen = asked.Where(c => c.Best is not null).ToList();
        return new(
            name, asked.Count, chosen.Count,
            Rate(chosen.Select(c => c.Order.ToList().IndexOf(c.Worst!.Value) - c.BestPlace!.Value)),
            Rate(chosen.Select(c => Words(c.Completions[c.Best!.Value]) - Words(c.Completions[c.Worst!.Value]))),
            Consistency(choices));
    }

    /// <summary>What ten words more are worth to the annotator, in log-odds of being chosen, the mark kept equal: σ(a·Δmark + b·Δwords/10) fitted to the choices between best and worst.</summary>
    /// <param name="choices">The choices.</param>
    /// <param name="mark">What the answers are really worth, such as the gold mark.</param>
    /// <returns>b with its 95 % interval.</returns>
    /// <exception cref="LogisticException">There are too few choices, or marks and lengths foretell every one of them.</exception>
    public static Interval LengthPay(IReadOnlyList<Choice> choices, Func<string, string, double> mark)
    {
        const double z = 1.959963984540054;
        var chosen = choices.Where(c => c is { Repeat: false, Best: not null }).ToList();
        var x = chosen.Select(c => (Best: c.Completions[c.Best!.Value], Worst: c.Completions[c.Worst!.Value], c.Prompt))
            .Select(c => (IReadOnlyList<double>)[mark(c.Prompt, c.Best) - mark(c.Prompt, c.Worst), (Words(c.Best) - Words(c.Worst)) / 10.0]).ToList();
        var fit = Logistic.Fit([.. x.Select(_ => 1.0)], x);
        return new(fit.Slopes[1], fit.Slopes[1] - z * fit.Errors[1], fit.Slopes[1] + z * fit.Errors[1], chosen.Count);
    }

    private static WinRate? Consistency(IReadOnlyList<Choice> choices)
    {
        var first = choices.Where(c => c is { Repeat: false, Best: not null }).GroupBy(c => c.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        return Rate(choices.Where(c => c.Repeat && first.ContainsKey(c.Key)).Select(c => c.Best is { } best && c.Completions[best] == first[c.Key].Pair!.Chosen ? 1 : -1));
    }

    private static WinRate? Rate(IEnumerable<int> signs)
    {
        var all = signs.ToList();
        return all.Count == 0 ? null : new(all.Count(s => s > 0), all.Count(s => s == 0), all.Count(s => s < 0));
    }

    private static int Words(string text) => GoldWords.Of(text).Count;
}
