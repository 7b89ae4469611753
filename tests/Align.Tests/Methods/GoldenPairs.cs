using System.Text.Json.Nodes;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>The golden batches of pairs.</summary>
/// <param name="tensors">offline/pairs.safetensors.</param>
/// <param name="name">Such as <c>main</c>.</param>
internal sealed class GoldenPairs(IReadOnlyDictionary<string, Tensor> tensors, string name)
{
    /// <summary>The rows, all chosen ones first, with the completions trained.</summary>
    public Batch Text { get; } = GoldenTensors.Batch(tensors[$"{name}.input_ids"], tensors[$"{name}.attention_mask"], tensors[$"{name}.completion_mask"]);

    public int Count => Text.Rows / 2;

    public IReadOnlyList<TokenizedPair> Pairs =>
        [.. Enumerable.Range(0, Count).Select(i => new TokenizedPair(GoldenTensors.TextOf(Text, i), GoldenTensors.TextOf(Text, i + Count)))];

    public PreferenceBatch Batch => new(Text, Pairs, [.. Enumerable.Range(0, Count)]);

    public Tensor CompletionMask => tensors[$"{name}.completion_mask"];

    /// <summary>The logits of <c>policy</c> or <c>reference</c>, a copy.</summary>
    public Tensor Logits(string who, ScalarType type = ScalarType.Float64) => tensors[$"{name}.{who}"].to(type, copy: true);

    /// <summary>One pair by itself: its two rows.</summary>
    public GoldenPairs Single(int pair) => new(
        new[] { "input_ids", "attention_mask", "completion_mask", "policy", "reference" }.ToDictionary(
            key => $"{name}.{key}", key => stack([tensors[$"{name}.{key}"][pair], tensors[$"{name}.{key}"][pair + Count]])),
        name);
}
