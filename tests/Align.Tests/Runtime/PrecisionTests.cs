using Align.Runtime;
using static TorchSharp.torch;

namespace Align.Tests.Runtime;

public sealed class PrecisionTests
{
    [Fact]
    public void The_fast_type_is_bfloat16_exactly_where_there_are_instructions_for_it()
    {
        Assert.SkipUnless(File.Exists("/proc/cpuinfo"), "not run: no /proc/cpuinfo to compare with");
        var instructions = File.ReadLines("/proc/cpuinfo").Any(l => l.StartsWith("flags", StringComparison.Ordinal) && l.Split(' ').Contains("avx512_bf16"));
        Assert.Equal(cuda.is_available() || instructions ? ScalarType.BFloat16 : ScalarType.Float32, Precision.Fast);
    }
}
