using Align.Tensors;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>How much of a batch the clip holds.</summary>
internal static class ClipRatio
{
    /// <summary>
    /// Logs <c>clip_ratio/low_mean</c>, the share held at the lower bound (ρ below it and A &lt; 0), <c>high_mean</c>, at the upper, and <c>region_mean</c>, at either;
    /// <c>low_min</c> and <c>high_max</c> are the least and the greatest share within one completion.
    /// </summary>
    /// <param name="terms">Where to.</param>
    /// <param name="ratio">ρ, of tokens [B, T] or of completions [B, 1].</param>
    /// <param name="advantages">A, the same shape.</param>
    /// <param name="mask">What counts, the same shape.</param>
    /// <param name="epsilon">How far ρ may fall.</param>
    /// <param name="epsilonHigh">How far it may rise.</param>
    public static void Log(Terms terms, Tensor ratio, Tensor advantages, Tensor mask, double epsilon, double? epsilonHigh)
    {
        using var scope = NewDisposeScope();
        Log(terms, ratio.lt(1 - epsilon) & advantages.lt(0), ratio.gt(1 + (epsilonHigh ?? epsilon)) & advantages.gt(0), mask);
    }

    /// <summary>The same, told which tokens are held.</summary>
    public static void Log(Terms terms, Tensor low, Tensor high, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var lengths = mask.sum(1);
        var real = lengths.gt(0);
        terms.Mean("clip_ratio/low_mean", low, mask)
            .Mean("clip_ratio/high_mean", high, mask)
            .Mean("clip_ratio/region_mean", low | high, mask)
            .Least("clip_ratio/low_min", Share(low))
            .Greatest("clip_ratio/high_max", Share(high));

        Tensor Share(Tensor held) => ((held & mask).sum(1).to(ScalarType.Float64) / lengths)[real];
    }
}
