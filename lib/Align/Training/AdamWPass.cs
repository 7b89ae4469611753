using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Training;

/// <summary>One AdamW step over one parameter.</summary>
internal readonly record struct AdamWPass(
    double Rate, double Beta1, double Beta2, double Epsilon, double WeightDecay, double Factor, double Correction1, double RootCorrection2)
{
    /// <summary>Elements per piece of work: fixed, so that sums do not depend on the number of cores.</summary>
    private const int Piece = 1 << 16;

    public void Apply(Tensor p, Tensor g, Tensor m, Tensor v)
    {
        if (p.device_type != DeviceType.CPU || !p.is_contiguous() || !g.is_contiguous() || g.dtype != p.dtype) ApplyByTensors(p, g, m, v);
        else if (p.dtype == ScalarType.Float32) ApplyBySpans<float>(p, g, m, v);
        else if (p.dtype == ScalarType.Float64) ApplyBySpans<double>(p, g, m, v);
        else ApplyByTensors(p, g, m, v);
    }

    /// <summary>Σ g² of a contiguous CPU tensor, in fp64.</summary>
    public static unsafe double SquaredSum(Tensor g)
    {
        var n = g.numel();
        if (n == 0) return 0;
        var pieces = new double[(n + Piece - 1) / Piece];
        if (g.dtype == ScalarType.Float32)
        {
            var x = (nint)Pointer<float>(g);
            Parallel.For(0, pieces.Length, i => pieces[i] = Sum32(new ReadOnlySpan<float>((float*)x + (long)i * Piece, (int)Math.Min(Piece, n - (long)i * Piece))));
        }
        else
        {
            var x = (nint)Pointer<double>(g);
            Parallel.For(0, pieces.Length, i => pieces[i] = Sum64(new ReadOnlySpan<double>((double*)x + (long)i * Piece, (int)Math.Min(Piece, n - (long)i * Piece))));
        }

        return pieces.Sum();
    }

    private static double Sum32(ReadOnlySpan<float> x)
    {
        var sum = Vector512<double>.Zero;
        var i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            var (low, high) = Vector512.Widen(Vector512.Create(x.Slice(i, 16)));
            sum += low * low + high * high;
        }

        var rest = Vector512.Sum(sum);
        for (; i < x.Length; i++) rest += (double)x[i] * x[i];
        return rest;
    }

    private static double Sum64(ReadOnlySpan<double> x)
    {
        var sum = 0.0;
        foreach (var value in x) sum += value * value;
        return sum;
    }

    private unsafe void ApplyBySpans<T>(Tensor p, Tensor g, Tensor m, Tensor v)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var n = p.numel();
        if (n == 0) return;
        var self = this;
        var (pp, gg, mm, vv) = ((nint)Pointer<T>(p), (nint)Pointer<T>(g), (nint)Pointer<T>(m), (nint)Pointer<T>(v));
        Parallel.For(0, (int)((n + Piece - 1) / Piece), i =>
        {
            var (at, length) = ((long)i * Piece, (int)Math.Min(Piece, n - (long)i * Piece));
            self.Run(new Span<T>((T*)pp + at, length), new ReadOnlySpan<T>((T*)gg + at, length), new Span<T>((T*)mm + at, length), new Span<T>((T*)vv + at, length));
        });
    }

    /// <summary>The step in the element's own type, eight or sixteen at a time where the processor can.</summary>
    private void Run<T>(Span<T> p, ReadOnlySpan<T> g, Span<T> m, Span<T> v)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (b1, c1) = (T.CreateTruncating(Beta1), T.CreateTruncating(1 - Beta1));
        var (b2, c2) = (T.CreateTruncating(Beta2), T.CreateTruncating(1 - Beta2));
        var (keep, rate, root, epsilon, factor) = (
            T.CreateTruncating(1 - Rate * WeightDecay), T.CreateTruncating(Rate / Correction1), T.CreateTruncating(RootCorrection2), T.CreateTruncating(Epsilon), T.CreateTruncating(Factor));
        var i = 0;
        var width = Vector512<T>.Count;
        for (; i + width <= p.Length; i += width)
        {
            var gi = Vector512.Create(g.Slice(i, width)) * factor;
            var mi = Vector512.Create<T>(m.Slice(i, width)) * b1 + gi * c1;
            var vi = Vector512.Create<T>(v.Slice(i, width)) * b2 + gi * gi * c2;
            var step = mi * rate / (Vector512.Sqrt(vi) / root + Vector512.Create(epsilon));
            mi.CopyTo(m[i..]);
            vi.CopyTo(v[i..]);
            (Vector512.Create<T>(p.Slice(i, width)) * keep - step).CopyTo(p[i..]);
        }

        for (; i < p.Length; i++)
        {
            var gi = g[i] * factor;
            m[i] = m[i] * b1 + gi * c1;
            v[i] = v[i] * b2 + gi * gi * c2;
            p[i] = p[i] * keep - m[i] * rate / (T.Sqrt(v[i]) / root + epsilon);
        }
    }

    private void ApplyByTensors(Tensor p, Tensor g, Tensor m, Tensor v)
    {
        using var scope = NewDisposeScope();
        var scaled = g.to(p.dtype) * Factor;
        m.mul_(Beta1).add_(scaled, alpha: 1 - Beta1);
        v.mul_(Beta2).addcmul_(scaled, scaled, 1 - Beta2);
        p.mul_(1 - Rate * WeightDecay).sub_(m / (v.sqrt() / RootCorrection2 + Epsilon) * (Rate / Correction1));
    }

    private static unsafe T* Pointer<T>(Tensor t)
        where T : unmanaged
    {
        // The span's memory is libtorch's own: it does not move.
        fixed (byte* start = &MemoryMarshal.GetReference(t.bytes)) return (T*)start;
    }
}
