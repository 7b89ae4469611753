using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>Squares without a native scalar.</summary>
internal static class Squares
{
    /// <summary>x², elementwise. TorchSharp's <c>square()</c> is a power with a scalar that a collection on another thread may finalize while libtorch still reads it ("Unknown scalar type").</summary>
    public static Tensor Squared(this Tensor x) => x * x;
}
