namespace Align.Text;

/// <summary>What byte-pair training learns, and what <c>tokenizer.json</c> holds: tokens, merges, special tokens and how words are split.</summary>
/// <param name="Tokens">Every token in the order of ids, bytes written in GPT-2's letters (a space is Ġ); special tokens by name.</param>
/// <param name="Merges">The pairs to join, first learnt first.</param>
/// <param name="Specials">The tokens that no text is encoded as.</param>
/// <param name="Split">How a text is cut into words before merging.</param>
public sealed record BpeVocabulary(
    IReadOnlyList<string> Tokens,
    IReadOnlyList<(string Left, string Right)> Merges,
    IReadOnlyList<string> Specials,
    WordSplit Split);
