using static TorchSharp.torch;

namespace Align.Models;

/// <summary>Turns the pairs of a head by their position: (x₁, x₂) → (x₁·cos − x₂·sin, x₂·cos + x₁·sin), where entry i is paired with entry i + d/2.</summary>
/// <param name="Cos">Shape [R, 1, T, d].</param>
/// <param name="Sin">Shape [R, 1, T, d].</param>
internal sealed record Rotation(Tensor Cos, Tensor Sin)
{
    /// <summary>The turns at some positions.</summary>
    /// <param name="frequencies">d/2 of them.</param>
    /// <param name="positions">Row after row.</param>
    /// <param name="rows">R.</param>
    /// <param name="type">The type of what is turned.</param>
    /// <param name="device">Where it is.</param>
    public static Rotation Of(double[] frequencies, long[] positions, int rows, ScalarType type, Device device)
    {
        using var scope = NewDisposeScope();
        var angles = tensor(positions, ScalarType.Int64, device).to(type).unsqueeze(-1) * tensor(frequencies, ScalarType.Float64, CPU).to(type, device); // [R·T, d/2]
        var both = cat([angles, angles], -1).view(rows, 1, positions.Length / rows, 2 * frequencies.Length);                                            // [R, 1, T, d]
        return new(both.cos().MoveToOuterDisposeScope(), both.sin().MoveToOuterDisposeScope());
    }

    public Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        var half = x.shape[^1] / 2;
        var (first, second) = (x.narrow(-1, 0, half), x.narrow(-1, half, half));
        return (x * Cos + cat([-second, first], -1) * Sin).MoveToOuterDisposeScope();
    }
}
