using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tool.Machine;

/// <summary>How fast this machine multiplies matrices and moves memory, measured in under three seconds.</summary>
/// <param name="Fp32">10⁹ operations a second in fp32.</param>
/// <param name="Bf16">The same in bf16.</param>
/// <param name="Stream">10⁹ bytes a second, read and written, of a copy too large for the caches.</param>
/// <param name="Threads">The number of threads that libtorch uses.</param>
internal sealed record Speed(double Fp32, double Bf16, double Stream, int Threads)
{
    private const int Size = 1024;
    private const long Floats = 32 << 20;
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(0.6);

    internal static Speed Measure()
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        return new(Product(ScalarType.Float32), Product(ScalarType.BFloat16), Copy(), get_num_threads());
    }

    /// <summary>Which compute type to ask for. bf16 is never chosen by itself: numbers must not depend on how busy the machine is.</summary>
    internal string Advice(Cpu cpu) => (cpu.Bf16, Bf16 / Fp32) switch
    {
        (true, >= 1.5 and var times) => $"bf16 pays here ({times:0.0} times fp32): ask for it with compute: where its accuracy is enough; fp32 is the default.",
        (true, var times) => $"fp32; this CPU knows bf16, but it measures only {times:0.0} times fp32.",
        (false, _) => "fp32: this CPU has no bf16 instructions.",
    };

    /// <inheritdoc/>
    public override string ToString() =>
        $"fp32 {Fp32:0} GFLOP/s, bf16 {Bf16:0} GFLOP/s (products of n = {Size}), stream {Stream:0} GB/s, {Threads} {(Threads == 1 ? "thread" : "threads")}";

    private static double Product(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var a = ones(Size, Size, dtype: type);
        var b = ones(Size, Size, dtype: type);
        return 2.0 * Size * Size * Size / Fastest(() => mm(a, b).Dispose()) / 1e9;
    }

    private static double Copy()
    {
        using var scope = NewDisposeScope();
        var from = ones(Floats);
        var to = zeros(Floats);
        return 2.0 * Floats * sizeof(float) / Fastest(() => to.copy_(from)) / 1e9;
    }

    /// <summary>Seconds of the fastest of at most ten runs, after one that warms up.</summary>
    private static double Fastest(Action action)
    {
        action();
        var fastest = double.PositiveInfinity;
        var all = Stopwatch.StartNew();
        for (var i = 0; i < 10 && all.Elapsed < Each; i++)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return fastest;
    }
}
