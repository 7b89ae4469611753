using System.Globalization;
using System.Runtime.CompilerServices;
using Align.Runtime;

namespace Align.Methods;

/// <summary>A setting of a loss that is out of range, or settings that exclude one another.</summary>
public sealed class LossSettingException : AlignException
{
    internal LossSettingException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    internal static void ThrowUnless(bool holds, string name, double value, string range)
    {
        if (!holds) throw new LossSettingException($"{name} is {value.ToString(CultureInfo.InvariantCulture)}; it has to be {range}.");
    }

    internal static void ThrowUnlessPositive(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        ThrowUnless(value > 0 && double.IsFinite(value), name, value, "above 0");

    internal static void ThrowUnlessFactor(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        ThrowUnless(value >= 0 && double.IsFinite(value), name, value, "at least 0");

    /// <summary>ε, the chance that a label is flipped.</summary>
    internal static void ThrowUnlessSmoothing(double labelSmoothing) =>
        ThrowUnless(labelSmoothing is >= 0 and < 0.5, nameof(labelSmoothing), labelSmoothing, "at least 0 and below 0.5");
}
