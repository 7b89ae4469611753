namespace Align.Rewards;

/// <summary>Several reward functions and their weighted sum.</summary>
/// <param name="rewards">The functions, each under another name.</param>
public sealed class RewardSum(params IReadOnlyList<Reward> rewards)
{
    /// <summary>The functions.</summary>
    public IReadOnlyList<Reward> Rewards => rewards;

    /// <summary>Asks every function.</summary>
    /// <exception cref="RewardException">A function threw, gave NaN, or another number of rewards; or a weighted sum is infinite.</exception>
    public Scores Score(IReadOnlyList<Answer> answers)
    {
        var scores = new Scores([.. rewards.Select(r => r.Name)], [.. rewards.Select(r => r.Weight)], [.. rewards.Select(r => r.Ask(answers))]);
        if (Array.FindIndex(scores.Total, double.IsInfinity) is var row and >= 0)
            throw new RewardException(string.Join(" + ", scores.Names), answers, row, "has an infinite weighted sum");
        return scores;
    }
}

/// <summary>What every function gave for every answer.</summary>
/// <param name="Names">The functions.</param>
/// <param name="Weights">Their weights.</param>
/// <param name="Values">One array per function with one reward per answer; NaN where the function does not apply.</param>
public sealed record Scores(IReadOnlyList<string> Names, IReadOnlyList<double> Weights, IReadOnlyList<double[]> Values)
{
    /// <summary>The weighted sum of what applies, one per answer; NaN where nothing does.</summary>
    public double[] Total => [.. Enumerable.Range(0, Values[0].Length).Select(Sum)];

    private double Sum(int answer)
    {
        var (sum, applies) = (0.0, false);
        for (var f = 0; f < Values.Count; f++)
        {
            if (double.IsNaN(Values[f][answer])) continue;
            sum += Weights[f] * Values[f][answer];
            applies = true;
        }

        return applies ? sum : double.NaN;
    }
}
