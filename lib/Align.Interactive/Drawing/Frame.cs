namespace Align.Interactive.Drawing;

/// <summary>Where a panel's data land in the picture.</summary>
internal sealed record Frame(double Left, double Top, double Width, double Height, Scale Across, Scale Up)
{
    /// <summary>The horizontal place of a value; NaN where it has none.</summary>
    public double X(double value) => Left + (Across.At(value) * Width);

    /// <summary>The vertical place of a value; NaN where it has none.</summary>
    public double Y(double value) => Top + ((1 - Up.At(value)) * Height);
}

/// <summary>Points as the picture needs them: broken where a value has no place, and no more of them than can be seen.</summary>
internal static class Thinning
{
    private const double Pixels = 1;

    /// <summary>The unbroken runs of a curve, as indices. Where many points share a sliver of the width, the lowest and highest of them stay.</summary>
    public static IEnumerable<int[]> Runs(Frame frame, IReadOnlyList<double> x, params IReadOnlyList<double>[] ys)
    {
        var run = new List<(int Index, double X, double Y)>();
        for (var i = 0; i < x.Count; i++)
        {
            // Of several curves the places are taken by all or by none; the last one decides what is thinned.
            var point = (Index: i, X: frame.X(x[i]), Y: ys.Aggregate(0.0, (sum, y) => frame.Y(y[i]) + (0 * sum)));
            if (!double.IsNaN(point.X + point.Y)) run.Add(point);
            else if (run.Count > 0)
            {
                yield return Thin(run);
                run = [];
            }
        }

        if (run.Count > 0) yield return Thin(run);
    }

    private static int[] Thin(List<(int Index, double X, double Y)> run)
    {
        if (run.Count < 400) return [.. run.Select(p => p.Index)];
        var kept = new List<int>();
        for (var from = 0; from < run.Count;)
        {
            var (to, low, high) = (from, from, from);
            for (; to < run.Count && Math.Abs(run[to].X - run[from].X) < Pixels; to++)
            {
                if (run[to].Y < run[low].Y) low = to;
                if (run[to].Y > run[high].Y) high = to;
            }

            kept.Add(run[Math.Min(low, high)].Index);
            if (low != high) kept.Add(run[Math.Max(low, high)].Index);
            from = Math.Max(to, from + 1);
        }

        // A path that wanders to and fro is not thinned by its width.
        var stride = Math.Max(1, kept.Count / 2000);
        return [.. kept.Where((_, i) => i % stride == 0)];
    }
}
