using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;

namespace Align.Evaluation;

/// <summary>What a contender of a comparison gets for one seed: a fresh policy, its reference, the pairs; and what it uses of them is counted.</summary>
public sealed class Trial : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly List<CountedPolicy> _models = [];
    private readonly long _before = NativeMemory.InUse();
    private readonly CancellationToken _cancellation;
    private long _highest;

    internal Trial(Decoder start, IReadOnlyList<TokenizedPair> pairs, ComparisonOptions options, ulong seed, CancellationToken cancellation)
    {
        (Pairs, Options, Seed, _cancellation) = (pairs, options, seed, cancellation);
        Model = Own(start.Copy(trainable: true));
        Policy = Counted(() => Model);
        Reference = Counted(() => Own(start.Copy()));
    }

    /// <summary>The policy's weights: a copy of the model that all contenders start from.</summary>
    public Decoder Model { get; }

    /// <summary>The policy; its passes are counted.</summary>
    public IPolicy Policy { get; }

    /// <summary>π₀, a frozen copy that is made when it is asked for the first time; its passes are counted.</summary>
    public IPolicy Reference { get; }

    /// <summary>The pairs, the same for all contenders.</summary>
    public IReadOnlyList<TokenizedPair> Pairs { get; }

    /// <summary>Budget and batch size, the same for all contenders.</summary>
    public ComparisonOptions Options { get; private set; }

    /// <summary>The seed.</summary>
    public ulong Seed { get; }

    /// <summary>The tokens trained on so far, of the budget.</summary>
    public long Tokens { get; private set; }

    /// <summary>The optimizer's steps so far.</summary>
    public int Steps { get; private set; }

    /// <summary>The forward passes so far; writing counts one for the prompt and one for every token.</summary>
    public long ForwardPasses { get; private set; }

    /// <summary>The models that were used so far.</summary>
    public int Models => _models.Count(m => m.IsThere);

    /// <summary>The most native memory that was seen in use above what was in use before, in MB: after every pass, loss and step.</summary>
    public double PeakMegabytes => Math.Max(0, _highest - _before) / 1e6;

    /// <summary>A generator of that name, of this seed alone: the same for all contenders.</summary>
    public Rng Rng(string name) => new Rng(Seed).Fork(name);

    /// <summary>A further model whose passes count.</summary>
    public IPolicy Count(IPolicy policy)
    {
        var counted = Counted(() => policy);
        _ = counted.VocabularySize; // it is there from now on
        return counted;
    }

    /// <summary>A reward or value model whose passes count; it is disposed of with the trial.</summary>
    public RewardModel Count(RewardModel model) => Own(model).Over(Count(model.Trunk));

    /// <summary>Trains something else before the policy, such as a reward model, with a share of the budget; the policy has the rest.</summary>
    /// <param name="share">The share of the budget, above 0 and below 1.</param>
    /// <param name="objective">What is minimised.</param>
    /// <param name="source">Where the batches come from.</param>
    /// <param name="trained">Whose weights are moved.</param>
    /// <param name="learningRate">The highest rate; that of the contender when absent.</param>
    public void TrainFirst<TBatch>(double share, Objective<TBatch> objective, IBatchSource<TBatch> source, ITrainable trained, double? learningRate = null)
        where TBatch : IBatch
    {
        if (!(share > 0 && share < 1)) throw new ComparisonException($"A share of {share} of the budget goes to what is trained first. It lies between 0 and 1.");
        foreach (var _ in Train(objective, source, trained, learningRate ?? Options.LearningRate, Tokens + (long)(share * Options.Tokens))) { }
    }

    /// <summary>Something that is disposed of with the trial, such as a value model.</summary>
    public T Own<T>(T thing)
        where T : IDisposable
    {
        _owned.Add(thing);
        return thing;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var thing in _owned) thing.Dispose();
    }

    /// <summary>This trial with a learning rate of the contender's own.</summary>
    internal Trial At(double learningRate)
    {
        Options = Options with { LearningRate = learningRate };
        return this;
    }

    /// <summary>Trains until so many tokens of the budget are used up.</summary>
    internal IEnumerable<Step> Train<TBatch>(Objective<TBatch> objective, IBatchSource<TBatch> source, ITrainable trained, double highestRate, long until)
        where TBatch : IBatch
    {
        var (before, budget) = (Tokens, Math.Max(1, until - Tokens));
        using var optimizer = new AdamW(trained.Parameters);
        // The rate follows the tokens, not the steps, which differ from method to method.
        Schedule rate = _ => highestRate * Math.Min((Tokens - before + 1.0) / Math.Max(1, Options.Warmup * budget), 1 - (double)(Tokens - before) / budget);
        var watched = objective with
        {
            Terms = batch =>
            {
                var terms = objective.Terms(batch);
                Look(); // the graph of the loss is there
                return terms;
            },
        };
        var run = new Run<TBatch>(watched, source, optimizer, rate, int.MaxValue, maxGradientNorm: Options.MaxGradientNorm);
        foreach (var step in run.Train(_cancellation))
        {
            Look();
            (Tokens, Steps) = (before + run.Tokens, Steps + 1);
            yield return step;
            if (Tokens >= until) yield break;
        }
    }

    private void Look() => _highest = Math.Max(_highest, NativeMemory.InUse());

    private CountedPolicy Counted(Func<IPolicy> make)
    {
        var policy = new CountedPolicy(make, passes =>
        {
            ForwardPasses += passes;
            Look();
        });
        _models.Add(policy);
        return policy;
    }
}
