using Align.Tensors;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>What a preference method does with the tokens of a pair around the loss, which sees sums alone.</summary>
/// <param name="Discount">Before the sums: the chosen and rejected tokens' log-probabilities, scaled. Applied to policy and reference alike; null for none.</param>
/// <param name="Weights">After the loss: a weight per text, a constant; a pair's loss counts the product of its two. Null for none.</param>
public sealed record PairTokens(
    Func<TokenLogProbs, TokenLogProbs, (TokenLogProbs Chosen, TokenLogProbs Rejected)>? Discount = null,
    Func<TokenLogProbs, TokenStatistics, Tensor>? Weights = null)
{
    /// <summary>LD-DPO (Liu et al. 2024, https://arxiv.org/abs/2409.06411): what the longer answer has beyond the shorter one's length counts only α.</summary>
    /// <param name="alpha">α from 0, cut off, to 1, plain DPO.</param>
    public static PairTokens LengthDesensitized(double alpha)
    {
        LossSettingException.ThrowUnless(alpha is >= 0 and <= 1, nameof(alpha), alpha, "from 0 to 1");
        return new(Discount: (chosen, rejected) => DiscountBeyondShorter(chosen, rejected, alpha));
    }

    /// <summary>WPO (Zhou et al. 2024, https://arxiv.org/abs/2406.11827): pairs that the policy itself could have written count more.</summary>
    public static PairTokens WeightedByPolicy() => new(Weights: PolicyWeights);

    /// <summary>Scales tokens beyond the m = min(n⁺, n⁻)-th by α; the counts stay n⁺ and n⁻. Each [B, T].</summary>
    public static (TokenLogProbs Chosen, TokenLogProbs Rejected) DiscountBeyondShorter(TokenLogProbs chosen, TokenLogProbs rejected, double alpha)
    {
        Shape.Same(chosen.Values, rejected.Values);
        using var scope = NewDisposeScope();
        var shorter = minimum(chosen.Mask.sum(-1), rejected.Mask.sum(-1)).unsqueeze(-1);                     // [B, 1]
        return (Discounted(chosen), Discounted(rejected));

        TokenLogProbs Discounted(TokenLogProbs x) =>
            x with { Values = x.Values.where(x.Mask.cumsum(-1).le(shorter), alpha * x.Values).MoveToOuterDisposeScope() };
    }

    /// <summary>w = exp(mean over tokens of log π(y_t) − log Σ_v π(v)²), where the sum is the chance that the policy, asked twice, says the same: eq. 2 there with its normalization. Shape [B].</summary>
    /// <returns>A constant for the gradient; 1 for an empty completion.</returns>
    public static Tensor PolicyWeights(TokenLogProbs x, TokenStatistics statistics)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var agreement = statistics.SumOfSquares.where(x.Mask, x.Values.new_ones(1)).log();                   // [B, T]
        return (x with { Values = x.Values - agreement }).Mean().exp().MoveToOuterDisposeScope();
    }
}
