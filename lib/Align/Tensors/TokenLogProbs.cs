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

    private Tensor LogRatio(Tensor policy, Tensor? reference, string name)
    {
        if (reference is null) throw new MissingLogProbsException(name, "the loss compares the policy with a reference");
        Shape.Is(PolicyChosen, [-1]);
        Shape.Same(PolicyChosen, PolicyRejected);
        Shape.Same(policy, reference, "policy log-probabilities", name);
        return policy - reference;
    }
}

/// <summary>A loss of one value per pair, [B]: a user's lambda goes wherever the built-in losses go.</summary>
public delegate Tensor PairLoss(PairLogProbs x);

/// <summary>A loss read log-probabilities that the pairs do not have.</summary>
public sealed class MissingLogProbsException(string which, string why)
    : Runtime.AlignException($"PairLogProbs.{which} is absent, but {why}. Give the reference's log-probabilities, or take a loss that needs none.");
