namespace Align.Text;

/// <summary>A prompt as text and as the ids that end where the answer begins.</summary>
/// <param name="Text">What the person says.</param>
/// <param name="Ids">The ids, at least one.</param>
public sealed record TokenizedPrompt(string Text, int[] Ids);

/// <summary>Prompts to be answered.</summary>
/// <param name="Prompts">The prompts.</param>
/// <param name="Examples">Their places in the data.</param>
public sealed record PromptBatch(IReadOnlyList<TokenizedPrompt> Prompts, IReadOnlyList<int> Examples) : IBatch
{
    /// <inheritdoc/>
    public int Tokens => Prompts.Sum(p => p.Ids.Length);
}
