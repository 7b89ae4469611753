using Align.Methods;
using Align.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>Losses that the library does not have, as somebody would write them in a notebook cell: each is a <see cref="PolicyLoss"/> of a few lines.</summary>
internal static class UserLosses
{
    public static PolicyLoss Sapo(double positive = 1, double negative = 1.05, RatioLevel level = RatioLevel.Token) => x =>
    {
        var tau = full_like(x.Advantages, negative).where(x.Advantages.le(0), full_like(x.Advantages, positive));
        return -x.Advantages * (tau * (x.Ratio(level) - 1)).sigmoid() * 4 / tau;
    };

    public static PolicyLoss Vespo((double K, double Lambda) positive, (double K, double Lambda) negative) => x =>
    {
        var logW = x.LogRatio().clamp(-20, 20).sum(1, keepdim: true).clamp(Math.Log(1e-8), 20).detach();    // [B, 1]
        var up = x.Advantages.ge(0);
        var phi = Phi(positive).where(up, Phi(negative));                                                   // [B, T]
        return -phi * x.Advantages * x.LogProbs;

        Tensor Phi((double K, double Lambda) p) => (p.Lambda + p.K * logW - p.Lambda * logW.exp()).exp().expand_as(x.LogProbs);
    };

    /// <summary>A completion's term times its length is the term at each of its tokens, summed.</summary>
    public static PolicyLoss Luspo(double epsilon = 0.2, RatioLevel level = RatioLevel.Sequence) => x => Grpo.Loss(x, epsilon, level: level);

    public static PolicyLoss Gmpo(double epsilon = 0.4, double? epsilonHigh = null) => x =>
    {
        var logRatio = x.LogRatio();
        var held = logRatio.clamp_max(epsilonHigh ?? epsilon).where(x.Advantages.gt(0), logRatio.clamp_min(-epsilon));
        var mean = (held * x.Mask).sum(1, keepdim: true) / x.Lengths().clamp_min(1);                        // [B, 1]
        return -x.Advantages * mean.exp();
    };
}
