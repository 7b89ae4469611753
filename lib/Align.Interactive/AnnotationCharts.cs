using Align.Annotation;
using Align.Evaluation;

namespace Align.Interactive;

/// <summary>Annotators as tables and charts: how far they agree, and what they are biased by.</summary>
public static class AnnotationCharts
{
    /// <summary>κ of every two annotators with its 95 % interval, the share they agree on, and on how many questions.</summary>
    /// <param name="annotators">Names and choices.</param>
    public static Table AgreementTable(params IReadOnlyList<(string Name, IReadOnlyList<Choice> Choices)> annotators) => new(
        ["", "and", "κ (95 %)", "agree on", "by chance", "questions"],
        [
            .. Pairs(annotators).Select(p => (IReadOnlyList<object?>)
                [p.First.Name, p.Second.Name, p.Kappa.ToString(), Share(p.Kappa.Observed), Share(p.Kappa.Chance), p.Kappa.Count]),
        ]);

    /// <summary>κ of every two annotators as colours.</summary>
    /// <param name="title">The headline.</param>
    /// <param name="annotators">Names and choices.</param>
    public static HeatMap Agreement(string title, params IReadOnlyList<(string Name, IReadOnlyList<Choice> Choices)> annotators)
    {
        var names = annotators.Select(a => a.Name).ToArray();
        var values = new double[names.Length, names.Length];
        for (var i = 0; i < names.Length; i++)
            for (var j = 0; j < names.Length; j++) values[i, j] = Kappa.Of(annotators[i].Choices, annotators[j].Choices).Value;
        return new HeatMap(title, names, names, values) { ValueTitle = "κ: 0 by chance, 1 always" };
    }

    /// <summary>What annotators' choices show of them: how often the best stood first, was the longer one, and was the best again when asked again.</summary>
    public static Table ToTable(this IReadOnlyList<AnnotatorReport> reports) => new(
        ["annotator", "questions", "chosen", "first shown won", "longer won", "same again"],
        [.. reports.Select(r => (IReadOnlyList<object?>)[r.Name, r.Questions, r.Chosen, Written(r.ShownFirst), Written(r.Longer), Written(r.Consistent)])]);

    /// <summary>Position and length bias with 95 % intervals; half of the choices is no bias of position.</summary>
    /// <param name="reports">The annotators.</param>
    /// <param name="title">The headline.</param>
    public static Bars Biases(this IReadOnlyList<AnnotatorReport> reports, string title) => new(
        title,
        [
            .. reports.SelectMany(r => new[] { (Name: "shown first", Rate: r.ShownFirst), (Name: "the longer", Rate: r.Longer) }
                .Where(b => b.Rate is not null).Select(b => new Bar(r.Name, b.Rate!.Rate, b.Rate.Low, b.Rate.High, b.Name))),
        ])
    {
        Percent = true,
        XTitle = "% of choices that went to it",
        References = [new Reference(0.5, "half")],
    };

    /// <summary>A ranking as bars with 95 % intervals.</summary>
    /// <param name="ranking">The strongest first.</param>
    /// <param name="title">The headline.</param>
    public static Bars ToBars(this IReadOnlyList<Ranked> ranking, string title) =>
        new(title, [.. ranking.Select(r => new Bar(r.Name, r.Strength, r.Low, r.High))]) { XTitle = "strength, log-odds against the average" };

    private static IEnumerable<((string Name, IReadOnlyList<Choice> Choices) First, (string Name, IReadOnlyList<Choice> Choices) Second, Kappa Kappa)> Pairs(
        IReadOnlyList<(string Name, IReadOnlyList<Choice> Choices)> annotators) =>
        annotators.SelectMany((a, i) => annotators.Skip(i + 1).Select(b => (a, b, Kappa.Of(a.Choices, b.Choices))));

    private static string Share(double share) => double.IsNaN(share) ? "–" : Drawing.Numbers.Fixed(100 * share, 0) + " %";

    private static string Written(WinRate? rate) => rate is null ? "–" : $"{rate}";
}
