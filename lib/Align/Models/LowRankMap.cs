using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Align.Models;

/// <summary>What LoRA adds to a matrix: x → s·(x·Aᵀ)·Bᵀ (Hu et al. 2021, https://arxiv.org/abs/2106.09685, eq. 3).</summary>
/// <param name="A">Shape [r, in].</param>
/// <param name="B">Shape [out, r]; zeros at the beginning.</param>
/// <param name="Scale">s: α/r, or α/√r (rank-stabilised).</param>
internal sealed record LowRankMap(Tensor A, Tensor B, double Scale)
{
    /// <summary>What is added to the matrix's product, in the type of x.</summary>
    public Tensor Of(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (functional.linear(functional.linear(x, A.to(x.dtype)), B.to(x.dtype)) * Scale).MoveToOuterDisposeScope();
    }

    /// <summary>s·B·A, what is added to the matrix itself. Shape [out, in].</summary>
    public Tensor Product()
    {
        using var scope = NewDisposeScope();
        return (B.mm(A) * Scale).MoveToOuterDisposeScope();
    }
}
