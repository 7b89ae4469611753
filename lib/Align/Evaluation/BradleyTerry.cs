namespace Align.Evaluation;

/// <summary>One contestant of a ranking.</summary>
/// <param name="Name">Such as a model's.</param>
/// <param name="Strength">s, in log-odds against the average contestant: P(i beats j) = σ(s_i − s_j).</param>
/// <param name="Low">The lower end of the 95 % interval.</param>
/// <param name="High">The upper end.</param>
/// <param name="Comparisons">The comparisons it took part in.</param>
public sealed record Ranked(string Name, double Strength, double Low, double High, double Comparisons)
{
    /// <summary>How often it beats the average contestant.</summary>
    public double BeatsAverage => 1 / (1 + Math.Exp(-Strength));

    /// <summary>The strength on chess's scale, 1000 for the average.</summary>
    public double Elo => 1000 + 400 / Math.Log(10) * Strength;
}

/// <summary>Ranks several from comparisons of two: strengths s with P(i beats j) = σ(s_i − s_j) (Bradley and Terry 1952, https://doi.org/10.1093/biomet/39.3-4.324), by maximum likelihood.</summary>
public static class BradleyTerry
{
    private const double Z = 1.959963984540054; // the 97.5 % point of the normal distribution

    /// <summary>Ranks.</summary>
    /// <param name="names">Who took part.</param>
    /// <param name="wins">[i, j]: how often i was better than j, a tie counting half on both sides. The diagonal is not read.</param>
    /// <param name="virtualTies">Ties added between every two, which keep strengths finite where somebody always wins; 0 for none.</param>
    /// <returns>The strongest first.</returns>
    /// <exception cref="RankingException">Somebody, or a group, won or lost everything against the others, or was never compared with them.</exception>
    public static IReadOnlyList<Ranked> Rank(IReadOnlyList<string> names, double[,] wins, double virtualTies = 0)
    {
        var k = names.Count;
        if (k < 2 || wins.GetLength(0) != k || wins.GetLength(1) != k) throw new RankingException($"{k} names and {wins.GetLength(0)} × {wins.GetLength(1)} numbers of wins: a ranking takes two names or more, and a row and a column for each.");
        double Wins(int i, int j) => wins[i, j] + virtualTies / 2;
        for (var i = 0; i < k; i++)
            for (var j = 0; j < k; j++) if (i != j && !(Wins(i, j) >= 0 && double.IsFinite(Wins(i, j)))) throw new RankingException($"{names[i]} has {wins[i, j]} wins over {names[j]}: a number from 0 is needed.");
        if (Unbeaten(k, Wins) is { } group)
            throw new RankingException($"{string.Join(", ", group.Select(i => names[i]))}: nobody of the others ever won against them, so that how strong they are cannot be said (Ford 1957). Compare more, or add virtual ties.");

        // The last contestant's strength is 0 in the fit; then all are taken relative to their mean.
        var (shares, rows, counts) = (new List<double>(), new List<IReadOnlyList<double>>(), new List<double>());
        for (var i = 0; i < k; i++)
        {
            for (var j = i + 1; j < k; j++)
            {
                var count = Wins(i, j) + Wins(j, i);
                if (count == 0) continue;
                shares.Add(Wins(i, j) / count);
                counts.Add(count);
                rows.Add([.. Enumerable.Range(0, k - 1).Select(c => c == i ? 1.0 : c == j ? -1 : 0)]);
            }
        }

        var fit = Logistic.Fit(shares, rows, counts);
        return
        [
            .. names.Select((name, i) =>
            {
                double[] contrast = [.. Enumerable.Range(0, k - 1).Select(c => (c == i ? 1.0 : 0) - 1.0 / k)];
                var strength = contrast.Zip(fit.Slopes, (c, b) => c * b).Sum();
                var variance = 0.0;
                for (var a = 0; a < k - 1; a++)
                    for (var b = 0; b < k - 1; b++) variance += contrast[a] * fit.Covariance[a, b] * contrast[b];
                var half = Z * Math.Sqrt(variance);
                return new Ranked(name, strength, strength - half, strength + half, Enumerable.Range(0, k).Where(j => j != i).Sum(j => wins[i, j] + wins[j, i]));
            }).OrderByDescending(r => r.Strength),
        ];
    }

    /// <summary>A group that none of the others ever beat; null where there is none.</summary>
    private static int[]? Unbeaten(int k, Func<int, int, double> wins)
    {
        for (var start = 0; start < k; start++)
        {
            var reached = new HashSet<int> { start };
            for (var grown = true; grown;)
                grown = Enumerable.Range(0, k).Any(j => !reached.Contains(j) && reached.Any(i => i != j && wins(j, i) > 0) && reached.Add(j));
            if (reached.Count < k) return [.. reached.Order()];
        }

        return null;
    }
}

/// <summary>Comparisons from which no ranking follows.</summary>
public sealed class RankingException(string message) : Runtime.AlignException(message);
