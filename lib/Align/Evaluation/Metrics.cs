using Align.Runtime;
using Align.Training;

namespace Align.Evaluation;

/// <summary>Every metric that the library's methods log, explained: <c>Metrics.Explain("rewards/margins", run.History)</c>.</summary>
public static class Metrics
{
    private static readonly Dictionary<string, MetricEntry> Known = new[] { LoopMetrics.All, PairMetrics.All, OnPolicyMetrics.All }.SelectMany(all => all).ToDictionary(StringComparer.Ordinal);

    /// <summary>The names that are explained; those with a part of one's own, as <c>rewards/NAME/mean</c>, are explained too.</summary>
    public static IReadOnlyList<string> Names => [.. Known.Keys];

    /// <summary>What a metric is, how it is computed, what is healthy and what is not.</summary>
    /// <param name="name">Its name; a prefix of one's own, as in <c>eval/loss</c>, may stand before it.</param>
    /// <param name="history">A run, for a verdict; null for none.</param>
    /// <exception cref="UnknownMetricException">The library logs no such metric.</exception>
    public static MetricExplanation Explain(string name, History? history = null) => TryExplain(name, history)
        ?? throw new UnknownMetricException($"No metric of the library is called '{name}'. {Similar(name)}");

    /// <summary>The same; null for a metric that the library does not log.</summary>
    public static MetricExplanation? TryExplain(string name, History? history = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Find(name) is not { } entry ? null
            : new(name, entry.Definition, entry.Formula, entry.Healthy, entry.RedFlag, history is null ? null : Course.Of(history[name]).Judge(entry.Rule));
    }

    /// <summary>Explanations and verdicts of all of a run's metrics that the library logs, in the order of their first appearance.</summary>
    public static IReadOnlyList<MetricExplanation> Explain(History history) =>
        [.. history.Names.Select(n => TryExplain(n, history)).OfType<MetricExplanation>()];

    private static MetricEntry? Find(string name)
    {
        if (Known.TryGetValue(name, out var entry)) return entry;
        if (name.StartsWith("rewards/", StringComparison.Ordinal) && name.Split('/').Length > 2)
        {
            if (name.EndsWith("/mean", StringComparison.Ordinal)) return OnPolicyMetrics.OneReward;
            if (name.EndsWith("/std", StringComparison.Ordinal)) return OnPolicyMetrics.OneDeviation;
        }

        if (name.StartsWith("loss/", StringComparison.Ordinal)) return LoopMetrics.Term;
        if (name.StartsWith(History.WarningPrefix, StringComparison.Ordinal)) return LoopMetrics.Warning;
        var rest = name.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? name[(slash + 1)..]
            : name.StartsWith("eval_", StringComparison.Ordinal) ? name[5..] : name.StartsWith("train_", StringComparison.Ordinal) ? name[6..] : "";
        return rest.Length > 0 ? Find(rest) : null;
    }

    private static string Similar(string name)
    {
        var near = Known.Keys.OrderByDescending(k => k.Split('/', '_').Intersect(name.Split('/', '_')).Count()).ThenBy(k => Math.Abs(k.Length - name.Length)).Take(4);
        return $"Names like it: {string.Join(", ", near)}.";
    }
}

/// <summary>A name that no method of the library logs.</summary>
public sealed class UnknownMetricException(string message) : AlignException(message);
