using Align.Evaluation;
using Align.Runtime;

namespace Align.Tests.Evaluation;

public sealed class LeastSquaresTests
{
    [Fact]
    public void One_slope_worked_by_hand()
    {
        // x = 0 1 2 3, y = 1 2 4 5: Sxy/Sxx = 7/5, ȳ − 1.4·1.5 = 0.9; left 0.2 of 10; √((0.2/2)/5)
        var fit = LeastSquares.Fit([1, 2, 4, 5], [[0], [1], [2], [3]]);
        Close.To(1.4, fit.Slopes[0], 1e-10);
        Close.To(0.9, fit.Intercept, 1e-10);
        Close.To(0.98, fit.Explained, 1e-10);
        Close.To(Math.Sqrt(0.02), fit.Errors[0], 1e-10);
    }

    [Fact]
    public void Slopes_come_back_with_the_criteria_kept_apart()
    {
        var rng = new Rng(5);
        double[][] x = [.. Enumerable.Range(0, 400).Select(_ => rng.NextDouble()).Select(a => new[] { a, a + 0.3 * rng.NextGaussian(), rng.NextDouble() })];
        var fit = LeastSquares.Fit([.. x.Select(r => 2 - 3 * r[0] + 1.5 * r[1] + 0.1 * rng.NextGaussian())], x);
        foreach (var (slope, error, truth) in fit.Slopes.Zip(fit.Errors, [-3, 1.5, 0])) Assert.InRange(slope, truth - 3 * error, truth + 3 * error);
        Assert.InRange(fit.Errors.Max(), 0.001, 0.05);
    }

    [Fact]
    public void What_has_no_answer_is_an_error()
    {
        Assert.Contains("constant", Assert.Throws<LeastSquaresException>(() => LeastSquares.Fit([1, 2, 4, 5], [[0, 1], [1, 1], [2, 1], [3, 1]])).Message, StringComparison.Ordinal);
        Assert.Throws<LeastSquaresException>(() => LeastSquares.Fit([1, 2], [[0], [1]]));
        Assert.Throws<LeastSquaresException>(() => LeastSquares.Fit([1, 2, 3], [[0], [1], [1, 2]]));
    }
}
