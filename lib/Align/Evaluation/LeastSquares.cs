using Align.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Evaluation;

/// <summary>A straight-line fit, y ≈ a + Σ b_k·x_k: what a score pays for each of several criteria, the others kept equal.</summary>
/// <param name="Intercept">a.</param>
/// <param name="Slopes">b, one per criterion.</param>
/// <param name="Errors">The slopes' standard errors: about 95 % of such fits have the true slope within twice of it.</param>
/// <param name="Explained">R², the share of y's variance that the fit explains.</param>
public sealed record LeastSquares(double Intercept, IReadOnlyList<double> Slopes, IReadOnlyList<double> Errors, double Explained)
{
    /// <summary>Fits.</summary>
    /// <param name="y">One value per observation.</param>
    /// <param name="x">Per observation, one value per criterion.</param>
    /// <exception cref="LeastSquaresException">There are too few observations or unequal numbers of values, or a criterion is constant or a sum of others.</exception>
    public static LeastSquares Fit(IReadOnlyList<double> y, IReadOnlyList<IReadOnlyList<double>> x)
    {
        var (n, k) = (y.Count, x.Count == 0 ? 0 : x[0].Count);
        if (x.Count != n || x.Any(row => row.Count != k) || n <= k + 1)
            throw new LeastSquaresException($"{n} values of y and {x.Count} rows of x with {k} criteria: a fit takes a row for every y, equally long ones, and more of them than criteria and intercept.");
        using var scope = NewDisposeScope();
        var design = tensor([.. x.SelectMany(row => row.Prepend(1))], [n, k + 1], ScalarType.Float64);        // [n, k+1]
        var target = tensor([.. y], [n, 1], ScalarType.Float64);                                              // [n, 1]
        var gram = design.t().mm(design);                                                                     // [k+1, k+1]
        if (linalg.matrix_rank(design).ToInt64() <= k)
            throw new LeastSquaresException("A criterion is constant or a weighted sum of others: its slope could be anything. Leave it out.");
        var inverse = linalg.inv(gram);
        var b = inverse.mm(design.t()).mm(target);                                                            // [k+1, 1]
        var left = (target - design.mm(b)).Squared().sum().ToDouble();
        var whole = (target - target.mean()).Squared().sum().ToDouble();
        var errors = (inverse.diagonal() * (left / (n - k - 1))).sqrt();
        return new(b[0, 0].ToDouble(), [.. b.data<double>().Skip(1)], [.. errors.data<double>().Skip(1)], 1 - left / whole);
    }
}

/// <summary>Observations that no line can be fitted to.</summary>
public sealed class LeastSquaresException(string message) : Runtime.AlignException(message);
