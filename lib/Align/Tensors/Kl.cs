using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>Estimators of KL(π ‖ π₀) from tokens drawn from π (Schulman 2020, http://joschu.net/blog/kl-approx.html). With d = log π₀ − log π of the drawn token.</summary>
/// <remarks>
/// As a number all three estimate the same thing; as a loss they do not. Over tokens drawn from π the gradient of k1 is 0 on average, that of k2 is the
/// gradient of KL(π ‖ π₀), and that of k3 is the gradient of the other one, KL(π₀ ‖ π).
/// </remarks>
public static class Kl
{
    /// <summary>k1 = −d: unbiased; single values may be below 0.</summary>
    /// <param name="policy">log π, any shape.</param>
    /// <param name="reference">log π₀, the same shape.</param>
    public static Tensor K1(Tensor policy, Tensor reference)
    {
        Shape.Same(policy, reference);
        return policy - reference;
    }

    /// <summary>k2 = d²/2: never below 0, little variance, biased.</summary>
    /// <inheritdoc cref="K1"/>
    public static Tensor K2(Tensor policy, Tensor reference)
    {
        Shape.Same(policy, reference);
        using var scope = NewDisposeScope();
        return ((reference - policy).Squared() / 2).MoveToOuterDisposeScope();
    }

    /// <summary>k3 = e^d − 1 − d: unbiased and never below 0.</summary>
    /// <inheritdoc cref="K1"/>
    public static Tensor K3(Tensor policy, Tensor reference)
    {
        Shape.Same(policy, reference);
        using var scope = NewDisposeScope();
        var d = reference - policy;
        return (d.expm1() - d).MoveToOuterDisposeScope();
    }
}

/// <summary>An estimator of KL(π ‖ π₀) per token, such as <see cref="Kl.K1"/>.</summary>
public delegate Tensor KlEstimator(Tensor policy, Tensor reference);
