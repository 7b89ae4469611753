using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>What methods share that weigh the log-probabilities of written tokens by advantages: the clipped surrogate, and one objective for any <see cref="PolicyLoss"/>.</summary>
public static class PolicyGradient
{
    /// <summary>−min(ρA, clip(ρ, 1 − ε, 1 + ε_high)·A): eq. 7 of Schulman et al. 2017 (https://arxiv.org/abs/1707.06347). Once ρ has gone ε in the direction that A asks for, the gradient is 0.</summary>
    /// <param name="ratio">ρ, any shape.</param>
    /// <param name="advantages">A, the same shape.</param>
    /// <param name="epsilon">How far ρ may fall.</param>
    /// <param name="epsilonHigh">How far ρ may rise; as far as it may fall when absent.</param>
    /// <returns>The shape of <paramref name="ratio"/>.</returns>
    public static Tensor Clipped(Tensor ratio, Tensor advantages, double epsilon = 0.2, double? epsilonHigh = null)
    {
        Shape.Same(ratio, advantages);
        using var scope = NewDisposeScope();
        return (-minimum(ratio * advantages, ratio.clamp(1 - epsilon, 1 + (epsilonHigh ?? epsilon)) * advantages)).MoveToOuterDisposeScope();
    }

    /// <summary>The method of any policy-gradient loss over rollouts.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="loss">The loss of a token.</param>
    /// <param name="average">How tokens are averaged.</param>
    /// <param name="penalty">Another loss of a token with its factor β, the pull towards the reference; logged as <c>kl</c>.</param>
    /// <param name="entropyBonus">The factor of the mean entropy of the tokens, which the loss then raises.</param>
    /// <param name="guard">When to stop; the usual limits when absent.</param>
    /// <remarks>Logs <c>entropy</c>, <c>kl</c> where there is a penalty, and <c>policy/ratio</c>, <c>policy/approxkl</c> over tokens; what the rollout measured comes with its first batch.</remarks>
    public static Objective<RolloutBatch> Objective(
        IPolicy policy, PolicyLoss loss, TokenAverage average, (double Beta, PolicyLoss Kl)? penalty = null, double entropyBonus = 0, Guard? guard = null) =>
        Objective(policy, loss, average, penalty, entropyBonus, guard, log: null);

    /// <summary>The same, with what else a method logs of its tokens.</summary>
    internal static Objective<RolloutBatch> Objective(
        IPolicy policy,
        PolicyLoss loss,
        TokenAverage average,
        (double Beta, PolicyLoss Kl)? penalty,
        double entropyBonus,
        Guard? guard,
        Action<Terms, PolicyTokens>? log) => new(
        Weights: batch => entropyBonus == 0 ? [average.Weight(batch)] : [average.Weight(batch), batch.Text.TrainedTokens],
        Terms: batch =>
        {
            using var scope = NewDisposeScope();
            var (logProbs, statistics) = policy.Score(batch.Text, statistics: true);                             // [B, T]
            var x = batch.Tokens(logProbs);
            var losses = OwnLoss.Checked(() => loss(x), x.LogProbs, "token");                                          // [B, T]
            var kl = penalty?.Kl(x);
            if (kl is not null) losses = losses + penalty!.Value.Beta * kl;

            var terms = entropyBonus == 0
                ? new Terms(new LossTerm("policy", average.Sum(losses, x.Mask).MoveToOuterDisposeScope()))
                : new Terms(
                    new LossTerm("policy", average.Sum(losses, x.Mask).MoveToOuterDisposeScope()),
                    new LossTerm("entropy", (-Masked.Sum(statistics!.Entropy, x.Mask)).MoveToOuterDisposeScope(), entropyBonus));
            using var frozen = no_grad();
            terms.Mean("entropy", statistics!.Entropy, x.Mask);
            if (kl is not null) terms.Mean("kl", kl, x.Mask);
            log?.Invoke(terms, x);
            (guard ?? new Guard()).Watch(
                terms, x, "policy/ratio", "policy/approxkl", [() => Masked.Rows(losses, x.Mask), .. entropyBonus == 0 ? [] : (Func<Tensor>[])[() => -Masked.Rows(statistics.Entropy, x.Mask)]]);
            return terms.Measured(batch);
        });

    /// <summary>What a loss reads of a batch whose log-probabilities were computed. Each [B, T], in their type and on their device.</summary>
    internal static PolicyTokens Tokens(this RolloutBatch batch, TokenLogProbs logProbs)
    {
        var old = batch.Rows.All(r => r.Old is not null) ? Matrix(r => r.Old!) : logProbs.Values.detach();
        var reference = batch.Rows.All(r => r.Reference is not null) ? Matrix(r => r.Reference!) : null;
        return new PolicyTokens(logProbs.Values, old, Matrix(r => r.Advantages), logProbs.Mask, reference);

        Tensor Matrix(Func<Rollout, double[]> numbers) => batch.Matrix(numbers, (int)logProbs.Values.shape[1]).to(logProbs.Values.dtype, logProbs.Values.device);
    }

    /// <summary>One array per row as a matrix, filled up with 0. Shape [B, <paramref name="width"/>], fp64.</summary>
    internal static Tensor Matrix(this RolloutBatch batch, Func<Rollout, double[]> numbers, int width)
    {
        var values = new double[batch.Rows.Count * width];
        for (var row = 0; row < batch.Rows.Count; row++) numbers(batch.Rows[row]).CopyTo(values, row * width);
        return tensor(values, [batch.Rows.Count, width], ScalarType.Float64);
    }

    /// <summary>Logs what was measured when the rollout was written.</summary>
    internal static Terms Measured(this Terms terms, RolloutBatch batch)
    {
        foreach (var (name, (sum, weight)) in batch.Metrics ?? new Dictionary<string, (double, double)>()) terms.Mean(name, sum, weight);
        return terms;
    }
}
