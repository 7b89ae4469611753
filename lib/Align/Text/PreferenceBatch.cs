namespace Align.Text;

/// <summary>What the loop knows of a batch.</summary>
public interface IBatch
{
    /// <summary>The examples' places in the data, for messages.</summary>
    IReadOnlyList<int> Examples { get; }

    /// <summary>The tokens that are no padding, prompts included.</summary>
    int Tokens { get; }
}

/// <summary>A batch of texts, for SFT.</summary>
/// <param name="Text">The rows.</param>
/// <param name="Examples">The texts' places in the data.</param>
public sealed record TextBatch(Batch Text, IReadOnlyList<int> Examples) : IBatch
{
    /// <inheritdoc/>
    public int Tokens => Text.Tokens;
}

/// <summary>A preference pair as tokens, with the reference's log-probabilities where they were computed once.</summary>
/// <param name="Chosen">Prompt and y⁺.</param>
/// <param name="Rejected">Prompt and y⁻.</param>
/// <param name="ReferenceChosen">log π₀(y⁺|x), in nats.</param>
/// <param name="ReferenceRejected">log π₀(y⁻|x).</param>
/// <param name="Margin">By how much the chosen answer is better, where the data says so.</param>
public sealed record TokenizedPair(
    TokenizedText Chosen, TokenizedText Rejected, double? ReferenceChosen = null, double? ReferenceRejected = null, double? Margin = null);

/// <summary>A batch of pairs: the examples of <paramref name="Text"/> are all chosen texts, then all rejected ones.</summary>
/// <param name="Text">The rows.</param>
/// <param name="Pairs">The pairs, in the same order.</param>
/// <param name="Examples">The pairs' places in the data.</param>
public sealed record PreferenceBatch(Batch Text, IReadOnlyList<TokenizedPair> Pairs, IReadOnlyList<int> Examples) : IBatch
{
    /// <inheritdoc/>
    public int Tokens => Text.Tokens;

    /// <summary>The trained tokens of the chosen texts.</summary>
    public int ChosenTokens => Text.TrainedTokensOf(0, Pairs.Count);

    /// <summary>One text a row: chosen above, rejected below.</summary>
    /// <inheritdoc cref="Batching.Padded"/>
    public static PreferenceBatch Padded(IReadOnlyList<TokenizedPair> pairs, int padId, IReadOnlyList<int>? examples = null, PaddingSide side = PaddingSide.Right, int multiple = 1) =>
        new(Batching.Padded([.. pairs.Select(p => p.Chosen), .. pairs.Select(p => p.Rejected)], padId, side, multiple), pairs, examples ?? [.. Enumerable.Range(0, pairs.Count)]);

    /// <summary>One pair a row: the tokens that both texts begin with stand there once. The same numbers with less work.</summary>
    /// <remarks>Needs completions that are the untrained prompt's continuation, every token of which is trained.</remarks>
    public static PreferenceBatch SharedPrefix(IReadOnlyList<TokenizedPair> pairs, int padId, IReadOnlyList<int>? examples = null)
    {
        var prompts = pairs.Select(p => p.Chosen.Ids[..Array.IndexOf(p.Chosen.Trained, true)]).ToArray();
        for (var i = 0; i < pairs.Count; i++)
            if (!pairs[i].Rejected.Ids.AsSpan().StartsWith(prompts[i]) || Array.IndexOf(pairs[i].Rejected.Trained, true) != prompts[i].Length)
                throw new BatchException($"Pair {i}: the two texts do not share their prompt of {prompts[i].Length} tokens. Use PreferenceBatch.Padded.");
        return new(
            Batching.SharedPrefix(prompts, [.. pairs.Select((p, i) => new[] { p.Chosen.Ids[prompts[i].Length..], p.Rejected.Ids[prompts[i].Length..] })], padId),
            pairs,
            examples ?? [.. Enumerable.Range(0, pairs.Count)]);
    }
}
