using System.Globalization;

namespace Align.Methods;

/// <summary>One pair of a <see cref="GradientCheck"/>.</summary>
/// <param name="Chosen">a, the chosen answer's log-ratio.</param>
/// <param name="Rejected">b.</param>
/// <param name="Value">The loss.</param>
/// <param name="ChosenSlope">∂loss/∂a by autograd.</param>
/// <param name="ByChosen">The same by finite differences.</param>
/// <param name="RejectedSlope">∂loss/∂b by autograd.</param>
/// <param name="ByRejected">The same by finite differences.</param>
public sealed record GradientRow(double Chosen, double Rejected, double Value, double ChosenSlope, Difference ByChosen, double RejectedSlope, Difference ByRejected);

/// <summary>A slope by finite differences.</summary>
/// <param name="Left">From the place before.</param>
/// <param name="Right">To the place after.</param>
/// <param name="Central">From before to after.</param>
public readonly record struct Difference(double Left, double Right, double Central)
{
    /// <summary>How far a slope is from this one, relative to slopes above 1; 0 inside a kink, where anything between left and right is a slope.</summary>
    internal double Apart(double slope)
    {
        if (!double.IsFinite(Left + Right + slope)) return 0; // no number: said elsewhere
        if (slope >= Math.Min(Left, Right) && slope <= Math.Max(Left, Right)) return 0;
        return Math.Abs(slope - Central) / Math.Max(1, Math.Abs(Central));
    }

    /// <inheritdoc/>
    public override string ToString() => Central.ToString("G6", CultureInfo.InvariantCulture);
}
