using Align.Tensors;
using Align.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Training;

/// <summary>AdamW (Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101, algorithm 2), as PyTorch computes it.</summary>
/// <remarks>
/// p ← p·(1 − lr·λ); m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; p ← p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε).
/// On the CPU one pass over each parameter reads p, g, m, v and writes p, m, v; elsewhere the same in tensor operations.
/// </remarks>
public sealed class AdamW : IDisposable
{
    private readonly Parameter[] _parameters;

    /// <summary>Creates the optimizer; the moments are 0.</summary>
    /// <param name="parameters">What is trained. Biases and norms, the tensors of one dimension, do not decay.</param>
    /// <param name="beta1">How slowly the mean of the gradients moves.</param>
    /// <param name="beta2">How slowly the mean of their squares moves.</param>
    /// <param name="epsilon">Keeps the division finite.</param>
    /// <param name="weightDecay">λ, decoupled from the gradient.</param>
    public AdamW(
        IEnumerable<(string Name, Tensor Value)> parameters, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
    {
        using var scope = NewDisposeScope();
        (Beta1, Beta2, Epsilon, WeightDecay) = (beta1, beta2, epsilon, weightDecay);
        _parameters = [.. parameters.Where(p => p.Value.requires_grad).Select(p => new Parameter(
            p.Name, p.Value, zeros_like(p.Value).DetachFromDisposeScope(), zeros_like(p.Value).DetachFromDisposeScope(), p.Value.dim() > 1 ? weightDecay : 0))];
    }

    /// <summary>How slowly the mean of the gradients moves.</summary>
    public double Beta1 { get; }

    /// <summary>How slowly the mean of their squares moves.</summary>
    public double Beta2 { get; }

    /// <summary>Keeps the division finite.</summary>
    public double Epsilon { get; }

    /// <summary>λ.</summary>
    public double WeightDecay { get; }

    /// <summary>t, the steps taken.</summary>
    public int StepsTaken { get; internal set; }

    /// <summary>The weights and the two moments by name: with <see cref="StepsTaken"/> the whole state.</summary>
    internal IEnumerable<(string Name, Tensor Value)> State => _parameters.SelectMany(p => new[]
    {
        (p.Name, p.Value), ("exp_avg." + p.Name, p.Mean), ("exp_avg_sq." + p.Name, p.Square),
    });

    /// <summary>Sets all gradients to 0.</summary>
    public void ZeroGradients()
    {
        using var scope = NewDisposeScope();
        foreach (var p in _parameters) p.Value.grad?.zero_();
    }

    /// <summary>√ Σ g² over all parameters, summed in fp64 in a fixed order whatever the number of cores.</summary>
    public double GradientNorm()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return Math.Sqrt(_parameters.Sum(p => p.Value.grad is { } g ? SquaredSum(g) : 0));
    }

    /// <summary>One step.</summary>
    /// <param name="learningRate">lr.</param>
    /// <param name="gradientFactor">What gradients are multiplied by first, from <see cref="Clip.Factor"/>.</param>
    public void Step(double learningRate, double gradientFactor = 1)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        StepsTaken++;
        foreach (var p in _parameters)
        {
            if (p.Value.grad is not { } g) continue;
            var numbers = new AdamWPass(
                learningRate, Beta1, Beta2, Epsilon, p.WeightDecay, gradientFactor, 1 - Math.Pow(Beta1, StepsTaken), Math.Sqrt(1 - Math.Pow(Beta2, StepsTaken)));
            numbers.Apply(p.Value, g, p.Mean, p.Square);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var p in _parameters)
        {
            p.Mean.Dispose();
            p.Square.Dispose();
        }
    }

    /// <summary>The name of the first parameter whose gradient is not finite; null when all are.</summary>
    internal string? FirstNonFiniteGradient()
    {
        using var scope = NewDisposeScope();
        return _parameters.FirstOrDefault(p => p.Value.grad is { } g && !g.isfinite().all().ToBoolean())?.Name;
    }

    private static double SquaredSum(Tensor g) => g.device_type == DeviceType.CPU && g.is_contiguous() && g.dtype is ScalarType.Float32 or ScalarType.Float64
        ? AdamWPass.SquaredSum(g)
        : g.to(ScalarType.Float64).Squared().sum().ToDouble();

    private sealed record Parameter(string Name, Tensor Value, Tensor Mean, Tensor Square, double WeightDecay);
}
