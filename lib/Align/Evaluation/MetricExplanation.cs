namespace Align.Evaluation;

/// <summary>What a logged metric says.</summary>
/// <param name="Name">Its name, as it was asked for.</param>
/// <param name="Definition">What it is, in a sentence.</param>
/// <param name="Formula">How it is computed.</param>
/// <param name="Healthy">What a run that goes well shows.</param>
/// <param name="RedFlag">What speaks for a mistake.</param>
/// <param name="Verdict">What this run shows; null when no run was given.</param>
public sealed record MetricExplanation(string Name, string Definition, string Formula, string Healthy, string RedFlag, MetricVerdict? Verdict = null)
{
    /// <summary>All of it as text.</summary>
    public override string ToString() =>
        $"{Name}: {Definition}\nFormula: {Formula}\nHealthy: {Healthy}\nRed flag: {RedFlag}{(Verdict is null ? "" : $"\nThis run: {Verdict.Text}")}";
}

/// <summary>What a run shows of a metric.</summary>
/// <param name="Health">How it looks.</param>
/// <param name="Text">Why, with the run's numbers.</param>
public sealed record MetricVerdict(MetricHealth Health, string Text);

/// <summary>How a metric looks.</summary>
public enum MetricHealth
{
    /// <summary>The run did not log it, or not often enough to tell.</summary>
    Untold,

    /// <summary>As in a run that goes well.</summary>
    Healthy,

    /// <summary>Worth a look.</summary>
    Watch,

    /// <summary>Speaks for a mistake.</summary>
    RedFlag,
}
