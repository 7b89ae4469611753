using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>Turns hidden states into logits.</summary>
/// <param name="Weight">The output embedding W, shape [V, H]; null when the hidden states are the logits already (a lookup table).</param>
/// <param name="Compute">The type of the matrix product: null for the hidden states' own, bfloat16 to trade digits for speed.</param>
public sealed record Head(Tensor? Weight, ScalarType? Compute = null)
{
    /// <summary>The logits of hidden states [N, H], in fp32 or fp64. Shape [N, V].</summary>
    public Tensor Logits(Tensor hidden)
    {
        if (Weight is null) return hidden.alias();
        Shape.Is(hidden, [-1, Weight.shape[1]]);
        using var scope = NewDisposeScope();
        if (Compute is not { } type || type == hidden.dtype) return hidden.mm(Weight.t()).MoveToOuterDisposeScope();
        return hidden.to(type).mm(Weight.to(type).t()).to(hidden.dtype).MoveToOuterDisposeScope();
    }
}
