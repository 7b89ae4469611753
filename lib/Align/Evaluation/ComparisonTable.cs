namespace Align.Evaluation;

/// <summary>The finished cells of a comparison, all or some, and what they say together.</summary>
/// <param name="Rows">The cells.</param>
public sealed record ComparisonTable(IReadOnlyList<ComparisonRow> Rows)
{
    /// <summary>The methods, in the order of their first cell.</summary>
    public IReadOnlyList<string> Methods => [.. Rows.Select(r => r.Method).Distinct()];

    /// <summary>The evaluation's metrics, in the order of their first appearance.</summary>
    public IReadOnlyList<string> Metrics => [.. Rows.SelectMany(r => r.Metrics.Keys).Distinct()];

    /// <summary>The cells whose training failed.</summary>
    public IReadOnlyList<ComparisonRow> Failures => [.. Rows.Where(r => r.Failure is not null)];

    /// <summary>A method's mean over the seeds, with Student's interval; failed cells have no metric.</summary>
    /// <param name="method">The method.</param>
    /// <param name="metric">A metric of the evaluation, <c>score</c>, or a cost: <c>seconds</c>, <c>steps</c>, <c>tokens</c>, <c>forward passes per step</c>, <c>models in memory</c>, <c>peak MB</c>.</param>
    /// <exception cref="ComparisonException">No cell has that metric.</exception>
    public Interval Mean(string method, string metric)
    {
        if (Rows.Count > 0 && Rows.All(r => double.IsNaN(r[metric])) && Rows.Any(r => r.Failure is null))
            throw new ComparisonException($"No cell has a metric '{metric}'. There are: {string.Join(", ", Metrics.Append("score").Concat(ComparisonRow.Costs))}.");
        return Interval.OfMean(Of(method).Select(r => r[metric]));
    }

    /// <summary>[i, j]: the share of prompts on which method i scores above method j, a tie counting half; over all seeds that both have. NaN where there is none, and on the diagonal.</summary>
    /// <exception cref="ComparisonException">Two cells have scores of different numbers of prompts.</exception>
    public double[,] WinRates()
    {
        var methods = Methods;
        var rates = new double[methods.Count, methods.Count];
        for (var i = 0; i < methods.Count; i++)
            for (var j = 0; j < methods.Count; j++) rates[i, j] = i == j ? double.NaN : Rate(methods[i], methods[j]);
        return rates;
    }

    private double Rate(string first, string second)
    {
        var (won, prompts) = (0.0, 0);
        foreach (var (a, b) in Of(first).Join(Of(second), r => r.Seed, r => r.Seed, (a, b) => (a, b)).Where(p => p.a.Failure is null && p.b.Failure is null))
        {
            if (a.Scores.Count != b.Scores.Count)
                throw new ComparisonException($"At seed {a.Seed} {first} has {a.Scores.Count} scores and {second} {b.Scores.Count}. Score every policy on the same prompts.");
            won += a.Scores.Zip(b.Scores).Sum(p => p.First > p.Second ? 1 : p.First == p.Second ? 0.5 : 0);
            prompts += a.Scores.Count;
        }

        return won / prompts;
    }

    private IEnumerable<ComparisonRow> Of(string method) => Rows.Where(r => r.Method == method);
}
