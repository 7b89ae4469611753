using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>Clipped Importance Sampling Policy Optimization (MiniMax 2025, https://arxiv.org/abs/2506.13585): REINFORCE with a bounded weight. The clip weakens a token and never silences it.</summary>
public static class Cispo
{
    /// <summary>−sg(min(ρ, ε_high))·A·log π, where sg passes no gradient.</summary>
    /// <param name="x">Log-probabilities and advantages, each [B, T].</param>
    /// <param name="epsilonHigh">The bound itself, not its distance from 1: usually near 5. The reference's default of 0.2 holds every token back, even where nothing has moved.</param>
    /// <param name="level">Whether ρ is of a token or of its completion.</param>
    /// <returns>Shape [B, T].</returns>
    public static Tensor Loss(PolicyTokens x, double epsilonHigh = 5, RatioLevel level = RatioLevel.Token)
    {
        using var scope = NewDisposeScope();
        return (-x.Ratio(level).detach().clamp_max(epsilonHigh) * x.Advantages * x.LogProbs).MoveToOuterDisposeScope();
    }

    /// <summary>The method: the mean over all tokens of a step.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="epsilonHigh">The bound.</param>
    /// <param name="level">Whether ρ is of a token or of its completion.</param>
    /// <param name="beta">The factor of the KL to the reference, k3; 0 needs no reference.</param>
    /// <param name="guard">When to stop; the usual limits when absent.</param>
    /// <remarks>Logs <c>cispo_clip_ratio</c>, the share of tokens (of completions, where ρ is theirs) with A above 0 that the bound holds back. Rollouts are <see cref="Grpo.Collect"/>'s.</remarks>
    public static Objective<RolloutBatch> Objective(
        IPolicy policy, double epsilonHigh = 5, RatioLevel level = RatioLevel.Token, double beta = 0, Guard? guard = null) => PolicyGradient.Objective(
        policy,
        x => Loss(x, epsilonHigh, level),
        TokenAverage.Tokens,
        beta == 0 ? null : (beta, x => Grpo.Kl(x)),
        entropyBonus: 0,
        guard,
        (terms, x) =>
        {
            var held = x.Ratio(level).gt(epsilonHigh) & x.Advantages.gt(0);
            if (level == RatioLevel.Token) terms.Mean("cispo_clip_ratio", held, x.Mask);
            else terms.Mean("cispo_clip_ratio", held.select(1, 0).sum().ToDouble(), held.shape[0]);
        });
}
