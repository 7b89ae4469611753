using Align.Models;
using Align.Rewards;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>REINFORCE Leave-One-Out (Ahmadian et al. 2024, https://arxiv.org/abs/2402.14740): a completion is one action, and the other completions of its prompt say what was to be expected.</summary>
public static class Rloo
{
    /// <summary>−min(ρA, clip(ρ, 1 − ε, 1 + ε_high)·A) with ρ = π(y|x)/π_old(y|x), the ratio of whole completions.</summary>
    /// <param name="logProbs">Log-probabilities summed over each completion. Shape [B].</param>
    /// <param name="old">The same when they were written. Shape [B].</param>
    /// <param name="advantages">Shape [B].</param>
    /// <param name="epsilon">How far ρ may fall.</param>
    /// <param name="epsilonHigh">How far it may rise; as far when absent.</param>
    /// <returns>Shape [B].</returns>
    public static Tensor Loss(Tensor logProbs, Tensor old, Tensor advantages, double epsilon = 0.2, double? epsilonHigh = null)
    {
        Shape.Is(logProbs, [-1]);
        Shape.Same(logProbs, old);
        using var scope = NewDisposeScope();
        return PolicyGradient.Clipped((logProbs - old).exp(), advantages, epsilon, epsilonHigh).MoveToOuterDisposeScope();
    }

    /// <summary>The reward is clipped, then pays β·(log π − log π₀) of the completion, then its advantage over the others of its group is taken.</summary>
    /// <param name="rewards">NaN where none could be given. Shape [N].</param>
    /// <param name="logRatios">log π(y|x) − log π₀(y|x) when written. Shape [N].</param>
    /// <param name="beta">β.</param>
    /// <param name="groupSize">Completions per prompt.</param>
    /// <param name="rewardRange">Rewards are brought into it; null leaves them.</param>
    /// <param name="normalise">Whether advantages are centred and scaled over the batch.</param>
    /// <returns>Shape [N]; NaN for a log-ratio that is not finite.</returns>
    public static Tensor Advantages(Tensor rewards, Tensor logRatios, double beta, int groupSize, (double Low, double High)? rewardRange = null, bool normalise = false)
    {
        Shape.Same(rewards, logRatios);
        using var scope = NewDisposeScope();
        var clipped = rewardRange is var (low, high) ? rewards.clamp(low, high) : rewards;
        var advantages = Tensors.Advantages.LeaveOneOut(clipped - beta * logRatios, groupSize, normalise);
        return advantages.masked_fill(logRatios.isfinite().logical_not(), double.NaN).MoveToOuterDisposeScope(); // no missing reward: the guard refuses the step and names the row
    }

    /// <summary>The method: the mean over completions, a row that is not trained counting as one.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="epsilon">How far ρ may fall.</param>
    /// <param name="epsilonHigh">How far it may rise; as far when absent.</param>
    /// <param name="guard">When to stop; the usual limits when absent.</param>
    /// <remarks>Logs <c>entropy</c> over tokens and <c>clip_ratio/…</c> over completions; what the rollout measured comes with its first batch.</remarks>
    public static Objective<RolloutBatch> Objective(IPolicy policy, double epsilon = 0.2, double? epsilonHigh = null, Guard? guard = null) => new(
        Weights: batch => [batch.Rows.Count],
        Terms: batch =>
        {
            using var scope = NewDisposeScope();
            var (logProbs, statistics) = policy.Score(batch.Text, statistics: true);                             // [B, T]
            var x = batch.Tokens(logProbs);
            var (now, then) = (logProbs.Sum(), new TokenLogProbs(x.Old, x.Mask).Sum());                          // [B]
            var advantages = tensor([.. batch.Rows.Select(r => r.Advantages[0])], now.dtype, now.device);        // [B]
            var losses = Loss(now, then, advantages, epsilon, epsilonHigh);                                      // [B]
            var terms = new Terms(new LossTerm("policy", losses.sum().MoveToOuterDisposeScope()));
            using var frozen = no_grad();
            terms.Mean("entropy", statistics!.Entropy, x.Mask);
            ClipRatio.Log(terms, (now - then).exp().unsqueeze(1), advantages.unsqueeze(1), ones_like(x.Mask).narrow(1, 0, 1), epsilon, epsilonHigh);
            (guard ?? new Guard()).Watch(terms, x, "policy/ratio", "policy/approxkl", () => losses);
            return terms.Measured(batch);
        });

    /// <summary>How RLOO makes a rollout: several answers per prompt.</summary>
    /// <param name="policy">Who writes.</param>
    /// <param name="reference">π₀.</param>
    /// <param name="reward">What judges.</param>
    /// <param name="writing">How answers are written.</param>
    /// <param name="groupSize">Answers per prompt, at least 2.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="LossSettingException">A setting is out of range.</exception>
    public static Collect Collect(IPolicy policy, IPolicy reference, RewardSum reward, Writing writing, int groupSize = 2, RlooOptions? options = null)
    {
        var o = options ?? new RlooOptions();
        LossSettingException.ThrowUnless(groupSize >= 2, nameof(groupSize), groupSize, "at least 2: an answer is compared with the others");
        LossSettingException.ThrowUnlessFactor(o.Beta, nameof(o.Beta));
        return (prompts, _, rng) =>
        {
            var answers = writing.Write(policy, prompts, groupSize, rng);
            return Assess(GroupRollout.Rows(answers, o.LeaveOutTruncated), reward.Score(answers), policy, reference, groupSize, o, writing.PadId);
        };
    }

    internal static Experience Assess(
        IReadOnlyList<Rollout> answers, Scores scores, IPolicy? policy, IPolicy? reference, int groupSize, RlooOptions options, int padId)
    {
        var rows = GroupRollout.Score(answers, policy, reference, padId);
        var total = scores.Total;
        using var scope = NewDisposeScope();
        var logRatios = rows.Select(r => r.Trained ? r.Old!.Sum() - r.Reference!.Sum() : 0).ToArray();
        var advantages = Advantages(tensor(total), tensor(logRatios), options.Beta, groupSize, options.RewardRange, options.Normalise).data<double>().ToArray();
        var metrics = GroupRollout.Metrics(rows, scores);
        metrics["frac_reward_zero_std"] = RolloutMetrics.Constant(total, groupSize);
        metrics["kl"] = (logRatios.Sum(), rows.Where(r => r.Trained).Sum(r => r.Completion.Length));
        return new([.. rows.Select((r, i) => GroupRollout.With(r, total[i], advantages[i]))], metrics, options.Beta);
    }
}

/// <summary>The settings of an RLOO rollout.</summary>
/// <param name="Beta">β, what a nat of KL to the reference costs.</param>
/// <param name="RewardRange">Rewards are brought into it; null leaves them.</param>
/// <param name="Normalise">Whether advantages are centred and scaled over the batch.</param>
/// <param name="LeaveOutTruncated">Whether answers that did not end are left out of the loss.</param>
public sealed record RlooOptions(double Beta = 0.05, (double Low, double High)? RewardRange = null, bool Normalise = false, bool LeaveOutTruncated = false);
