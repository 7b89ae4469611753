using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>Reductions that see only what a mask keeps.</summary>
public static class Masked
{
    /// <summary>Σ of the kept values over everything. A scalar; a masked NaN does not count.</summary>
    public static Tensor Sum(Tensor x, Tensor mask)
    {
        Shape.Same(x, mask);
        using var scope = NewDisposeScope();
        return x.where(mask, x.new_zeros(1)).sum().MoveToOuterDisposeScope();
    }

    /// <summary>Σ of the kept values of each row. Shape [B]; a masked NaN does not count.</summary>
    /// <param name="x">Shape [B, T].</param>
    /// <param name="mask">What counts, the same shape.</param>
    internal static Tensor Rows(Tensor x, Tensor mask)
    {
        Shape.Same(x, mask);
        using var scope = NewDisposeScope();
        return x.where(mask, x.new_zeros(1)).sum(1).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of the kept values; 0, not NaN, when the mask keeps nothing.</summary>
    public static Tensor Mean(Tensor x, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return (Sum(x, mask) / mask.sum().to(x.dtype).clamp_min(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The variance of the kept values: Σ (x − mean)² / (n − 1), or / n where biased. NaN for too few values.</summary>
    public static Tensor Variance(Tensor x, Tensor mask, bool biased = false)
    {
        using var scope = NewDisposeScope();
        var degrees = mask.sum().to(x.dtype) - (biased ? 0 : 1);
        return (Sum((x - Mean(x, mask)).Squared(), mask) / degrees).MoveToOuterDisposeScope();
    }
}
