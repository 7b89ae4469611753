using static Align.Evaluation.MetricRules;

namespace Align.Evaluation;

/// <summary>What methods log that learn from pairs or judgements: DPO and its family, ORPO, CPO, SimPO, KTO, BCO, reward models.</summary>
internal static class PairMetrics
{
    private const string Rewards = "DPO, KTO, BCO: r = β·(log π − log π₀). ORPO, CPO: r = β·log π, SimPO per token. A reward model: its score.";

    public static Dictionary<string, MetricEntry> All { get; } = new()
    {
        ["rewards/chosen"] = new(
            $"The reward of the better answers. {Rewards}", "mean over pairs of r⁺", "rises a little, or falls less than rejected",
            "falls far: the policy leaves good answers and bad ones alike", c => c.Last < c.First - 5 ? new(MetricHealth.Watch, $"{c.Way}: the better answers are given up too.") : Told(c)),
        ["rewards/rejected"] = new(
            $"The reward of the worse answers. {Rewards}", "mean over pairs of r⁻", "falls", "rises above that of the chosen",
            c => c.Last > c.First + 0.1 ? new(MetricHealth.Watch, $"{c.Way}: worse answers gain.") : Told(c)),
        ["beta"] = new("β of the loss, which the rewards are multiplied by.", "constant", "what was asked for", "another than was asked for", Told),
        ["rewards/margins"] = new(
            "By how much the policy's own reward prefers the better answer.", "mean over pairs of r⁺ − r⁻; KTO and BCO: mean r⁺ − mean r⁻ over the step",
            "rises from 0 to a few units and flattens", "below 0 at the end: labels or sides are swapped; without end: over-optimisation",
            c => c.Last > 20 ? new(MetricHealth.Watch, $"{c.Way}: without end; β is small for this rate, or the run too long.") : EndsAbove(0, "the worse answers are preferred; are the sides swapped?")(c)),
        ["rewards/accuracies"] = new(
            "The share of pairs that the policy's own reward orders right; equal rewards count as wrong.", "mean over pairs of [r⁺ > r⁻]",
            "from 0 (no difference yet) or ½ to 0.6–0.9", "½ or less at the end: nothing is learnt; 1 early: pairs learnt by heart, or told apart by their length", Share),
        ["logps/chosen"] = new(
            "The log-probability of the better answers, a sum over their tokens (ORPO, SimPO and IPO of CPO: a mean).", "mean over pairs of Σ_t log π(y⁺_t)",
            "may fall a little even as the margin rises: the loss sees the difference alone", "falls far", Likelihood),
        ["logps/rejected"] = new(
            "The log-probability of the worse answers.", "mean over pairs of Σ_t log π(y⁻_t)", "falls", "rises", c => c.Last > c.First + 1 ? new(MetricHealth.Watch, $"{c.Way}: worse answers become likelier.") : Told(c)),
        ["logits/chosen"] = new(
            "The mean of all logits at the better answers' tokens. Softmax does not see it; a drift shows that weights move.", "mean over tokens of (1/V)·Σ_v logit_v",
            "moves little", "runs away", Drifts(10, "the logits run away")),
        ["logits/rejected"] = new(
            "The same at the worse answers' tokens.", "mean over tokens of (1/V)·Σ_v logit_v", "moves little, beside that of the chosen", "runs away", Drifts(10, "the logits run away")),
        ["loss/preference"] = new("The contrast between the two answers, before its coefficient.", "mean over pairs of the pair loss", "falls; DPO's begins at ln 2", "rises", Falls),
        ["loss/sft"] = new("The likelihood term beside a preference.", "−Σ log π(y⁺_t) / Σ n⁺", "stays or falls", "rises: the contrast pushes good answers down", Falls),
        ["loss/nll"] = new("The likelihood term of ORPO and CPO.", "−Σ log π(y⁺_t) / Σ n⁺", "falls", "rises: the contrast outweighs it; lower β", Falls),
        ["loss/odds_ratio"] = new("ORPO's contrast, before λ.", "mean over pairs of −log σ(Λ)", "falls from about ln 2", "rises", Falls),
        ["nll_loss"] = new("The same as the likelihood term; 0 where there is none.", "−Σ log π(y⁺_t) / Σ n⁺", "falls", "rises", c => c.Values.All(v => v == 0) ? new(MetricHealth.Healthy, "the method has no such term.") : Falls(c)),
        ["log_odds_ratio"] = new("ORPO's contrast with its sign turned.", "mean over pairs of log σ(Λ), Λ = log odds(y⁺) − log odds(y⁻)", "rises from about −ln 2 towards 0", "falls", Rises),
        ["log_odds_chosen"] = new("By how much the odds of the better answer exceed those of the worse.", "mean over pairs of Λ", "rises above 0", "below 0 at the end", EndsAbove(0, "the worse answers have the better odds")),
        ["kl"] = new(
            "How far the policy has gone from the reference. KTO: z₀, measured on mismatched answers, from which gains and losses are felt. RLOO, GRPO: per token of what was written.",
            "KTO: max(0, mean of log π(y′) − log π₀(y′)); RLOO: Σ(log π − log π₀)/tokens; GRPO: mean of k3",
            "0 at the start, then a few nats at most (per token: below 0.5)", "tens of nats: the policy has left the reference; raise β or lower the rate", Ends(-1, 10, -5, 50)),
        ["delta"] = new(
            "BCO's running mean of all rewards so far, the shift of its classifier.", "mean of β·(log π − log π₀) over everything seen", "near 0, moving slowly", "runs away with the rewards", Drifts(5, "it runs away with the rewards")),
        ["accuracy"] = new(
            "The share of pairs that the reward model orders right; equal rewards count as wrong.", "mean over pairs of [r⁺ > r⁻]", "0.6–0.9, the same on held-out pairs",
            "½: nothing is learnt; 1: pairs learnt by heart, or told apart by their length", Share),
        ["margin"] = new("By how much the reward of the better answer leads.", "mean over pairs of r⁺ − r⁻", "rises to a few units", "below 0 at the end", EndsAbove(0, "the worse answers are preferred; are the sides swapped?")),
        ["mean_reward"] = new(
            "The mean of all rewards. Preferences do not say where 0 is, so it may wander.", "mean over answers of r", "near 0 with centring", "far from 0: let centring hold it", Drifts(10, "it wanders; centring holds it")),
        ["min_reward"] = new("The least reward of the step.", "min r", "moves with the spread", "runs away", Drifts(50, "it runs away")),
        ["max_reward"] = new("The greatest reward of the step.", "max r", "moves with the spread", "runs away", Drifts(50, "it runs away")),
        ["loss/centring"] = new("What holds the rewards around 0, before λ.", "mean over pairs of (r⁺ + r⁻)²", "stays small", "grows: raise λ", c => c.Last > 10 + c.First ? new(MetricHealth.Watch, $"{c.Way}: it grows; raise λ.") : Told(c)),
    };

    private static MetricVerdict Share(Course c) =>
        c.Last <= 0.5 ? new(MetricHealth.RedFlag, $"{c.Way}: no better than a coin.")
        : c.Last > 0.98 ? new(MetricHealth.Watch, $"{c.Way}: pairs are learnt by heart, or told apart by something simple such as their length.")
        : new(MetricHealth.Healthy, $"{c.Way}: better than a coin.");
}
