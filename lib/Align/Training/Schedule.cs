namespace Align.Training;

/// <summary>The learning rate of step k, counted from 0.</summary>
public delegate double Schedule(int step);

/// <summary>The usual schedules, equal to those of transformers: <c>warmup</c> steps from 0 up to the peak, then their own way down over the rest of <c>steps</c>.</summary>
public static class Schedules
{
    /// <summary>Always the peak.</summary>
    public static Schedule Constant(double peak, int warmup = 0) => Warm(peak, warmup, _ => 1);

    /// <summary>In a straight line to 0.</summary>
    public static Schedule Linear(double peak, int steps, int warmup = 0) =>
        Warm(peak, warmup, k => Math.Max(0, (double)(steps - k) / Math.Max(1, steps - warmup)));

    /// <summary>½(1 + cos(2π · cycles · progress)), down to a share of the peak. After the last step plain cosine rises again.</summary>
    /// <param name="peak">The highest rate.</param>
    /// <param name="steps">All steps, warm-up included.</param>
    /// <param name="warmup">Steps up to the peak.</param>
    /// <param name="cycles">½ goes down once.</param>
    /// <param name="least">The lowest rate, as a share of the peak.</param>
    public static Schedule Cosine(double peak, int steps, int warmup = 0, double cycles = 0.5, double least = 0) =>
        Warm(peak, warmup, k => Math.Max(0, least + (1 - least) * 0.5 * (1 + Math.Cos(2 * Math.PI * cycles * Progress(k, steps, warmup)))));

    /// <summary>Cosine to 0 and back up at once, several times; 0 at and after the end.</summary>
    public static Schedule CosineWithRestarts(double peak, int steps, int warmup = 0, int cycles = 1) =>
        Warm(peak, warmup, k => Progress(k, steps, warmup) is >= 1 ? 0 : 0.5 * (1 + Math.Cos(Math.PI * (cycles * Progress(k, steps, warmup) % 1))));

    /// <summary>(peak − end)·(1 − progress)^power + end.</summary>
    public static Schedule Polynomial(double peak, int steps, int warmup = 0, double end = 1e-7, double power = 1) =>
        Warm(peak, warmup, k => k > steps ? end / peak : ((peak - end) * Math.Pow(1 - Progress(k, steps, warmup), power) + end) / peak);

    /// <summary>The peak, then a cosine to 0 over the last <paramref name="decay"/> steps.</summary>
    public static Schedule WarmupStableDecay(double peak, int steps, int warmup, int decay) =>
        Warm(peak, warmup, k => k < steps - decay ? 1 : k >= steps ? 0 : 0.5 * (1 + Math.Cos(Math.PI * (k - (steps - decay)) / decay)));

    /// <summary>√(warmup / k) after the warm-up.</summary>
    public static Schedule InverseSquareRoot(double peak, int warmup) => Warm(peak, warmup, k => 1 / Math.Sqrt((double)k / warmup));

    private static Schedule Warm(double peak, int warmup, Func<int, double> share) =>
        k => peak * (k < warmup ? (double)k / Math.Max(1, warmup) : share(k));

    private static double Progress(int k, int steps, int warmup) => (double)(k - warmup) / Math.Max(1, steps - warmup);
}
