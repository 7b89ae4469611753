using Align.Models;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests;

/// <summary>A lookup table as a policy: the logits of the next token depend on the last one alone, so that any batch can be scored.</summary>
/// <param name="table">Shape [V, V].</param>
internal sealed class BigramPolicy(Tensor table) : IPolicy, ITrainable
{
    public int VocabularySize => (int)table.shape[0];

    public Device Device => table.device;

    public Head Head { get; } = new(Weight: null);

    public IReadOnlyList<(string Name, Tensor Value)> Parameters => [("table", table)];

    public Tensor Hidden(Batch batch, Tensor places)
    {
        using var scope = NewDisposeScope();
        batch.CheckIds(VocabularySize);
        return table.index_select(0, tensor(batch.Ids, ScalarType.Int64).index_select(0, places)).MoveToOuterDisposeScope();
    }

    public IDecoding Decode(Batch prompts, int newTokens) => throw new NotSupportedException("This table is only scored.");
}
