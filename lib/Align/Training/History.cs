using System.Collections;
using System.Text.Json;
using Align.Runtime;

namespace Align.Training;

/// <summary>One optimizer step as it was logged.</summary>
/// <param name="Number">Counted from 1.</param>
/// <param name="Metrics">Scalar metrics under the field's names: <c>loss</c>, <c>grad_norm</c>, <c>learning_rate</c>, <c>rewards/margins</c> …</param>
/// <param name="Examples">One value per example of the step's batch, such as <c>rewards/chosen</c>, in batch order.</param>
public sealed record Step(
    int Number,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyDictionary<string, double[]> Examples)
{
    /// <summary>The metric of that name.</summary>
    public double this[string metric] => Metrics[metric];
}

/// <summary>What a run logged, step by step: everything a chart needs, kept in a small JSONL file so that charts are redrawn without training.</summary>
public sealed class History : IReadOnlyList<Step>
{
    /// <summary>What the names of warnings begin with.</summary>
    internal const string WarningPrefix = "warnings/";

    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    private readonly List<Step> _steps = [];

    /// <inheritdoc/>
    public int Count => _steps.Count;

    /// <inheritdoc/>
    public Step this[int index] => _steps[index];

    /// <summary>A metric over the steps; NaN at a step that did not log it.</summary>
    public double[] this[string metric] => [.. _steps.Select(s => s.Metrics.GetValueOrDefault(metric, double.NaN))];

    /// <summary>Every metric that some step logged, in order of first appearance.</summary>
    public IReadOnlyList<string> Names => [.. _steps.SelectMany(s => s.Metrics.Keys).Distinct()];

    /// <summary>What was warned of, such as <c>masked_answers</c>, and how often in all steps together.</summary>
    public IReadOnlyDictionary<string, int> Warnings => _steps.SelectMany(s => s.Metrics).Where(m => m.Key.StartsWith(WarningPrefix, StringComparison.Ordinal))
        .GroupBy(m => m.Key[WarningPrefix.Length..]).ToDictionary(g => g.Key, g => (int)g.Sum(m => m.Value));

    /// <summary>Appends a step.</summary>
    public void Add(Step step) => _steps.Add(step);

    internal void Replace(IEnumerable<Step> steps)
    {
        _steps.Clear();
        _steps.AddRange(steps);
    }

    /// <summary>Writes one line per step.</summary>
    public void Write(string path)
    {
        using var writer = new StreamWriter(path);
        foreach (var step in _steps) writer.WriteLine(JsonSerializer.Serialize(step, Json));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="HistoryException">A line is no step.</exception>
    public static History Read(string path)
    {
        var history = new History();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            try
            {
                var step = JsonSerializer.Deserialize<Step>(line, Json);
                if (step is not { Metrics: not null, Examples: not null }) throw new JsonException("it has no metrics or no examples");
                history.Add(step);
            }
            catch (JsonException e)
            {
                throw new HistoryException($"{path}, line {number}: this is not a step of a history ({e.Message}). Write the file with History.Write, or delete the line.", e);
            }
        }

        return history;
    }

    /// <inheritdoc/>
    public IEnumerator<Step> GetEnumerator() => _steps.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>A file that is no history.</summary>
public sealed class HistoryException(string message, Exception? inner = null) : AlignException(message, inner);
