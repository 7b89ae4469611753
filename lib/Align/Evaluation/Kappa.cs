using System.Globalization;
using Align.Annotation;

namespace Align.Evaluation;

/// <summary>How far two annotators agree beyond what chance would give: κ = (p_o − p_e)/(1 − p_e) (Cohen 1960, https://doi.org/10.1177/001316446002000104).</summary>
/// <param name="Value">κ: 1 where they always agree, 0 where they agree as often as two who know nothing of each other; NaN where both always say the same one thing, or nothing was answered by both.</param>
/// <param name="Low">The lower end of the 95 % interval, from the asymptotic variance of Fleiss, Cohen and Everitt 1969 (https://doi.org/10.1037/h0028106).</param>
/// <param name="High">The upper end.</param>
/// <param name="Observed">p_o, the share of answers that agree.</param>
/// <param name="Chance">p_e, the share that would agree by chance: Σ p_i·q_i of how often each of the two gives each answer.</param>
/// <param name="Count">The questions that both answered.</param>
public sealed record Kappa(double Value, double Low, double High, double Observed, double Chance, int Count)
{
    private const double Z = 1.959963984540054; // the 97.5 % point of the normal distribution

    /// <summary>Compares two lists of answers, question by question.</summary>
    /// <param name="first">One annotator's answers.</param>
    /// <param name="second">The other's, to the same questions in the same order.</param>
    /// <exception cref="AnnotationException">The lists are not equally long.</exception>
    public static Kappa Of<T>(IReadOnlyList<T> first, IReadOnlyList<T> second)
        where T : notnull
    {
        if (first.Count != second.Count) throw new AnnotationException($"{first.Count} answers and {second.Count}: agreement is between two answers to each question.");
        var n = first.Count;
        if (n == 0) return new(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, 0);
        T[] answers = [.. first.Concat(second).Distinct()];
        var p = new double[answers.Length, answers.Length];
        foreach (var pair in first.Zip(second).GroupBy(x => x)) p[Array.IndexOf(answers, pair.Key.First), Array.IndexOf(answers, pair.Key.Second)] = (double)pair.Count() / n;
        var rows = answers.Select((_, i) => answers.Select((_, j) => p[i, j]).Sum()).ToArray();
        var columns = answers.Select((_, j) => answers.Select((_, i) => p[i, j]).Sum()).ToArray();
        var observed = (double)first.Zip(second).Count(x => x.First.Equals(x.Second)) / n;
        var chance = rows.Zip(columns, (a, b) => a * b).Sum();
        if (chance > 1 - 1e-12) return new(double.NaN, double.NaN, double.NaN, observed, chance, n);

        var kappa = (observed - chance) / (1 - chance);
        var (diagonal, beside) = (0.0, 0.0);
        for (var i = 0; i < answers.Length; i++)
        {
            for (var j = 0; j < answers.Length; j++)
            {
                if (i == j) diagonal += p[i, i] * Math.Pow(1 - (rows[i] + columns[i]) * (1 - kappa), 2);
                else beside += p[i, j] * Math.Pow(columns[i] + rows[j], 2);
            }
        }

        var variance = (diagonal + (1 - kappa) * (1 - kappa) * beside - Math.Pow(kappa - chance * (1 - kappa), 2)) / (n * (1 - chance) * (1 - chance));
        var half = Z * Math.Sqrt(Math.Max(0, variance));
        return new(kappa, Math.Max(-1, kappa - half), Math.Min(1, kappa + half), observed, chance, n);
    }

    /// <summary>Compares which answer each of two annotators found best, on the questions that both decided; the order in which answers stood does not matter.</summary>
    /// <param name="first">One annotator's choices.</param>
    /// <param name="second">The other's.</param>
    public static Kappa Of(IReadOnlyList<Choice> first, IReadOnlyList<Choice> second)
    {
        var known = Decided(second);
        var both = Decided(first).Where(c => known.ContainsKey(c.Key)).ToList();
        return Of([.. both.Select(c => Place(c.Value))], [.. both.Select(c => Place(known[c.Key]))]);

        static Dictionary<string, Choice> Decided(IEnumerable<Choice> choices) =>
            choices.Where(c => c is { Repeat: false, Best: not null }).GroupBy(c => c.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);

        // A place that both would call the same: among the answers in an order that knows nothing of their merits.
        static int Place(Choice c) => c.Completions.OrderBy(Choice.Lot).ThenBy(t => t, StringComparer.Ordinal).ToList().IndexOf(c.Completions[c.Best!.Value]);
    }

    /// <summary>Such as <c>0.62 (0.48–0.76)</c>.</summary>
    public override string ToString() => double.IsNaN(Value) ? "–" : string.Create(CultureInfo.InvariantCulture, $"{Value:0.00;−0.00} ({Low:0.00;−0.00} … {High:0.00;−0.00})");
}
