using Align.Data;
using Align.Models;
using Align.Runtime;
using Align.Text;

namespace Align.Rewards;

/// <summary>Rejection sampling: of n answers to a prompt the best is kept as a demonstration, to fine-tune on (RAFT, Dong et al. 2023, https://arxiv.org/abs/2304.06767). It trains the model towards <see cref="BestOfN"/>.</summary>
public static class RejectionSampling
{
    /// <summary>One demonstration per prompt, lazily: the answer with the highest reward of those that ended by themselves.</summary>
    /// <param name="policy">Who writes; at another temperature it is <see cref="Temperatures.AtTemperature"/>.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="reward">What judges.</param>
    /// <param name="writing">How answers are written; it has to know their text.</param>
    /// <param name="n">Answers to each prompt.</param>
    /// <param name="rng">Where they come from.</param>
    /// <param name="atLeast">A best answer with a lower reward is rejected too; null keeps every best one.</param>
    /// <param name="together">Prompts answered at once.</param>
    /// <exception cref="BestOfNException">n is below 1.</exception>
    public static IEnumerable<Demonstration> Demonstrations(
        IPolicy policy, IReadOnlyList<TokenizedPrompt> prompts, RewardSum reward, Writing writing, int n, Rng rng, double? atLeast = null, int together = 16)
    {
        if (n < 1) throw new BestOfNException($"Best-of-{n} keeps nothing: n is at least 1.");
        if (writing.Text is null) throw new BestOfNException("A demonstration is a text, and this Writing does not decode: use Writing.In.");
        foreach (var some in prompts.Chunk(together))
        {
            var answers = writing.Write(policy, new PromptBatch(some, [.. Enumerable.Range(0, some.Length)]), n, rng);
            var scores = reward.Score(answers).Total;
            for (var p = 0; p < some.Length; p++)
            {
                var ended = Enumerable.Range(p * n, n).Where(i => answers[i].Ended && !double.IsNaN(scores[i])).ToList();
                if (ended.Count == 0) continue;
                var best = ended.MaxBy(i => scores[i]);
                if (!(scores[best] < atLeast)) yield return new(some[p].Text, answers[best].Text);
            }
        }
    }
}
