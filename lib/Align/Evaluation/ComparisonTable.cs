namespace Align.Evaluation;

/// <summary>The finished cells of a comparison, all or some, and what they say together.</summary>
/// <param name="Rows">The cells.</param>
public sealed record ComparisonTable(IReadOnlyList<ComparisonRow> Rows)
{
    /// <summary>The finished cells that a comparison kept in a file, in their order. Of a method's cells at a seed the last counts: those before it were of other settings.</summary>
    /// <exception cref="ComparisonException">There is no such file, or it is damaged.</exception>
    public static ComparisonTable Load(string path) => File.Exists(path)
        ? new([.. ComparisonFile.Read(path).Values.Reverse().DistinctBy(r => (r.Method, r.Seed)).Reverse()])
        : throw new ComparisonException($"{path}: there is no such file. A Comparison with this File writes it.");

    /// <summary>The methods, in the order of their first cell.</summary>
    public IReadOnlyList<string> Methods => [.. Rows.Select(r => r.Method).Distinct()];

    /// <summary>The evaluation's metrics, in the order of their first appearance.</summary>
    public IReadOnlyList<string> Metrics => [.. Rows.SelectMany(r => r.Metrics.Keys).Distinct()];

    /// <summary>The cells whose training failed.</summary>
    public IReadOnlyList<ComparisonRow> Failures => [.. Rows.Where(r => r.Failure is not null)];

    /// <summary>A method's mean over the seeds, with Student's interval; failed cells have neither metric nor cost.</summary>
    /// <param name="method">The method.</param>
    /// <param name="metric">A metric of the evaluation, <c>score</c>, or a cost: <c>seconds</c>, <c>steps</c>, <c>tokens</c>, <c>forward passes per step</c>, <c>models in memory</c>, <c>peak MB</c>.</param>
    /// <exception cref="ComparisonException">No cell has that metric.</exception>
    public Interval Mean(string method, string metric)
    {
        if (Rows.Count > 0 && Rows.All(r => double.IsNaN(r[metric])) && Rows.Any(r => r.Failure is null))
            throw new ComparisonException($"No cell has a metric '{metric}'. There are: {string.Join(", ", Metrics.Append("score").Concat(ComparisonRow.Costs))}.");
        return Interval.OfMean(Of(method).Where(r => r.Failure is null).Select(r => r[metric]));
    }

    /// <summary>[i, j]: the share of prompts on which method i scores above method j, a tie counting half; over all seeds that both have. NaN where there is none, and on the diagonal.</summary>
    /// <exception cref="ComparisonException">Two cells have scores of different numbers of prompts, or a score is no number.</exception>
    public double[,] WinRates()
    {
        var methods = Methods;
        var rates = new double[methods.Count, methods.Count];
        for (var i = 0; i < methods.Count; i++)
            for (var j = 0; j < methods.Count; j++) rates[i, j] = i == j ? double.NaN : Between(methods[i], methods[j])?.Rate ?? double.NaN;
        return rates;
    }

    /// <summary>How often one method scores above another, over all seeds that both have; the prompts of a further seed count as further prompts. Null where they have no seed in common.</summary>
    /// <exception cref="ComparisonException">Two cells have scores of different numbers of prompts, or a score is no number.</exception>
    public WinRate? Between(string method, string other)
    {
        var cells = Together(method, other);
        return cells.Count == 0 ? null : WinRate.Of([.. cells.SelectMany(c => c.One.Scores)], [.. cells.SelectMany(c => c.Other.Scores)]);
    }

    /// <summary>By how much one method's scores differ from another's, prompt by prompt: the mean over all seeds that both have, with an interval over prompts. Null where they have no seed in common.</summary>
    /// <param name="method">The method.</param>
    /// <param name="other">The other.</param>
    /// <param name="prompts">Which prompts count, by their place; all when absent.</param>
    /// <remarks>The interval says how far other prompts would give another difference, not how far other seeds would.</remarks>
    /// <exception cref="ComparisonException">Two cells have scores of different numbers of prompts, or a score is no number.</exception>
    public PairedDifference? Difference(string method, string other, Func<int, bool>? prompts = null)
    {
        var cells = Together(method, other);
        return cells.Count == 0 ? null : PairedDifference.Of(Means(cells.Select(c => c.One), prompts), Means(cells.Select(c => c.Other), prompts));
    }

    /// <summary>The cells of both methods at the seeds at which both were trained to the end.</summary>
    private List<(ComparisonRow One, ComparisonRow Other)> Together(string method, string other)
    {
        var cells = Of(method).Join(Of(other), r => r.Seed, r => r.Seed, (a, b) => (One: a, Other: b)).Where(p => p.One.Failure is null && p.Other.Failure is null).ToList();
        foreach (var (a, b) in cells)
        {
            ComparisonException.ThrowUnlessNumbers(a.Method, a.Seed, a.Scores);
            ComparisonException.ThrowUnlessNumbers(b.Method, b.Seed, b.Scores);
        }

        if (cells.Select(c => c.One).Concat(cells.Select(c => c.Other)).FirstOrDefault(r => r.Scores.Count != cells[0].One.Scores.Count) is { } odd)
            throw new ComparisonException($"{odd.Method} has {odd.Scores.Count} scores at seed {odd.Seed}, and {cells[0].One.Method} {cells[0].One.Scores.Count} at seed {cells[0].One.Seed}. Score every policy on the same prompts.");
        return cells;
    }

    /// <summary>Each prompt's mean score over the cells.</summary>
    private static double[] Means(IEnumerable<ComparisonRow> cells, Func<int, bool>? prompts)
    {
        var all = cells.ToList();
        return [.. Enumerable.Range(0, all[0].Scores.Count).Where(i => prompts?.Invoke(i) ?? true).Select(i => all.Average(r => r.Scores[i]))];
    }

    private IEnumerable<ComparisonRow> Of(string method) => Rows.Where(r => r.Method == method);
}
