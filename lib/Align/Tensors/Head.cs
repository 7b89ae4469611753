using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>Turns hidden states into logits.</summary>
/// <param name="Weight">The output embedding W, shape [V, H]; null when the hidden states are the logits already (a lookup table).</param>
/// <param name="Compute">The type of the matrix product: null for the hidden states' own, bfloat16 to trade digits for speed.</param>
public sealed record Head(Tensor? Weight, ScalarType? Compute = null)
{
    /// <summary>What the logits are divided by: above 1 flattens the distribution, below 1 sharpens it.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>The logits of hidden states [N, H], in fp32 or fp64. Shape [N, V].</summary>
    public Tensor Logits(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var logits = Product(hidden);
        return (Temperature == 1 ? logits : logits / Temperature).MoveToOuterDisposeScope();
    }

    private Tensor Product(Tensor hidden)
    {
        if (Weight is null) return hidden.alias();
        Shape.Is(hidden, [-1, Weight.shape[1]]);
        if (Compute is not { } type || type == hidden.dtype) return hidden.mm(Weight.t());
        return hidden.to(type).mm(Weight.to(type).t()).to(hidden.dtype);
    }
}
