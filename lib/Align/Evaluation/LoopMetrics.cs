using static Align.Evaluation.MetricRules;

namespace Align.Evaluation;

/// <summary>What the loop logs of every method, and what texts are trained on alone.</summary>
internal static class LoopMetrics
{
    public static MetricEntry Term { get; } = new(
        "One term of the loss, before its coefficient.", "Σ sum / Σ weight of the term", "falls, or says why it does not", "rises while the whole falls", Falls);

    public static MetricEntry Warning { get; } = new(
        "How often something occurred in a step that is no error and teaches nothing.", "a count", "never logged", "at every step",
        c => new(MetricHealth.Watch, $"{Course.Text(c.Values.Sum())} in {c.Values.Length} steps."));

    public static Dictionary<string, MetricEntry> All { get; } = new()
    {
        ["loss"] = new(
            "What is minimised: all terms of the method, each times its coefficient.", "Σ coefficient · Σ sum / Σ weight over the step's micro-batches",
            "falls and flattens; DPO begins at ln 2 = 0.693. On-policy losses stay near 0 and say little", "rises, jumps, or is 0 from the start", Falls),
        ["grad_norm"] = new(
            "The length of the whole gradient before it is scaled down to the limit.", "√ Σ g²", "of the same order all along; single peaks are usual",
            "0 at every step (nothing is trained), or growing without end (the rate is too high)",
            c => c.Values.All(v => v == 0) ? new(MetricHealth.RedFlag, "it was 0 at every step: nothing is trained.")
                : c.Last > 10 * c.First ? new(MetricHealth.RedFlag, $"{c.Way}: it grows; lower the rate.") : Told(c)),
        ["learning_rate"] = new("The rate of the step, from the schedule.", "schedule(step)", "warms up, then falls", "0 at every step", NotAlwaysZero("nothing moves")),
        ["num_tokens"] = new(
            "Tokens seen so far, prompts included, padding not: the budget by which methods compare.", "Σ lengths", "grows evenly", "does not grow: batches are empty", EndsAbove(0, "batches are empty")),
        ["warnings/masked_answers"] = new(
            "Answers in the step of which the mask keeps no token: their log-probability is 0, and they teach nothing.", "number of rows without a trained token",
            "never logged", "many: prompts fill the room, or the template's mask is wrong",
            c => new(MetricHealth.Watch, $"{Course.Text(c.Values.Sum())} in {c.Values.Length} steps: look at these examples' masks.")),
        ["entropy"] = new(
            "How undecided the policy is at a token, averaged over the trained tokens.", "mean over tokens of −Σ_v π(v)·log π(v), in nats",
            "falls slowly", "near 0: the policy says one thing only, and samples are all alike", Keeps(0.5, 0.1, "the policy says one thing only")),
        ["mean_token_accuracy"] = new(
            "The share of trained tokens (for pairs, of the chosen answers) that the policy would have written itself.", "mean over tokens of [argmax π = token]",
            "rises in fine-tuning; contrasts may lower it", "near 1: the texts are learnt by heart", c => c.Last > 0.98 ? new(MetricHealth.Watch, $"{c.Way}: the texts are learnt by heart.") : Told(c)),
        ["nll"] = new(
            "How unlikely a text is, per token: fine-tuning's loss as a mean over texts.", "mean over texts of −(1/n)·Σ_t log π(y_t)", "falls; e to its power is the perplexity", "rises, or comes near 0 (learnt by heart)", Falls),
    };
}
