using Align.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>A pair loss at one place: its value, and its slopes by autograd. In fp64.</summary>
/// <param name="Chosen">a = log π(y⁺) − log π₀(y⁺).</param>
/// <param name="Rejected">b = log π(y⁻) − log π₀(y⁻).</param>
/// <param name="Value">The loss of the pair.</param>
/// <param name="ChosenSlope">∂loss/∂a; training moves a against it.</param>
/// <param name="RejectedSlope">∂loss/∂b.</param>
public sealed record LossPoint(double Chosen, double Rejected, double Value, double ChosenSlope, double RejectedSlope)
{
    /// <summary>m = a − b.</summary>
    public double Margin => Chosen - Rejected;

    /// <summary>∂loss/∂m where the margin grows from both sides alike: a by half of it, b by minus half.</summary>
    public double MarginSlope => (ChosenSlope - RejectedSlope) / 2;

    /// <summary>Asks a loss about one pair, so that losses which couple the batch can be asked too.</summary>
    /// <param name="loss">Any loss; only autograd computes its slopes.</param>
    /// <param name="chosen">a.</param>
    /// <param name="rejected">b.</param>
    /// <param name="reference">log π₀ of both answers. Losses without a reference read log π = log π₀ + a.</param>
    /// <param name="tokens">The length of both answers, for losses that average.</param>
    /// <exception cref="ShapeException">The loss does not return one value.</exception>
    /// <exception cref="LossSettingException">The loss has no gradient.</exception>
    public static LossPoint Of(PairLoss loss, double chosen, double rejected, double reference = 0, double tokens = 1)
    {
        using var scope = NewDisposeScope();
        using var on = enable_grad();
        var policy = tensor(new[] { reference + chosen, reference + rejected }).requires_grad_(true);       // [2]
        Tensor One(double value) => tensor(new[] { value });
        var losses = OwnLoss.Checked(
            () => loss(new(policy.narrow(0, 0, 1), policy.narrow(0, 1, 1), One(reference), One(reference), One(tokens), One(tokens))), One(0).requires_grad_(true));
        losses.sum().backward();
        var slopes = policy.grad is { } g ? g.data<double>().ToArray() : [0, 0];
        return new(chosen, rejected, losses.to(ScalarType.Float64).item<double>(), slopes[0], slopes[1]);
    }
}
