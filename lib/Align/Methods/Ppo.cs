using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>Proximal Policy Optimization (Schulman et al. 2017, https://arxiv.org/abs/1707.06347) on a language model: the policy is paid by a reward less β·KL to the reference, and a value model says what was to be expected.</summary>
/// <remarks>The loss is the mean over tokens of the clipped surrogate plus <see cref="PpoOptions.ValueCoefficient"/> times the mean over steps of the value loss. <see cref="PpoRollout"/> computes what both are trained on.</remarks>
public static class Ppo
{
    /// <summary>max(−ρA, −clip(ρ, 1 ± ε)·A), eq. 7, the loss of a token.</summary>
    /// <param name="x">Log-probabilities and advantages, each [B, T].</param>
    /// <param name="clip">ε.</param>
    /// <returns>Shape [B, T].</returns>
    public static Tensor PolicyLoss(PolicyTokens x, double clip = 0.2)
    {
        using var scope = NewDisposeScope();
        return PolicyGradient.Clipped(x.Ratio(), x.Advantages, clip).MoveToOuterDisposeScope();
    }

    /// <summary>½·max((V − R)², (clip(V, V_old ± ε) − R)²), the loss of a step.</summary>
    /// <param name="values">V, any shape.</param>
    /// <param name="old">V when the rollout was written, the same shape.</param>
    /// <param name="returns">R, the same shape.</param>
    /// <param name="clip">ε; infinity clips nothing.</param>
    /// <returns>The same shape.</returns>
    public static Tensor ValueLoss(Tensor values, Tensor old, Tensor returns, double clip = 0.2)
    {
        Shape.Same(values, old);
        Shape.Same(values, returns);
        using var scope = NewDisposeScope();
        var (free, clipped) = ValueErrors(values, old, returns, clip);
        return (maximum(free, clipped) / 2).MoveToOuterDisposeScope();
    }

    /// <summary>The method: policy and value loss of rollouts that <see cref="PpoRollout"/> made.</summary>
    /// <param name="models">Policy and value model.</param>
    /// <param name="options">The settings.</param>
    /// <param name="guard">When to stop; the usual limits when absent.</param>
    /// <remarks>
    /// Logs, over tokens, <c>policy/entropy_avg</c>, <c>policy/approxkl_avg</c> = ½(log ρ)², <c>policy/clipfrac_avg</c>, the share of tokens that the clip holds,
    /// <c>val/ratio</c>; over steps <c>val/clipfrac_avg</c>; the two losses as <c>loss/policy_avg</c> and <c>loss/value_avg</c>. None of them sees padding.
    /// </remarks>
    public static Objective<RolloutBatch> Objective(PpoModels models, PpoOptions options, Guard? guard = null) => new(
        Weights: batch => [batch.Text.TrainedTokens, batch.Rows.Sum(r => r.Steps)],
        Terms: batch =>
        {
            using var scope = NewDisposeScope();
            var (x, statistics, values) = models.Read(batch, statistics: true);
            var policy = PolicyLoss(x, options.Clip);                                                            // [B, T]
            var (old, returns) = (Steps(r => r.Values!), Steps(r => r.Returns!));                                // [S]
            var value = ValueLoss(values, old, returns, options.ValueClip);                                      // [S]

            var terms = new Terms(
                new LossTerm("policy_avg", Masked.Sum(policy, x.Mask).MoveToOuterDisposeScope()),
                new LossTerm("value_avg", value.sum().MoveToOuterDisposeScope(), options.ValueCoefficient));
            using var frozen = no_grad();
            var ratio = x.Ratio();
            var (free, clipped) = ValueErrors(values, old, returns, options.ValueClip);
            terms.Mean("policy/entropy_avg", statistics!.Entropy, x.Mask)
                .Mean("policy/clipfrac_avg", (-x.Advantages * ratio.clamp(1 - options.Clip, 1 + options.Clip)).gt(-x.Advantages * ratio), x.Mask)
                .Mean("val/clipfrac_avg", clipped.gt(free).sum().ToDouble(), values.shape[0]);
            (guard ?? new Guard()).Watch(terms, x, "val/ratio", "policy/approxkl_avg", () => Masked.Rows(policy, x.Mask), () => PerRow(value));
            return terms.Measured(batch);

            Tensor PerRow(Tensor steps) => steps.new_zeros(batch.Rows.Count).index_add(0, tensor([.. batch.Rows.SelectMany((r, row) => Enumerable.Repeat((long)row, r.Steps))], device: steps.device), steps, 1);

            Tensor Steps(Func<Rollout, double[]> numbers) => tensor([.. batch.Rows.SelectMany(numbers)], values.dtype, values.device);
        });

    private static (Tensor Free, Tensor Clipped) ValueErrors(Tensor values, Tensor old, Tensor returns, double clip)
    {
        var near = values.clamp(old - clip, old + clip);
        return ((values - returns).Squared(), (near - returns).Squared());
    }
}
