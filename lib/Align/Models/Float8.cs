namespace Align.Models;

/// <summary>The two 8-bit floating-point types that weights are stored in, decoded exactly; TorchSharp has no such types.</summary>
internal static class Float8
{
    /// <summary>The values of the 256 codes of F8_E4M3: bias 7, no infinity, NaN where every bit but the sign is set.</summary>
    public static float[] E4M3 { get; } = Table(3, 7, hasInfinity: false);

    /// <summary>The values of the 256 codes of F8_E5M2: bias 15, infinities and NaN as IEEE 754 has them.</summary>
    public static float[] E5M2 { get; } = Table(2, 15, hasInfinity: true);

    private static float[] Table(int mantissaBits, int bias, bool hasInfinity) =>
        [.. Enumerable.Range(0, 256).Select(code => Decode(code, mantissaBits, bias, hasInfinity))];

    private static float Decode(int code, int mantissaBits, int bias, bool hasInfinity)
    {
        var (magnitude, units) = (code & 0x7F, 1 << mantissaBits);
        var (exponent, mantissa) = (magnitude / units, magnitude % units);
        var value = magnitude == 0x7F || hasInfinity && exponent == 0x7F / units && mantissa > 0 ? float.NaN
            : hasInfinity && exponent == 0x7F / units ? float.PositiveInfinity
            : exponent == 0 ? MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
            : MathF.ScaleB(units + mantissa, exponent - bias - mantissaBits);
        return (code & 0x80) == 0 ? value : -value;
    }
}
