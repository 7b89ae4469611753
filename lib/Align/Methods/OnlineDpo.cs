using Align.Models;
using Align.Rewards;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>Online DPO (Guo et al. 2024, https://arxiv.org/abs/2402.04792): the policy writes two answers to a prompt, a judge says which is better, and DPO learns from that pair at once.</summary>
/// <remarks>
/// It is a source like those of RLOO and GRPO, whose rows stay together in pairs: <c>new Rollouts(prompts, OnlineDpo.Collect(…), pad, rng, together: 2)</c>. The pairs are the policy's own,
/// so they show it its present mistakes, where pairs that others wrote before grow stale.
/// </remarks>
public static class OnlineDpo
{
    /// <summary>The method: the mean of a pair loss over the rollout's pairs, the answer with the higher score chosen, the first where scores are equal.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="beta">β, which the logged rewards are multiplied by.</param>
    /// <param name="loss">The loss of a pair; <see cref="Dpo.Sigmoid"/> when absent. It closes over its own β.</param>
    /// <remarks>
    /// Logs per pair <c>logps/…</c>, <c>rewards/…</c> as <see cref="Dpo.Objective"/> does, and with the first batch of a rollout what was measured then: <c>objective/kl</c>, <c>objective/entropy</c>,
    /// <c>objective/non_score_reward</c> = −β·KL, <c>objective/scores</c>, <c>objective/rlhf_reward</c> = scores − β·KL, <c>objective/scores_margin</c>, <c>val/contain_eos_token</c>.
    /// All are means over answers of sums over their tokens; padding is in none.
    /// </remarks>
    public static Objective<RolloutBatch> Objective(IPolicy policy, double beta = 0.1, PairLoss? loss = null)
    {
        LossSettingException.ThrowUnlessPositive(beta);
        return new(
            Weights: batch => [batch.Rows.Count / 2],
            Terms: batch =>
            {
                using var scope = NewDisposeScope();
                var (chosen, rejected) = Places(batch.Rows);
                var sums = policy.LogProbs(batch.Text).Sum();                                                       // [2P]
                var (c, r) = (sums.index_select(0, tensor(chosen, device: sums.device)), sums.index_select(0, tensor(rejected, device: sums.device))); // [P]
                var x = new PairLogProbs(c, r, Reference(chosen), Reference(rejected), Tokens(chosen), Tokens(rejected));
                var losses = OwnLoss.Checked(() => (loss ?? (p => Dpo.Sigmoid(p, beta)))(x), c);                          // [P]
                var terms = new Terms(new LossTerm("preference", losses.sum().MoveToOuterDisposeScope()));
                using var frozen = no_grad();
                var (plus, minus) = (beta * x.ChosenLogRatio(), beta * x.RejectedLogRatio());
                return terms
                    .PerExample("logps/chosen", c).PerExample("logps/rejected", r)
                    .PerExample("rewards/chosen", plus).PerExample("rewards/rejected", minus)
                    .PerExample("rewards/margins", plus - minus).PerExample("rewards/accuracies", plus > minus)
                    .PerExample("loss", losses).Mean("beta", beta, 1).Measured(batch);

                Tensor Reference(long[] rows) => tensor([.. rows.Select(i => batch.Rows[(int)i].Reference!.Sum())], sums.dtype, sums.device);

                Tensor Tokens(long[] rows) => tensor([.. rows.Select(i => (double)batch.Rows[(int)i].Completion.Length)], sums.dtype, sums.device);
            });
    }

    /// <summary>How online DPO makes a rollout: two answers per prompt, neighbours.</summary>
    /// <param name="policy">Who writes; at another temperature than 1 give the writer's here and the policy itself to <see cref="Objective"/>, as the reference implementation does.</param>
    /// <param name="reference">π₀.</param>
    /// <param name="reward">What judges: a reward, a reward model, or a judge's points.</param>
    /// <param name="writing">How answers are written.</param>
    /// <param name="options">The settings.</param>
    /// <param name="scored">The policy whose log-probabilities are measured; <paramref name="policy"/> when absent.</param>
    /// <exception cref="LossSettingException">A setting is out of range.</exception>
    public static Collect Collect(IPolicy policy, IPolicy reference, RewardSum reward, Writing writing, OnlineDpoOptions? options = null, IPolicy? scored = null)
    {
        var o = options ?? new OnlineDpoOptions();
        LossSettingException.ThrowUnlessPositive(o.Beta);
        return (prompts, _, rng) =>
        {
            var answers = writing.Write(policy, prompts, 2, rng);
            return Assess(answers, reward.Score(answers), scored ?? policy, reference, o, writing.PadId);
        };
    }

    internal static Experience Assess(IReadOnlyList<Answer> answers, Scores scores, IPolicy policy, IPolicy reference, OnlineDpoOptions options, int padId)
    {
        var total = scores.Total;
        if (Array.FindIndex(total, double.IsNaN) is >= 0 and var none) throw new RewardException(string.Join(" + ", scores.Names), answers, none, "does not apply, and of two answers both need a score,");
        var rows = GroupRollout.Score(GroupRollout.Rows(answers, leaveOutTruncated: false), policy, reference, padId)
            .Select((r, i) => r with { Score = total[i] - (r.Ended ? 0 : options.MissingEndPenalty) }).ToArray();
        var (chosen, rejected) = Places(rows);
        var (kl, score) = (rows.Sum(r => r.Old!.Sum() - r.Reference!.Sum()), rows.Sum(r => r.Score));
        var metrics = new Dictionary<string, (double Sum, double Weight)>
        {
            ["objective/kl"] = (kl, rows.Length),
            ["objective/entropy"] = (-rows.Sum(r => r.Old!.Sum()), rows.Length),
            ["objective/non_score_reward"] = (-options.Beta * kl, rows.Length),
            ["objective/rlhf_reward"] = (score - options.Beta * kl, rows.Length),
            ["objective/scores"] = (score, rows.Length),
            ["objective/scores_margin"] = (chosen.Zip(rejected, (c, r) => rows[c].Score - rows[r].Score).Sum(), chosen.Length),
            ["val/contain_eos_token"] = (rows.Count(r => r.Ended), rows.Length),
        };
        return new(rows, metrics.Concat(RolloutMetrics.Lengths(rows)).ToDictionary(), options.Beta);
    }

    /// <summary>Of every two neighbours the one with the higher score, and the other.</summary>
    private static (long[] Chosen, long[] Rejected) Places(IReadOnlyList<Rollout> rows)
    {
        var (chosen, rejected) = (new long[rows.Count / 2], new long[rows.Count / 2]);
        for (var i = 0; i < chosen.Length; i++)
        {
            if (rows.Count % 2 != 0 || rows[2 * i].Place != rows[2 * i + 1].Place)
                throw new BatchException($"Rows {2 * i} and {2 * i + 1} are no two answers to one prompt. Take them from new Rollouts(…, together: 2).");
            var first = rows[2 * i].Score >= rows[2 * i + 1].Score ? 0 : 1;
            (chosen[i], rejected[i]) = (2 * i + first, 2 * i + 1 - first);
        }

        return (chosen, rejected);
    }
}

/// <summary>The settings of an online DPO rollout.</summary>
/// <param name="Beta">β, which the measured reward pays for a nat of KL; the loss has its own.</param>
/// <param name="MissingEndPenalty">What an answer loses that did not end by itself.</param>
public sealed record OnlineDpoOptions(double Beta = 0.1, double MissingEndPenalty = 0);
