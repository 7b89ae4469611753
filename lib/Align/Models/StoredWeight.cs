using TorchSharp;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>A tensor, and the type in which it goes into a file.</summary>
internal readonly record struct StoredWeight(string Name, Tensor Tensor, ScalarType Type)
{
    private const long Piece = 1 << 22;

    /// <summary>What it takes in the file; 0 for a type that the format has not.</summary>
    public long ByteCount => Tensor.numel() * (SafetensorsDtype.Of(Type)?.Bits ?? 0) / 8;

    /// <summary>Whether a type holds these values to the last bit.</summary>
    public static bool Holds(ScalarType type, Tensor values)
    {
        if (type == values.dtype) return true;
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var flat = values.detach().reshape(-1);
        for (long at = 0; at < flat.numel(); at += Piece)
        {
            using var piece = NewDisposeScope();
            var some = flat.narrow(0, at, Math.Min(Piece, flat.numel() - at));
            if (!some.to(type).to(values.dtype).eq(some).all().ToBoolean()) return false;
        }

        return true;
    }
}
