using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Align.Methods;

/// <summary>What an f-divergence makes of log-ratios u = log π − log π₀: s(u), increasing, in place of u itself. Any shape.</summary>
public delegate Tensor FDivergence(Tensor logRatio);

/// <summary>
/// DPO under other divergences than the reverse KL (Wang et al. 2023, https://arxiv.org/abs/2309.16240): s(u) = f′(e^u), up to a constant that cancels
/// where a loss compares two answers.
/// </summary>
public static class FDivergences
{
    /// <summary>The largest exponent of <see cref="Alpha"/>: e⁸⁰ is still finite in fp32. Beyond it the score is flat and has no gradient.</summary>
    private const double LargestExponent = 80;

    /// <summary>s(u) = u: KL(π‖π₀), that of DPO.</summary>
    public static Tensor ReverseKl(Tensor logRatio) => logRatio.alias();

    /// <summary>s(u) = −e^(−u): KL(π₀‖π). Where e^(−u) comes near the largest number of its type, only the value goes on, without a gradient.</summary>
    public static Tensor ForwardKl(Tensor logRatio)
    {
        using var scope = NewDisposeScope();
        var (exponent, largest) = (-logRatio, logRatio.dtype == ScalarType.Float64 ? 700 : LargestExponent);
        return (-exponent.clamp_max(largest).exp().where(exponent.le(largest), exponent.detach().exp())).MoveToOuterDisposeScope(); // an infinite exp times the loss's slope of 0 would be NaN
    }

    /// <summary>s(u) = log σ(u): the Jensen–Shannon divergence.</summary>
    public static Tensor JensenShannon(Tensor logRatio) => logsigmoid(logRatio);

    /// <summary>s(u) = e^((α−1)u) / (α−1): the α-divergence, which at α = 1 is <see cref="ReverseKl"/> and at α = 0 <see cref="ForwardKl"/>.</summary>
    /// <param name="alpha">α.</param>
    public static FDivergence Alpha(double alpha = 0.5)
    {
        LossSettingException.ThrowUnless(double.IsFinite(alpha), nameof(alpha), alpha, "a number");
        var power = alpha - 1;
        if (Math.Abs(power) < 1e-6) return ReverseKl;
        return logRatio =>
        {
            using var scope = NewDisposeScope();
            return ((power * logRatio).clamp_max(LargestExponent).exp() / power).MoveToOuterDisposeScope();
        };
    }

    /// <summary>s(u), where no divergence stands for the reverse KL.</summary>
    internal static Tensor Of(Tensor logRatio, FDivergence? divergence) => divergence is null ? logRatio : divergence(logRatio);

    /// <summary>s(a) − s(b). Where both overflow to the same infinity, the difference is ∞ with the sign of a − b, never NaN.</summary>
    internal static Tensor Difference(Tensor a, Tensor b, FDivergence? divergence)
    {
        using var scope = NewDisposeScope();
        var difference = Of(a, divergence) - Of(b, divergence);
        if (divergence is null) return difference.MoveToOuterDisposeScope();
        var apart = (a - b).detach();
        var limit = (apart * double.PositiveInfinity).where(apart.ne(0), apart); // NaN only where a or b is
        return difference.where(difference.isnan().logical_not(), limit).MoveToOuterDisposeScope();
    }
}
