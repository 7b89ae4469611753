using Align.Models;
using Align.Runtime;
using Align.Text;

namespace Align.Evaluation;

/// <summary>What a contender of a comparison gets for one seed: a fresh policy, its reference, the pairs; and what it uses of them is counted.</summary>
public sealed class Trial : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly List<CountedPolicy> _models = [];
    private readonly long _before = NativeMemory.InUse();
    private long _highest;

    internal Trial(Decoder start, IReadOnlyList<TokenizedPair> pairs, ComparisonOptions options, ulong seed)
    {
        (Pairs, Options, Seed) = (pairs, options, seed);
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

    /// <summary>Looks at the memory.</summary>
    internal void Look() => _highest = Math.Max(_highest, NativeMemory.InUse());

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
