using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>What a policy-gradient loss reads. Each [B, T]; what stands where the mask is false does not count.</summary>
/// <param name="LogProbs">log π of the tokens, differentiable.</param>
/// <param name="Old">log π of the same tokens when they were written.</param>
/// <param name="Advantages">How much better than expected each token was.</param>
/// <param name="Mask">True on the completions' tokens.</param>
/// <param name="Reference">log π₀, for losses that look at it.</param>
public sealed record PolicyTokens(Tensor LogProbs, Tensor Old, Tensor Advantages, Tensor Mask, Tensor? Reference = null)
{
    /// <summary>log ρ = log π − log π_old of each token; 0 where the mask is false. Shape [B, T].</summary>
    public Tensor LogRatio()
    {
        Shape.Is(LogProbs, [-1, -1]);
        Shape.Same(LogProbs, Old);
        Shape.Same(LogProbs, Advantages);
        Shape.Same(LogProbs, Mask);
        using var scope = NewDisposeScope();
        return (LogProbs - Old).where(Mask, LogProbs.new_zeros(1)).MoveToOuterDisposeScope();
    }

    /// <summary>ρ, by which the policy has moved since the tokens were written.</summary>
    /// <param name="level">Of each token, or of the sequence: exp of the mean log ρ, the same for all its tokens (GSPO, Zheng et al. 2025, https://arxiv.org/abs/2507.18071).</param>
    /// <returns>Shape [B, T].</returns>
    public Tensor Ratio(RatioLevel level = RatioLevel.Token)
    {
        using var scope = NewDisposeScope();
        var logRatio = LogRatio();
        if (level == RatioLevel.Sequence) logRatio = (logRatio.sum(1, keepdim: true) / Lengths().clamp_min(1)).expand_as(logRatio);
        return logRatio.exp().MoveToOuterDisposeScope();
    }

    /// <summary>The number of tokens of each completion. Shape [B, 1], in the type of the log-probabilities.</summary>
    public Tensor Lengths()
    {
        using var scope = NewDisposeScope();
        return Mask.sum(1, keepdim: true).to(LogProbs.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>An estimate of KL(π ‖ π₀) per token; 0 where the mask is false. Shape [B, T].</summary>
    /// <exception cref="MissingLogProbsException">There is no reference.</exception>
    public Tensor ReferenceKl(KlEstimator estimator)
    {
        if (Reference is null) throw new MissingLogProbsException($"{nameof(PolicyTokens)}.{nameof(Reference)}", "the loss keeps the policy near a reference");
        using var scope = NewDisposeScope();
        return estimator(LogProbs.where(Mask, LogProbs.new_zeros(1)), Reference.where(Mask, LogProbs.new_zeros(1))).MoveToOuterDisposeScope();
    }
}

/// <summary>What the ratio ρ is taken over.</summary>
public enum RatioLevel
{
    /// <summary>Each token has its own.</summary>
    Token,

    /// <summary>All tokens of a completion share one.</summary>
    Sequence,
}

/// <summary>A loss of one value per token, [B, T]: a user's lambda goes wherever the built-in losses go.</summary>
public delegate Tensor PolicyLoss(PolicyTokens x);
