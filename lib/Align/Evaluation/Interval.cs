namespace Align.Evaluation;

/// <summary>A mean and where the true one lies.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">Lower end; NaN for fewer than two values.</param>
/// <param name="High">Upper end.</param>
/// <param name="Count">The values.</param>
public readonly record struct Interval(double Mean, double Low, double High, int Count)
{
    /// <summary>Half of the interval's length: what stands after ±.</summary>
    public double Half => (High - Low) / 2;

    /// <summary>Student's interval of a mean, for few values such as one per seed: x̄ ± t·s/√n. NaN are left out.</summary>
    /// <param name="values">The values.</param>
    /// <param name="confidence">How often such intervals hold the true mean.</param>
    public static Interval OfMean(IEnumerable<double> values, double confidence = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(confidence);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(confidence, 1);
        var x = values.Where(v => !double.IsNaN(v)).ToArray();
        if (x.Length < 2) return new(x.Length == 0 ? double.NaN : x[0], double.NaN, double.NaN, x.Length);
        var mean = x.Average();
        var half = StudentQuantile((1 + confidence) / 2, x.Length - 1) * Math.Sqrt(x.Sum(v => (v - mean) * (v - mean)) / (x.Length - 1) / x.Length);
        return new(mean, mean - half, mean + half, x.Length);
    }

    /// <summary>Where Student's distribution function has the value p, ½ or above.</summary>
    /// <remarks>With t = √ν·tan θ the density becomes cos^(ν−1) θ, which Simpson's rule integrates to many digits; the angle is found by halving.</remarks>
    internal static double StudentQuantile(double p, int degrees)
    {
        var (low, high, wanted) = (0.0, Math.PI / 2, (p - 0.5) * 2 * Area(Math.PI / 2));
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (Area(middle) < wanted) low = middle;
            else high = middle;
        }

        return Math.Sqrt(degrees) * Math.Tan((low + high) / 2);

        double Area(double end)
        {
            const int pieces = 400;
            double Height(int i) => Math.Pow(Math.Max(0, Math.Cos(end * i / pieces)), degrees - 1);
            return end / pieces / 3 * Enumerable.Range(0, pieces + 1).Sum(i => Height(i) * (i is 0 or pieces ? 1 : i % 2 == 1 ? 4 : 2));
        }
    }
}
