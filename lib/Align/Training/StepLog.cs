using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Training;

/// <summary>Gathers one step's numbers over its micro-batches: sums over sums of weights, so that metrics too equal the big batch's.</summary>
internal sealed class StepLog
{
    private readonly Dictionary<string, (double Sum, double Weight)> _metrics = [];
    private readonly Dictionary<string, List<double>> _examples = [];
    private readonly Dictionary<string, (string First, string Second)> _differences = [];
    private readonly Dictionary<string, double> _extremes = [];
    private readonly Dictionary<string, int> _warnings = [];
    private double _loss;

    public void Add(IBatch batch, Terms terms, Tensor loss, double[] weights)
    {
        _loss += loss.ToDouble();
        if (terms.Losses.Count > 1)
            for (var i = 0; i < weights.Length; i++) Sum($"loss/{terms.Losses[i].Name}", terms.Losses[i].Sum.ToDouble(), 0, weights[i]);
        foreach (var (name, (sum, weight)) in terms.Metrics) Sum(name, sum, weight);
        foreach (var (name, parts) in terms.Differences) _differences[name] = parts;
        foreach (var (name, (value, greatest)) in terms.Extremes)
            _extremes[name] = !_extremes.TryGetValue(name, out var known) ? value : greatest ? Math.Max(known, value) : Math.Min(known, value);
        foreach (var (name, count) in terms.Warnings) _warnings[name] = _warnings.GetValueOrDefault(name) + count;
        foreach (var (name, values) in terms.Examples)
        {
            if (!_examples.TryGetValue(name, out var all)) _examples[name] = all = [];
            all.AddRange(values);
        }

        if (!_examples.TryGetValue("example", out var places)) _examples["example"] = places = [];
        places.AddRange(batch.Examples.Select(e => (double)e));
    }

    public Step Finish(int number, double norm, double rate, long tokens)
    {
        var metrics = new Dictionary<string, double> { ["loss"] = _loss };
        foreach (var (name, (sum, weight)) in _metrics.Where(m => m.Key != "loss")) metrics[name] = weight > 0 ? sum / weight : 0; // a method's losses per example are no step's loss
        foreach (var (name, (first, second)) in _differences)
            if (metrics.TryGetValue(first, out var a) && metrics.TryGetValue(second, out var b)) metrics[name] = a - b;
        foreach (var (name, value) in _extremes) metrics[name] = value;
        foreach (var (name, count) in _warnings) metrics[History.WarningPrefix + name] = count;
        metrics["grad_norm"] = norm;
        metrics["learning_rate"] = rate;
        metrics["num_tokens"] = tokens;
        return new Step(number, metrics, _examples.ToDictionary(e => e.Key, e => e.Value.ToArray()));
    }

    private void Sum(string name, double sum, double weight, double? total = null)
    {
        var (s, w) = _metrics.GetValueOrDefault(name);
        _metrics[name] = (s + sum, total ?? w + weight);
    }
}
