using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>Log-probabilities of tokens: position t belongs to target t.</summary>
/// <param name="Values">log π(token t | tokens before it), 0 where the mask is false. Shape [B, T], fp32 or fp64, in nats.</param>
/// <param name="Mask">True on the tokens that count: the completion. Shape [B, T], bool.</param>
public sealed record TokenLogProbs(Tensor Values, Tensor Mask)
{
    /// <summary>log π(y|x), the sum over the completion. Shape [B].</summary>
    public Tensor Sum()
    {
        Shape.Same(Values, Mask);
        using var scope = NewDisposeScope();
        return Values.where(Mask, Values.new_zeros(1)).sum(-1).MoveToOuterDisposeScope(); // [B]
    }

    /// <summary>The number of tokens that count. Shape [B], in the type of the values.</summary>
    public Tensor Count()
    {
        using var scope = NewDisposeScope();
        return Mask.sum(-1).to(Values.dtype).MoveToOuterDisposeScope(); // [B]
    }

    /// <summary>The mean over the completion, 0 for an empty one. Shape [B].</summary>
    public Tensor Mean()
    {
        using var scope = NewDisposeScope();
        return (Sum() / Count().clamp_min(1)).MoveToOuterDisposeScope(); // [B]
    }

    /// <summary>Rows <paramref name="first"/> … <paramref name="first"/> + <paramref name="count"/> - 1, as views.</summary>
    public TokenLogProbs Rows(long first, long count) => new(Values.narrow(0, first, count), Mask.narrow(0, first, count));
}

/// <summary>What the same pass over the vocabulary yields beside the log-probabilities. Each [B, T], 0 where the mask is false.</summary>
/// <param name="Entropy">-Σ_v π(v) log π(v), in nats.</param>
/// <param name="MeanLogit">The mean of the logits over the vocabulary. Carries no gradient.</param>
/// <param name="SumOfSquares">Σ_v π(v)², the chance that two draws agree. Carries no gradient.</param>
/// <param name="Top1">1 where the target is the most likely token, else 0. Carries no gradient.</param>
public sealed record TokenStatistics(Tensor Entropy, Tensor MeanLogit, Tensor SumOfSquares, Tensor Top1);

/// <summary>Log-probabilities of pairs of completions, what a preference loss reads. Each [B].</summary>
/// <param name="PolicyChosen">log π(y⁺|x).</param>
/// <param name="PolicyRejected">log π(y⁻|x).</param>
/// <param name="ReferenceChosen">log π₀(y⁺|x); absent for losses without a reference.</param>
/// <param name="ReferenceRejected">log π₀(y⁻|x); absent for losses without a reference.</param>
/// <param name="ChosenTokens">n⁺, the number of tokens of y⁺, for losses that average.</param>
/// <param name="RejectedTokens">n⁻.</param>
public sealed record PairLogProbs(
    Tensor PolicyChosen,
    Tensor PolicyRejected,
    Tensor? ReferenceChosen = null,
    Tensor? ReferenceRejected = null,
    Tensor? ChosenTokens = null,
    Tensor? RejectedTokens = null)
{
    /// <summary>a = log π(y⁺) − log π₀(y⁺). Shape [B].</summary>
    /// <exception cref="MissingLogProbsException">There is no reference.</exception>
    public Tensor ChosenLogRatio() => LogRatio(PolicyChosen, ReferenceChosen, nameof(ReferenceChosen));

    /// <summary>b = log π(y⁻) − log π₀(y⁻). Shape [B].</summary>
    /// <exception cref="MissingLogProbsException">There is no reference.</exception>
    public Tensor RejectedLogRatio() => LogRatio(PolicyRejected, ReferenceRejected, nameof(ReferenceRejected));

    /// <summary>Whether each loss is multiplied by its pair's weight: refused by losses whose values belong to no pair.</summary>
    internal bool Weighted { get; init; }

    /// <summary>The same with means over tokens in place of sums, for losses that average. An empty completion's mean is 0.</summary>
    /// <exception cref="MissingLogProbsException">There are no token counts.</exception>
    public PairLogProbs PerToken()
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = Tokens();
        return this with
        {
            PolicyChosen = (PolicyChosen / chosen).MoveToOuterDisposeScope(),
            PolicyRejected = (PolicyRejected / rejected).MoveToOuterDisposeScope(),
            ReferenceChosen = ReferenceChosen is null ? null : (ReferenceChosen / chosen).MoveToOuterDisposeScope(),
            ReferenceRejected = ReferenceRejected is null ? null : (ReferenceRejected / rejected).MoveToOuterDisposeScope(),
        };
    }

    /// <summary>n⁺ and n⁻ as divisors: 1 where a completion is empty.</summary>
    internal (Tensor Chosen, Tensor Rejected) Tokens()
    {
        const string why = "the loss averages over tokens", advice = "Give the token counts, or take a loss that sums.";
        var chosen = ChosenTokens ?? throw new MissingLogProbsException($"{nameof(PairLogProbs)}.{nameof(ChosenTokens)}", why, advice);
        var rejected = RejectedTokens ?? throw new MissingLogProbsException($"{nameof(PairLogProbs)}.{nameof(RejectedTokens)}", why, advice);
        Shape.Same(PolicyChosen, PolicyRejected);
        Shape.Same(PolicyChosen, chosen);
        Shape.Same(PolicyRejected, rejected);
        return (chosen.clamp_min(1), rejected.clamp_min(1));
    }

    private Tensor LogRatio(Tensor policy, Tensor? reference, string name)
    {
        if (reference is null) throw new MissingLogProbsException($"{nameof(PairLogProbs)}.{name}", "the loss compares the policy with a reference");
        Shape.Is(PolicyChosen, [-1]);
        Shape.Same(PolicyChosen, PolicyRejected);
        Shape.Same(policy, reference, "policy log-probabilities", name);
        return policy - reference;
    }
}

/// <summary>A loss of one value per pair, [B]: a user's lambda goes wherever the built-in losses go.</summary>
public delegate Tensor PairLoss(PairLogProbs x);

/// <summary>A loss read log-probabilities that are not there.</summary>
public sealed class MissingLogProbsException(string which, string why, string advice = "Give the reference's log-probabilities, or take a loss that needs none.")
    : Runtime.AlignException($"{which} is absent, but {why}. {advice}");
