using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>Counts NaN and infinities in the bytes of floating-point values as they pass by.</summary>
internal sealed class NonFiniteScan
{
    private long _nan, _positive, _negative;

    /// <summary>The counts of the tensor scanned; null where every value is finite.</summary>
    public NonFiniteCount? Of(string tensor) => _nan + _positive + _negative == 0 ? null : new(tensor, _nan, _positive, _negative);

    /// <summary>Adds values of a type; those of no floating-point type are finite. Both parts of a complex number count.</summary>
    public void Add(ReadOnlySpan<byte> bytes, ScalarType type)
    {
        switch (type)
        {
            case ScalarType.Float16: Add<ushort>(bytes, 0x7C00); break;
            case ScalarType.BFloat16: Add<ushort>(bytes, 0x7F80); break;
            case ScalarType.Float32 or ScalarType.ComplexFloat32: Add<uint>(bytes, 0x7F80_0000); break;
            case ScalarType.Float64: Add<ulong>(bytes, 0x7FF0_0000_0000_0000); break;
        }
    }

    // A value is not finite where every bit of its exponent is set; it is infinite where no other bit is but the sign. Nearly every block has none:
    // as whole numbers, such values are the highest, with the sign and without.
    private void Add<T>(ReadOnlySpan<byte> bytes, T exponent)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        const int blockLength = 4096;
        var (highest, sign) = (T.MaxValue >> 1, ~(T.MaxValue >> 1));
        for (var values = MemoryMarshal.Cast<byte, T>(bytes); values.Length > 0; values = values[Math.Min(blockLength, values.Length)..])
        {
            var block = values[..Math.Min(blockLength, values.Length)];
            if (block.ContainsAnyInRange(exponent, highest) || block.ContainsAnyInRange(sign | exponent, T.MaxValue)) AddEach(block, exponent);
        }
    }

    private void AddEach<T>(ReadOnlySpan<T> values, T exponent)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        foreach (var value in values)
        {
            if ((value & exponent) != exponent) continue;
            if (value == exponent) _positive++;
            else if ((value & (T.MaxValue >> 1)) == exponent) _negative++;
            else _nan++;
        }
    }
}
