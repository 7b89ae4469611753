using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>Log-probabilities of single completions and how each was judged, what an unpaired loss reads. Each [B] but the last.</summary>
/// <param name="Policy">log π(y|x), summed over the completion.</param>
/// <param name="Reference">log π₀(y|x).</param>
/// <param name="Desirable">True where the completion was judged good, bool.</param>
/// <param name="ReferencePoint">z₀, what a log-ratio is measured from; a scalar or [B], a constant for the gradient. Absent for losses that measure from 0.</param>
public sealed record JudgedLogProbs(Tensor Policy, Tensor Reference, Tensor Desirable, Tensor? ReferencePoint = null)
{
    /// <summary>log π(y) − log π₀(y). Shape [B].</summary>
    public Tensor LogRatio()
    {
        Shape.Is(Policy, [-1]);
        Shape.Same(Policy, Reference);
        Shape.Same(Policy, Desirable);
        return Policy - Reference;
    }

    /// <summary>Throws unless <see cref="ReferencePoint"/> is absent, one number, or one per completion.</summary>
    internal void CheckPoint()
    {
        if (ReferencePoint is { } point && point.dim() > 0) Shape.Same(Policy, point);
    }
}

/// <summary>A loss of one value per judged completion, [B].</summary>
public delegate Tensor JudgementLoss(JudgedLogProbs x);
