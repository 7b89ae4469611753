using Align.Models;
using Align.Rewards;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>Group Relative Policy Optimization (Shao et al. 2024, https://arxiv.org/abs/2402.03300): PPO's surrogate without a value model, an answer's advantage is how it compares with the others to its prompt.</summary>
/// <remarks>
/// The members of the family differ in the loss of a token and in the <see cref="TokenAverage"/>: GRPO is <see cref="Loss"/> over <see cref="TokenAverage.Completions"/>,
/// Dr. GRPO over <see cref="TokenAverage.Constant"/>, BNPO and DAPO over <see cref="TokenAverage.Tokens"/>, and
/// GSPO is <see cref="Loss"/> with <see cref="RatioLevel.Sequence"/>.
/// </remarks>
public static class Grpo
{
    /// <summary>−min(min(ρ, δ)·A, clip(ρ, 1 − ε, 1 + ε_high)·A), eq. 3 without its KL.</summary>
    /// <param name="x">Log-probabilities and advantages, each [B, T].</param>
    /// <param name="epsilon">How far ρ may fall.</param>
    /// <param name="epsilonHigh">How far it may rise; as far when absent. DAPO lets it rise further (https://arxiv.org/abs/2503.14476, § 3.1).</param>
    /// <param name="delta">δ, which also holds ρ where A &lt; 0 and nothing else would; null for none (two-sided clipping, https://arxiv.org/abs/2505.07291).</param>
    /// <param name="level">Whether ρ is of a token or of its completion.</param>
    /// <returns>Shape [B, T].</returns>
    public static Tensor Loss(PolicyTokens x, double epsilon = 0.2, double? epsilonHigh = null, double? delta = null, RatioLevel level = RatioLevel.Token)
    {
        using var scope = NewDisposeScope();
        var ratio = x.Ratio(level);
        var capped = (delta is { } most ? ratio.clamp_max(most) : ratio) * x.Advantages;
        var clipped = ratio.clamp(1 - epsilon, 1 + (epsilonHigh ?? epsilon)) * x.Advantages;
        return (-minimum(capped, clipped)).MoveToOuterDisposeScope();
    }

    /// <summary>k3 of the tokens, the pull of eq. 4. Its gradient is that of KL(π₀ ‖ π); times ρ it is that of KL(π ‖ π₀) (https://arxiv.org/abs/2512.02556).</summary>
    /// <param name="x">Log-probabilities with the reference's, each [B, T].</param>
    /// <param name="correctedBy">The level of the ρ that multiplies; null for none.</param>
    /// <returns>Shape [B, T].</returns>
    public static Tensor Kl(PolicyTokens x, RatioLevel? correctedBy = null)
    {
        using var scope = NewDisposeScope();
        var kl = x.ReferenceKl(Tensors.Kl.K3);
        return (correctedBy is { } level ? kl * x.Ratio(level) : kl).MoveToOuterDisposeScope();
    }

    /// <summary>The method with the clipped loss; for other losses of a token there is <see cref="PolicyGradient.Objective(IPolicy, PolicyLoss, TokenAverage, ValueTuple{double, PolicyLoss}?, double, Guard?)"/>.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="options">The loss's settings.</param>
    /// <param name="guard">When to stop; the usual limits when absent.</param>
    /// <remarks>Logs also <c>clip_ratio/…</c>: over tokens, or over completions where ρ is theirs.</remarks>
    public static Objective<RolloutBatch> Objective(IPolicy policy, GrpoOptions options, Guard? guard = null) => PolicyGradient.Objective(
        policy,
        x => Loss(x, options.Epsilon, options.EpsilonHigh, options.Delta, options.Level),
        options.Average,
        options.Beta == 0 ? null : (options.Beta, x => Kl(x, options.CorrectKl ? options.Level : null)),
        options.EntropyBonus,
        guard,
        (terms, x) =>
        {
            var ratio = x.Ratio(options.Level);
            if (options.Delta is { } most) ratio = ratio.clamp_max(most);
            var (advantages, mask) = (x.Advantages, x.Mask);
            if (options.Level == RatioLevel.Sequence) (ratio, advantages, mask) = (ratio.narrow(1, 0, 1), advantages.narrow(1, 0, 1), ones_like(mask).narrow(1, 0, 1));
            ClipRatio.Log(terms, ratio, advantages, mask, options.Epsilon, options.EpsilonHigh);
        });

    /// <summary>How GRPO makes a rollout: several answers per prompt.</summary>
    /// <param name="policy">Who writes.</param>
    /// <param name="reference">π₀; null where β is 0.</param>
    /// <param name="reward">What judges.</param>
    /// <param name="writing">How answers are written.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="LossSettingException">A setting is out of range, or β is above 0 and there is no reference.</exception>
    public static Collect Collect(IPolicy policy, IPolicy? reference, RewardSum reward, Writing writing, GrpoOptions options)
    {
        options.Check();
        if (options.Beta > 0 && reference is null) throw new LossSettingException("Beta is above 0, and there is no reference to be near to. Give one, or set it to 0.");
        return (prompts, _, rng) =>
        {
            var answers = writing.Write(policy, prompts, options.GroupSize, rng);
            return Assess(GroupRollout.Rows(answers, options.LeaveOutTruncated), reward.Score(answers), options.OnPolicy ? null : policy, reference, options, writing.PadId);
        };
    }

    internal static Experience Assess(IReadOnlyList<Rollout> answers, Scores scores, IPolicy? policy, IPolicy? reference, GrpoOptions options, int padId)
    {
        var rows = GroupRollout.Score(answers, policy, reference, padId);
        using var scope = NewDisposeScope();
        var total = scores.Total;
        var advantages = (options.ScaleEachReward
            ? Advantages.GroupEach(stack([.. scores.Values.Select(v => tensor(v))], 1), tensor(scores.Weights.ToArray()), options.GroupSize)
            : Advantages.Group(tensor(total), options.GroupSize, options.Scale)).data<double>().ToArray();
        var metrics = GroupRollout.Metrics(rows, scores);
        metrics["frac_reward_zero_std"] = options.ScaleEachReward
            ? (advantages.All(a => a == 0) ? 1 : 0, 1)
            : RolloutMetrics.Constant(total, options.Scale == GroupScale.Batch ? total.Length : options.GroupSize);
        return new([.. rows.Select((r, i) => GroupRollout.With(r, total[i], advantages[i]))], metrics, options.Beta);
    }
}
