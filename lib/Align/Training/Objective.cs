using System.Text.Json.Nodes;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Training;

/// <summary>One part of a method's loss: the sum over what it counts (tokens or pairs), before any division.</summary>
/// <param name="Name">Such as <c>nll</c>.</param>
/// <param name="Sum">The sum over the micro-batch, a scalar.</param>
/// <param name="Coefficient">Its factor in the loss.</param>
public sealed record LossTerm(string Name, Tensor Sum, double Coefficient = 1);

/// <summary>What a method makes of one micro-batch: its loss terms and the numbers worth plotting.</summary>
public sealed class Terms(params LossTerm[] losses)
{
    private readonly Dictionary<string, (double Sum, double Weight)> _metrics = [];
    private readonly Dictionary<string, double[]> _examples = [];
    private readonly Dictionary<string, (string First, string Second)> _differences = [];
    private readonly Dictionary<string, (double Value, bool Greatest)> _extremes = [];
    private readonly Dictionary<string, int> _warnings = [];

    /// <summary>The loss terms, in the order of <see cref="Objective{TBatch}.Weights"/>.</summary>
    public IReadOnlyList<LossTerm> Losses => losses;

    /// <summary>Every metric as a sum and what it is divided by.</summary>
    public IReadOnlyDictionary<string, (double Sum, double Weight)> Metrics => _metrics;

    /// <summary>One value per example.</summary>
    public IReadOnlyDictionary<string, double[]> Examples => _examples;

    /// <summary>Metrics that are one metric minus another.</summary>
    public IReadOnlyDictionary<string, (string First, string Second)> Differences => _differences;

    /// <summary>The least or the greatest of something.</summary>
    public IReadOnlyDictionary<string, (double Value, bool Greatest)> Extremes => _extremes;

    /// <summary>What is worth a warning, and how often it occurred.</summary>
    public IReadOnlyDictionary<string, int> Warnings => _warnings;

    /// <summary>Why the step must not be taken; null when nothing speaks against it.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>Logs the mean of what a mask keeps.</summary>
    public Terms Mean(string name, Tensor x, Tensor mask)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        _metrics[name] = (Tensors.Masked.Sum(x, mask).ToDouble(), mask.sum().ToDouble());
        return this;
    }

    /// <summary>Logs a sum and what it is divided by.</summary>
    public Terms Mean(string name, double sum, double weight)
    {
        _metrics[name] = (sum, weight);
        return this;
    }

    /// <summary>Logs one metric minus another: a difference of means, which no mean over examples is. Nothing where a step lacks either.</summary>
    public Terms Difference(string name, string first, string second)
    {
        _differences[name] = (first, second);
        return this;
    }

    /// <summary>Logs the least value; nothing when there is none.</summary>
    public Terms Least(string name, Tensor x) => Extreme(name, x, greatest: false);

    /// <summary>Logs the greatest value; nothing when there is none.</summary>
    public Terms Greatest(string name, Tensor x) => Extreme(name, x, greatest: true);

    /// <summary>Counts what is no error and teaches nothing; a step that has any logs it as <c>warnings/NAME</c>.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="count">How often it occurs in the batch; 0 is no warning.</param>
    public Terms Warn(string name, int count)
    {
        if (count > 0) _warnings[name] = _warnings.GetValueOrDefault(name) + count;
        return this;
    }

    /// <summary>Warns of <c>masked_answers</c>, rows of which the mask keeps nothing: their log-probability is that of no token, 0.</summary>
    /// <param name="mask">Shape [B, T].</param>
    public Terms WarnOfMasked(Tensor mask)
    {
        using var scope = NewDisposeScope();
        return Warn("masked_answers", (int)mask.any(1).logical_not().sum().ToInt64());
    }

    /// <summary>Speaks against the step: the loop stops before it.</summary>
    /// <param name="cause">What is wrong, with the number and its limit.</param>
    /// <param name="worst">The worst examples of the batch, each with its number.</param>
    public Terms Refuse(string cause, IReadOnlyList<(int Row, double Value)> worst)
    {
        Refusal ??= new Refusal(cause, worst);
        return this;
    }

    /// <summary>Logs one value per example and their mean.</summary>
    /// <param name="name">The metric.</param>
    /// <param name="x">Shape [B].</param>
    public Terms PerExample(string name, Tensor x)
    {
        using var scope = NewDisposeScope();
        var values = x.detach().to(ScalarType.Float64).cpu().data<double>().ToArray();
        _examples[name] = values;
        _metrics[name] = (values.Sum(), values.Length);
        return this;
    }

    private Terms Extreme(string name, Tensor x, bool greatest)
    {
        using var scope = NewDisposeScope();
        if (x.numel() > 0) _extremes[name] = ((greatest ? x.detach().max() : x.detach().min()).to(ScalarType.Float64).ToDouble(), greatest);
        return this;
    }
}

/// <summary>Why a step must not be taken.</summary>
/// <param name="Cause">What is wrong, with the number and its limit.</param>
/// <param name="Worst">The worst examples, by their row in the batch, each with its number.</param>
public sealed record Refusal(string Cause, IReadOnlyList<(int Row, double Value)> Worst);

/// <summary>A method as the loop sees it: two functions.</summary>
/// <param name="Weights">
/// What each loss term's sum is divided by, from lengths only. The loop adds these up over all micro-batches of a step before the first of them is computed,
/// so that accumulation equals the big batch.
/// </param>
/// <param name="Terms">The loss terms of a micro-batch and its metrics. The step's loss is Σ coefficient · Σ Sum / Σ Weight.</param>
/// <param name="State">What the method itself carries from step to step, part of the run's state; null for most.</param>
public sealed record Objective<TBatch>(Func<TBatch, double[]> Weights, Func<TBatch, Terms> Terms, IMethodState? State = null)
    where TBatch : IBatch;

/// <summary>What a method carries from step to step beside the weights, such as a running mean.</summary>
public interface IMethodState
{
    /// <summary>Where it stands.</summary>
    JsonNode Save();

    /// <summary>Goes back to where <see cref="Save"/> was called.</summary>
    void Load(JsonNode state);

    /// <summary>Weights of its own that move during the run, such as those of a reference that follows: saved and loaded with the run. A step that is not taken leaves them alone.</summary>
    IReadOnlyList<(string Name, Tensor Value)> Weights => [];
}
