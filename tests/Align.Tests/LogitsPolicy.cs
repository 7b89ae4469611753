using Align.Models;
using Align.Tensors;
using Align.Text;
using static TorchSharp.torch;

namespace Align.Tests;

/// <summary>A policy whose logits are given, one set for every place of every row: what the golden losses start from.</summary>
/// <param name="logits">Shape [R, T, V].</param>
internal sealed class LogitsPolicy(Tensor logits) : IPolicy
{
    public int VocabularySize => (int)logits.shape[2];

    public Device Device => logits.device;

    public Head Head { get; } = new(Weight: null);

    public Tensor Hidden(Batch batch, Tensor places) => logits.view(-1, logits.shape[2]).index_select(0, places);

    public IDecoding Decode(Batch prompts, int newTokens) => throw new NotSupportedException("Given logits do not write.");
}
