using Align.Models;
using Align.Runtime;
using Align.Text;

namespace Align.Rewards;

/// <summary>How a policy writes answers during training: from its whole distribution, with nothing cut off, since that is the distribution it is scored by.</summary>
/// <param name="MaxTokens">The room: the most tokens an answer may have.</param>
/// <param name="EndIds">The ids that end an answer.</param>
/// <param name="PadId">The id that fills shorter rows.</param>
/// <param name="Text">Ids to text, for reward functions that read; null where none does.</param>
public sealed record Writing(int MaxTokens, IReadOnlyList<int> EndIds, int PadId, Func<IEnumerable<int>, string>? Text = null)
{
    /// <summary>Ids at which an answer is cut off without having ended.</summary>
    public IReadOnlyList<int> StopIds { get; init; } = [];

    /// <summary>Answers in a prompt format, which end with its end.</summary>
    public static Writing In(PromptFormat format, int maxTokens) => new(maxTokens, [format.End], format.Pad, format.Text);

    /// <summary>Prompts as tokens.</summary>
    public static IReadOnlyList<TokenizedPrompt> Tokenize(IEnumerable<string> prompts, PromptFormat format) =>
        [.. prompts.Select(p => new TokenizedPrompt(p, format.Prompt(p)))];

    /// <summary>Writes answers, those to one prompt side by side.</summary>
    /// <param name="policy">Who writes; at another temperature it is <see cref="Temperatures.AtTemperature"/>.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="each">Answers per prompt.</param>
    /// <param name="rng">Where they come from.</param>
    public IReadOnlyList<Answer> Write(IPolicy policy, PromptBatch prompts, int each, Rng rng)
    {
        var asked = Enumerable.Range(0, prompts.Prompts.Count * each).Select(i => i / each).ToArray();
        var written = policy.Complete([.. asked.Select(p => prompts.Prompts[p].Ids)], new Sampling(), MaxTokens, [.. EndIds, .. StopIds], PadId, rng);
        return [.. asked.Select((p, i) => new Answer(
            prompts.Examples[p], prompts.Prompts[p], written[i].Ids, written[i].Ids.Length > 0 && EndIds.Contains(written[i].Ids[^1]), Text?.Invoke(written[i].Ids) ?? ""))];
    }
}
