using Align.Text;

namespace Align.Training;

/// <summary>A training run: what is trained, on what, how, and how far it has come.</summary>
/// <param name="objective">The method.</param>
/// <param name="source">Where batches come from.</param>
/// <param name="optimizer">The optimizer, which knows the weights.</param>
/// <param name="learningRate">The rate of step k, counted from 0.</param>
/// <param name="steps">The number of optimizer steps.</param>
/// <param name="accumulate">Micro-batches per step.</param>
/// <param name="maxGradientNorm">Gradients are scaled down to this norm; infinity leaves them.</param>
public sealed class Run<TBatch>(
    Objective<TBatch> objective,
    IBatchSource<TBatch> source,
    AdamW optimizer,
    Schedule learningRate,
    int steps,
    int accumulate = 1,
    double maxGradientNorm = 1)
    where TBatch : IBatch
{
    /// <summary>The method.</summary>
    public Objective<TBatch> Objective => objective;

    /// <summary>Where batches come from.</summary>
    public IBatchSource<TBatch> Source => source;

    /// <summary>The optimizer.</summary>
    public AdamW Optimizer => optimizer;

    /// <summary>The rate of step k, counted from 0.</summary>
    public Schedule LearningRate => learningRate;

    /// <summary>The number of optimizer steps.</summary>
    public int Steps => steps;

    /// <summary>Micro-batches per step.</summary>
    public int Accumulate => accumulate;

    /// <summary>The norm that gradients are scaled down to.</summary>
    public double MaxGradientNorm => maxGradientNorm;

    /// <summary>The type of the model's matrix products, saved with the run and compared on loading; null for the weights' own.</summary>
    public TorchSharp.torch.ScalarType? Compute { get; init; }

    /// <summary>What else has to be the same when the run is resumed, such as the method's β; saved, and compared on loading.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The steps taken so far.</summary>
    public int Step { get; internal set; }

    /// <summary>The tokens seen so far, prompts included, padding not.</summary>
    public long Tokens { get; internal set; }

    /// <summary>What was logged so far.</summary>
    public History History { get; } = new();

    internal IReadOnlyList<TBatch> NextBatches()
    {
        var batches = new List<TBatch>();
        while (batches.Count < accumulate && source.Next() is { } batch) batches.Add(batch);
        return batches;
    }

    internal Step Finish(StepLog log, double norm, double rate, long tokens)
    {
        Step++;
        Tokens += tokens;
        var step = log.Finish(Step, norm, rate, Tokens);
        History.Add(step);
        return step;
    }
}
