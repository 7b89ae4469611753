using Align.Models;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>The golden runs' lookup table: a hidden state is a row for the token plus a row for its position, and the hidden states are the logits.</summary>
/// <param name="tokens">Shape [V, W].</param>
/// <param name="positions">Shape [P, W].</param>
/// <param name="prefix">What stands before the names of its weights.</param>
internal sealed class PositionTable(Tensor tokens, Tensor positions, string prefix = "") : IPolicy, ITrainable
{
    public int VocabularySize => (int)tokens.shape[0];

    public Device Device => tokens.device;

    public Head Head { get; } = new(Weight: null);

    public IReadOnlyList<(string Name, Tensor Value)> Parameters => [(prefix + "tok.weight", tokens), (prefix + "pos.weight", positions)];

    public Tensor Hidden(Batch batch, Tensor places)
    {
        batch.CheckIds(VocabularySize);
        using var scope = NewDisposeScope();
        var (id, position) = (At(batch.Ids), At(batch.Positions()));                                             // [N]
        return (tokens.index_select(0, id) + positions.index_select(0, position)).MoveToOuterDisposeScope();      // [N, W]

        Tensor At(long[] all) => tensor(all, ScalarType.Int64).index_select(0, places);
    }

    public IDecoding Decode(Batch prompts, int newTokens) => throw new NotSupportedException("What the golden runs wrote is given.");
}
