using System.Globalization;
using System.Text.Json.Serialization;
using Align.Runtime;

namespace Align.Evaluation;

/// <summary>One finished cell of a comparison's grid.</summary>
/// <param name="Method">The contender's name.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Metrics">What the evaluation found; empty where training failed.</param>
/// <param name="Scores">One per prompt.</param>
public sealed record ComparisonRow(string Method, ulong Seed, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<double> Scores)
{
    /// <summary>The names under which costs are found beside the evaluation's metrics.</summary>
    internal static readonly string[] Costs = ["seconds", "steps", "tokens", "forward passes per step", "models in memory", "peak MB"];

    /// <summary>The hash of everything that decides the cell's result.</summary>
    public string Key { get; init; } = "";

    /// <summary>Training alone, without the evaluation.</summary>
    public double Seconds { get; init; }

    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; }

    /// <summary>Tokens trained on.</summary>
    public long Tokens { get; init; }

    /// <summary>How often a model was gone through per step: policy, reference, value model and what writes.</summary>
    public double ForwardPasses { get; init; }

    /// <summary>Models that were used.</summary>
    public int Models { get; init; }

    /// <summary>The most native memory seen in use, above what was in use before.</summary>
    public double PeakMegabytes { get; init; }

    /// <summary>Why training stopped before its end; null when it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>A metric of the evaluation, the mean <c>score</c>, or a cost such as <c>seconds</c> or <c>peak MB</c>; NaN where it has none.</summary>
    [JsonIgnore]
    public double this[string metric] => Metrics.TryGetValue(metric, out var value) ? value : metric switch
    {
        "score" => Scores.Count > 0 ? Scores.Average() : double.NaN,
        "seconds" => Seconds,
        "steps" => Steps,
        "tokens" => Tokens,
        "forward passes per step" => ForwardPasses,
        "models in memory" => Models,
        "peak MB" => PeakMegabytes,
        _ => double.NaN,
    };
}

/// <summary>A comparison that cannot be run, or a file that is none.</summary>
public sealed class ComparisonException(string message, Exception? inner = null) : AlignException(message, inner)
{
    internal static void ThrowUnlessNumbers(string method, ulong seed, IReadOnlyList<double> scores)
    {
        for (var i = 0; i < scores.Count; i++)
            if (!double.IsFinite(scores[i]))
                throw new ComparisonException($"{method}, seed {seed}: prompt {i} has the score {scores[i].ToString(CultureInfo.InvariantCulture)}. Who wins it, nobody can say: let the evaluation give every prompt a number.");
    }
}
