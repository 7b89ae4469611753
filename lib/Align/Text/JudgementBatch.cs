namespace Align.Text;

/// <summary>A judged completion as tokens, with the reference's log-probabilities where they were computed once.</summary>
/// <param name="Text">Prompt and completion.</param>
/// <param name="Desirable">Whether it was judged good.</param>
/// <param name="Mismatched">The same prompt with another prompt's completion, from which KTO measures; null where it is not needed.</param>
/// <param name="Reference">log π₀ of the completion, in nats.</param>
/// <param name="ReferenceMismatched">log π₀ of the other completion.</param>
public sealed record TokenizedJudgement(
    TokenizedText Text, bool Desirable, TokenizedText? Mismatched = null, double? Reference = null, double? ReferenceMismatched = null);

/// <summary>A batch of judged completions.</summary>
/// <param name="Text">The rows.</param>
/// <param name="Mismatched">The mismatched rows, in the same order; null where there are none.</param>
/// <param name="Judgements">The judgements, in the same order.</param>
/// <param name="Examples">The judgements' places in the data.</param>
public sealed record JudgementBatch(Batch Text, Batch? Mismatched, IReadOnlyList<TokenizedJudgement> Judgements, IReadOnlyList<int> Examples) : IBatch
{
    /// <inheritdoc/>
    /// <remarks>Mismatched rows are measured, not trained on, and do not count.</remarks>
    public int Tokens => Text.Tokens;

    /// <summary>One text a row.</summary>
    /// <inheritdoc cref="Batching.Padded"/>
    public static JudgementBatch Padded(IReadOnlyList<TokenizedJudgement> judgements, int padId, IReadOnlyList<int>? examples = null, int multiple = 1)
    {
        var mismatched = judgements.Select(j => j.Mismatched).OfType<TokenizedText>().ToArray();
        if (mismatched.Length != 0 && mismatched.Length != judgements.Count)
            throw new BatchException($"{mismatched.Length} of {judgements.Count} judgements have a mismatched completion. Give one to all of them, or to none.");
        return new(
            Batching.Padded([.. judgements.Select(j => j.Text)], padId, multiple: multiple),
            mismatched.Length == 0 ? null : Batching.Padded(mismatched, padId, multiple: multiple),
            judgements,
            examples ?? [.. Enumerable.Range(0, judgements.Count)]);
    }
}
