using static Align.Evaluation.MetricRules;

namespace Align.Evaluation;

/// <summary>What methods log that write their own answers: PPO, RLOO, GRPO, CISPO, online DPO.</summary>
internal static class OnPolicyMetrics
{
    public static MetricEntry OneReward { get; } = new("What one reward function gives, before its weight.", "mean over answers where it applies", "rises", "falls while the sum rises: another function pays for it", Rises);

    public static MetricEntry OneDeviation { get; } = new(
        "How much one reward function's rewards differ.", "standard deviation over answers where it applies", "above 0", "0: it says nothing", NotAlwaysZero("this function gives every answer the same"));

    public static Dictionary<string, MetricEntry> All { get; } = new()
    {
        ["reward"] = new("The weighted sum of all reward functions.", "mean over answers of Σ weight · reward", "rises", "falls; or rises while a judge or a reader sees worse answers: it is being gamed", Rises),
        ["reward_std"] = new("How much the answers' rewards differ: without differences there is nothing to learn.", "standard deviation over answers", "above 0, shrinking late", "0", NotAlwaysZero("every answer gets the same reward")),
        ["frac_reward_zero_std"] = new(
            "The share of groups whose answers all got the same reward, and so no advantage.", "groups with deviation 0 / groups", "below ½", "near 1: prompts too easy or too hard, the step is wasted", Below(0.5, 0.9)),
        ["completions/mean_length"] = new("The mean length of answers.", "mean over answers, in tokens", "settles", "doubles or halves: length is being paid for", Lengths),
        ["completions/min_length"] = new("The shortest answer.", "min, in tokens", "settles", "1: empty answers", Told),
        ["completions/max_length"] = new("The longest answer.", "max, in tokens", "below the room", "always the room", Told),
        ["completions/clipped_ratio"] = new("The share of answers cut off because the room was used up.", "answers that did not end / answers", "below 0.2", "above 0.7: the policy does not end; give more room, or make ending pay", Below(0.2, 0.7)),
        ["completions/mean_terminated_length"] = new("The mean length of the answers that ended by themselves; 0 when none did.", "mean, in tokens", "settles", "0", NotAlwaysZero("no answer ended by itself")),
        ["completions/min_terminated_length"] = new("The shortest answer that ended by itself.", "min, in tokens", "settles", "1: empty answers", Told),
        ["completions/max_terminated_length"] = new("The longest answer that ended by itself.", "max, in tokens", "below the room", "0: none ended", Told),
        ["policy/ratio"] = new("How much likelier the written tokens are now than when they were written.", "mean over tokens of ρ = π/π_old", "near 1", "far from 1: too many epochs over a rollout, or too high a rate", Ends(0.9, 1.1, 0.5, 2)),
        ["policy/approxkl"] = new("How far the policy has moved from the one that wrote the rollout.", "mean over tokens of ½(log ρ)², in nats", "below 0.02", "above 0.1", Below(0.02, 0.1)),
        ["clip_ratio/low_mean"] = new("The share of tokens held at the lower bound.", "mean of [ρ < 1 − ε and A < 0]", "below 0.2", "above 0.5: the clip does the work, lower the rate", Below(0.2, 0.5)),
        ["clip_ratio/high_mean"] = new("The share of tokens held at the upper bound.", "mean of [ρ > 1 + ε and A > 0]", "below 0.2", "above 0.5: the clip does the work, lower the rate", Below(0.2, 0.5)),
        ["clip_ratio/region_mean"] = new("The share of tokens held at either bound.", "mean of both", "below 0.2", "above 0.5", Below(0.2, 0.5)),
        ["clip_ratio/low_min"] = new("The least share of tokens held at the lower bound in one completion.", "min over completions", "0", "above 0.5: every completion is held", Below(0.2, 0.5)),
        ["clip_ratio/high_max"] = new("The greatest share of tokens held at the upper bound in one completion.", "max over completions", "below 0.5", "1 at every step: whole completions are silenced", Below(0.5, 0.99)),
        ["cispo_clip_ratio"] = new("The share of tokens whose weight the bound holds back, among those that are to become likelier.", "mean of [ρ > ε_high and A > 0]", "near 0", "large: the bound is too low", Below(0.1, 0.5)),
        ["loss/policy"] = new("The policy-gradient term. It is a direction, not a height: near 0 at every step.", "average of the loss of a token", "near 0", "large", Told),
        ["loss/entropy"] = new("Minus the entropy, before the bonus's factor.", "−mean over tokens of the entropy", "stays below 0", "comes to 0: the policy says one thing only", c => c.Last > 0.1 * c.First ? new(MetricHealth.RedFlag, $"{c.Way}: the entropy is gone.") : Told(c)),
        ["loss/policy_avg"] = new("PPO's policy term. It is a direction, not a height: near 0 at every step.", "mean over tokens of max(−ρA, −clip(ρ)·A)", "near 0", "large", Told),
        ["loss/value_avg"] = new("How wrong the value model is.", "mean over steps of ½(V − R)², clipped", "falls and settles", "grows: raise its coefficient, or scale rewards down", Falls),
        ["policy/entropy_avg"] = new("How undecided the policy is at a token of its answers.", "mean over tokens of the entropy, in nats", "falls slowly", "near 0: it says one thing only", Keeps(0.5, 0.1, "the policy says one thing only")),
        ["policy/approxkl_avg"] = new("How far the policy has moved from the one that wrote the rollout.", "mean over tokens of ½(log ρ)², in nats", "below 0.02", "above 0.1", Below(0.02, 0.1)),
        ["policy/clipfrac_avg"] = new("The share of tokens that PPO's clip holds.", "mean of [clip is the larger loss]", "below 0.2", "above 0.5", Below(0.2, 0.5)),
        ["val/clipfrac_avg"] = new("The share of steps whose value loss is that of the clipped value.", "mean over steps of [clipped is the larger]", "below 0.3", "above 0.7: the value model is held back", Below(0.3, 0.7)),
        ["val/ratio"] = new("How much likelier the written tokens are now than when they were written.", "mean over tokens of ρ", "near 1", "far from 1", Ends(0.9, 1.1, 0.5, 2)),
        ["val/contain_eos_token"] = new("The share of answers that ended by themselves.", "answers that ended / answers", "near 1", "0: none ends", NotAlwaysZero("no answer ended by itself")),
        ["val/num_eos_tokens"] = new("How many answers of the rollout ended by themselves.", "a count", "most of them", "0: none ends", NotAlwaysZero("no answer ended by itself")),
        ["objective/kl"] = new(
            "How far the policy is from the reference on what it writes.", "mean over answers of Σ_t KL_t, in nats", "0 at the start, then a few nats", "tens of nats: reward is bought by leaving the language; raise β", Ends(-1, 15, -5, 50)),
        ["objective/entropy"] = new("How surprising the policy's answers are to itself.", "mean over answers of −Σ_t log π(y_t)", "falls slowly", "near 0", Keeps(0.4, 0.1, "the policy writes one answer only")),
        ["objective/non_score_reward"] = new("What the KL costs.", "−β · mean over answers of the KL", "small beside the scores", "larger than the scores", Told),
        ["objective/rlhf_reward"] = new("What PPO maximises: score less the cost of the KL.", "mean over answers of score − β·KL", "rises", "falls: the cost outweighs the gain", Rises),
        ["objective/scores"] = new("What the reward functions gave, penalties taken off.", "mean over answers of the score", "rises", "falls; or rises while a judge or a reader sees worse answers: it is being gamed", Rises),
        ["objective/scores_margin"] = new("By how much the better of a prompt's two answers is ahead: what an online pair teaches.", "mean over prompts of score⁺ − score⁻", "above 0, shrinking late", "0: both answers are always worth the same", NotAlwaysZero("the judge tells no answer from another")),
        ["objective/kl_coef"] = new("β as it is now.", "constant, or moved towards a target KL", "settles", "runs away: the target cannot be met", Told),
    };

    private static MetricVerdict Lengths(Course c) =>
        c.Last > 2 * c.First || c.Last < 0.5 * c.First ? new(MetricHealth.Watch, $"{c.Way}: is length being paid for?") : Told(c);
}
