using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;

namespace Align.Evaluation;

/// <summary>Lets a model answer prompts, under conditions that are the same for every model that is compared.</summary>
public static class Answering
{
    /// <summary>One answer to each prompt, in order.</summary>
    /// <param name="policy">The model.</param>
    /// <param name="prompts">What people say.</param>
    /// <param name="format">Puts a prompt into the model's conversation.</param>
    /// <param name="rng">Where the answers come from: the same generator gives two models the same luck.</param>
    /// <param name="sampling">How tokens are drawn; temperature 0.8 when absent.</param>
    /// <param name="maxTokens">The most tokens of an answer.</param>
    /// <param name="batchSize">Prompts answered side by side.</param>
    /// <param name="cancellation">Checked before every token: the answers of the batches that were finished are returned.</param>
    public static IReadOnlyList<Answer> Answer(
        this IPolicy policy,
        IReadOnlyList<string> prompts,
        PromptFormat format,
        Rng rng,
        Sampling? sampling = null,
        int maxTokens = 64,
        int batchSize = 80,
        CancellationToken cancellation = default)
    {
        var answers = new List<Answer>(prompts.Count);
        foreach (var some in prompts.Chunk(batchSize))
        {
            TokenizedPrompt[] asked = [.. some.Select(p => new TokenizedPrompt(p, format.Prompt(p)))];
            var completions = policy.Complete([.. asked.Select(p => p.Ids)], sampling ?? new Sampling(0.8), maxTokens, [format.End], format.Pad, rng, cancellation);
            if (cancellation.IsCancellationRequested) break;
            foreach (var (prompt, completion) in asked.Zip(completions))
                answers.Add(new Answer(answers.Count, prompt, completion.Ids, completion.Ended, format.Text(completion.Ids)));
        }

        return answers;
    }
}
