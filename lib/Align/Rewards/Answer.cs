using Align.Text;

namespace Align.Rewards;

/// <summary>What a reward function judges: an answer to a prompt.</summary>
/// <param name="Place">The prompt's place in the data, to look up what else is known about it.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Ids">The answer's ids, its end included when it came.</param>
/// <param name="Ended">Whether it ended by itself or was cut off.</param>
/// <param name="Text">The answer as text; empty where nobody decodes it.</param>
public sealed record Answer(int Place, TokenizedPrompt Prompt, int[] Ids, bool Ended, string Text);
