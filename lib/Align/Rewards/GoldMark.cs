namespace Align.Rewards;

/// <summary>One criterion of the gold reward.</summary>
/// <param name="Criterion">Its name.</param>
/// <param name="Weight">How many of the 10 marks it gives.</param>
/// <param name="Value">How far the answer meets it, in [0, 1].</param>
public sealed record GoldRow(string Criterion, double Weight, double Value);

/// <summary>What an answer gets: six criteria in [0, 1], and a mark out of 10.</summary>
/// <param name="Truth">It says what is so (weight 2.5).</param>
/// <param name="Topic">It speaks of the matter (1.5).</param>
/// <param name="Polite">It is friendly, and not too friendly (2).</param>
/// <param name="Concise">It is neither too short nor too long (1.5).</param>
/// <param name="Fresh">It does not repeat itself (1).</param>
/// <param name="Ending">It stops, at the end of a sentence (1.5).</param>
public sealed record GoldMark(double Truth, double Topic, double Polite, double Concise, double Fresh, double Ending)
{
    /// <summary>The weighted sum, 0 to 10.</summary>
    public double Mark => Rows.Sum(r => r.Weight * r.Value);

    /// <summary>One row per criterion, for tables.</summary>
    public IReadOnlyList<GoldRow> Rows =>
    [
        new("truth", 2.5, Truth), new("topic", 1.5, Topic), new("polite", 2, Polite),
        new("concise", 1.5, Concise), new("fresh", 1, Fresh), new("ending", 1.5, Ending),
    ];
}
