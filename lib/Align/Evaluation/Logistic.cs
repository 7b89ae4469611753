using Align.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Evaluation;

/// <summary>A fit of P(yes) = σ(Σ b_k·x_k), without an intercept, by maximum likelihood: what a choice between two pays for each of their differences.</summary>
/// <param name="Slopes">b, in log-odds per unit.</param>
/// <param name="Covariance">Of the slopes, the inverse of the information. Shape [k, k].</param>
public sealed record Logistic(IReadOnlyList<double> Slopes, double[,] Covariance)
{
    private const int MostSteps = 100;

    /// <summary>The slopes' standard errors.</summary>
    public IReadOnlyList<double> Errors => [.. Enumerable.Range(0, Slopes.Count).Select(i => Math.Sqrt(Covariance[i, i]))];

    /// <summary>Fits by Newton's method.</summary>
    /// <param name="yes">The share of yes per observation, in [0, 1].</param>
    /// <param name="x">Per observation, one value per criterion.</param>
    /// <param name="weights">How often each observation was made; once when absent.</param>
    /// <exception cref="LogisticException">The numbers of values differ, a criterion is a sum of others or constantly 0, or the criteria tell yes from no without error, so that no slope is steep enough.</exception>
    public static Logistic Fit(IReadOnlyList<double> yes, IReadOnlyList<IReadOnlyList<double>> x, IReadOnlyList<double>? weights = null)
    {
        var (n, k) = (yes.Count, x.Count == 0 ? 0 : x[0].Count);
        if (n == 0 || k == 0 || x.Count != n || x.Any(row => row.Count != k) || (weights is not null && weights.Count != n))
            throw new LogisticException($"{n} outcomes, {x.Count} rows of x with {k} criteria and {weights?.Count ?? n} weights: a fit takes a row and a weight for every outcome, equally long rows.");
        using var scope = NewDisposeScope();
        var design = tensor([.. x.SelectMany(row => row)], [n, k], ScalarType.Float64);                          // [n, k]
        var y = tensor([.. yes], [n, 1], ScalarType.Float64);                                                   // [n, 1]
        var w = tensor([.. weights ?? Enumerable.Repeat(1.0, n)], [n, 1], ScalarType.Float64);
        var b = zeros(k, 1, ScalarType.Float64);
        for (var step = 0; step < MostSteps; step++)
        {
            var p = design.mm(b).sigmoid();
            var information = design.t().mm(design * (w * p * (1 - p)));                                        // [k, k]
            if (linalg.matrix_rank(information).ToInt64() < k)
                throw new LogisticException(step == 0 ? "A criterion is constantly 0 or a weighted sum of others: its slope could be anything. Leave it out." : Separated);
            var inverse = linalg.inv(information);
            var move = inverse.mm(design.t().mm(w * (y - p)));                                                  // [k, 1]
            var longest = move.abs().max().ToDouble();
            b = b + move * Math.Min(1, 4 / longest);
            if (b.abs().max().ToDouble() is var most && (double.IsNaN(most) || most * design.abs().max().ToDouble() > 40)) throw new LogisticException(Separated);
            if (longest < 1e-10) return new([.. b.data<double>()], Square(inverse, k));
        }

        throw new LogisticException(Separated);
    }

    private const string Separated = "The criteria tell yes from no without a single error: the steeper the slope the better it fits, and no slope is the best. More observations are needed, or fewer criteria.";

    private static double[,] Square(Tensor matrix, int k)
    {
        var (values, square) = (matrix.contiguous().data<double>().ToArray(), new double[k, k]);
        for (var i = 0; i < k * k; i++) square[i / k, i % k] = values[i];
        return square;
    }
}

/// <summary>Observations that no odds can be fitted to.</summary>
public sealed class LogisticException(string message) : Runtime.AlignException(message);
