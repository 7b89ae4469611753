using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Align.Runtime;

/// <summary>The number types that this machine is good at.</summary>
public static class Precision
{
    private const int Bfloat16Instructions = 1 << 5;

    /// <summary>
    /// What models compute in when speed matters more than digits (their weights stay float32): bfloat16 where a GPU is there or the processor has instructions for it,
    /// else float32. Without the instructions libtorch multiplies bfloat16 one number at a time, many times slower than float32.
    /// </summary>
    public static ScalarType Fast => cuda.is_available() || HasInstructions ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>AVX512_BF16: processor leaf 7, subleaf 1, bit 5 of EAX.</summary>
    private static bool HasInstructions => X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 1).Eax & Bfloat16Instructions) != 0;
}
