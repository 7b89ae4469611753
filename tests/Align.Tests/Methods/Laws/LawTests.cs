using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods.Laws;

/// <summary>Every ✓ of <see cref="LawTable"/> is a property that runs here; where there is none, the reason is a sentence and a counterexample is found.</summary>
public sealed class LawTests
{
    /// <summary>The numbers of one pair: the answers' log-probabilities, the reference's at three distances from them, the token counts.</summary>
    private static readonly Gen<double[]> Pair = Gen.Select(
        Gen.Double[-10, -0.05], Gen.Double[-10, -0.05], Gen.Double[-1, 1], Gen.Double[-1, 1], Gen.OneOf(0.1, 1.0, 20.0), Gen.Int[1, 8], Gen.Int[1, 8],
        (chosen, rejected, a, b, scale, n, m) => new[] { chosen, rejected, Math.Min(0, chosen - scale * a), Math.Min(0, rejected - scale * b), n, m });

    private static readonly Gen<double[][]> Batch = Pair.Array[1, 4];

    public static TheoryData<string, string> Checked => Cells(holds: true);

    public static TheoryData<string, string> Unchecked => Cells(holds: false);

    [Fact]
    public void The_table_has_every_loss_and_a_sentence_for_every_cell_that_is_no_check()
    {
        Assert.Equal(LossUnderTest.All.Keys.Order(), LawTable.Rows.Keys.Order());
        foreach (var cell in LawTable.Rows.Values.SelectMany(r => r.Values).Where(c => c != "✓")) Assert.EndsWith(".", LawTable.Reasons[cell], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Checked))]
    public void A_law_that_is_checked_holds(string loss, string law) => Law(law, LossUnderTest.All[loss]).Holds();

    [Theory]
    [MemberData(nameof(Unchecked))]
    public void A_law_that_is_not_checked_has_a_counterexample(string loss, string law) => Assert.True(Law(law, LossUnderTest.All[loss]).HasCounterexample());

    private static TheoryData<string, string> Cells(bool holds) => new(LawTable.Laws.SelectMany(law => LawTable.Losses(law, holds).Select(loss => (loss, law))));

    private static Property Law(string name, LossUnderTest loss) => name switch
    {
        "per-example" => Property.Of(Batch, pairs => Near(Values(loss, pairs), [.. pairs.SelectMany(p => Values(loss, [p]))])),
        "permutation" => Property.Of(Batch, pairs => Near([.. Values(loss, pairs).Order()], [.. Values(loss, [.. pairs.Reverse()]).Order()])),
        "accumulation" => Property.Of(Steps, s => Near(loss.Method(s.Examples, s.Tables, [s.Examples.Length]), loss.Method(s.Examples, s.Tables, s.Sizes)), samples: 8),
        "monotone" => Property.Of(Gen.Select(Batch, Gen.Double[0, 1], Gen.Double[0, 3]), x => NotAbove(Values(loss, Wider(x.Item1, x.Item2, x.Item3)), Values(loss, x.Item1))),
        "finite" => Property.Of(Extremes, pairs => Finite(loss, pairs, ScalarType.Float64) && Finite(loss, pairs, ScalarType.Float32)),
        "gradient" => Property.Of(Batch, pairs => IsDerivative(loss, [.. pairs.Select(Apart)])),
        "π = π₀" => Property.Of(Batch, pairs => Values(loss, [.. pairs.Select(p => new[] { p[0], p[1], p[0], p[1], p[4], p[5] })]).All(v => Near([loss.AtReference ?? 0], [v]))),
        _ => throw new ArgumentException($"There is no law {name}."),
    };

    /// <summary>Every mixture of certainty, near-certainty and a log-probability of −10⁴.</summary>
    private static Gen<double[][]> Extremes => Gen.OneOf(0.0, -1e-12, -1.0, -100.0, -1e4).Array[4]
        .Select(Gen.Int[1, 8], Gen.Int[1, 8], (x, n, m) => new[] { x[0], x[1], x[2], x[3], n, m }).Array[1, 4];

    private static Gen<(int[] Prompt, int[] First, int[] Second)> Example => Gen.Select(Ids(2), Ids(4), Ids(4));

    private static Gen<((int[] Prompt, int[] First, int[] Second)[] Examples, (double[] Policy, double[] Reference) Tables, int[] Sizes)> Steps =>
        Gen.Select(Example.Array[2, 5], Table, Table, Gen.Int[1, 4], (examples, policy, reference, first) =>
        {
            first = Math.Min(first, examples.Length - 1);
            return (examples, (policy, reference), new[] { first, examples.Length - first });
        });

    private static Gen<double[]> Table => Gen.Double[-2, 2].Array[25];

    private static Gen<int[]> Ids(int most) => Gen.Int[0, 4].Array[1, most];

    private static double[] Values(LossUnderTest loss, double[][] pairs)
    {
        using var scope = NewDisposeScope();
        return loss.Values(Tensor(pairs, ScalarType.Float64)).Values();
    }

    private static Tensor Tensor(double[][] pairs, ScalarType type) => tensor(pairs.SelectMany(p => p).ToArray(), [pairs.Length, 6], ScalarType.Float64).to(type);

    private static bool Near(double[] expected, double[] actual) =>
        expected.Length == actual.Length && expected.Zip(actual).All(p => Math.Abs(p.First - p.Second) <= 1e-9 * Math.Max(1, Math.Abs(p.First)));

    private static bool NotAbove(double[] after, double[] before) => after.Sum() <= before.Sum() + 1e-9 * Math.Max(1, Math.Abs(before.Sum()));

    /// <summary>The first pair with its chosen answer likelier and its rejected one less likely.</summary>
    private static double[][] Wider(double[][] pairs, double share, double less)
    {
        var p = pairs[0];
        return [[p[0] * (1 - share), p[1] - less, .. p[2..]], .. pairs[1..]];
    }

    /// <summary>Round numbers make ties, at which a sort has no derivative.</summary>
    private static double[] Apart(double[] pair, int row) => [pair[0] - 0.01234567 * (row + 1), pair[1] - 0.00765432 * (row + 1), .. pair[2..]];

    private static bool Finite(LossUnderTest loss, double[][] pairs, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var x = Tensor(pairs, type).requires_grad_(true);
        var values = loss.Values(x);
        values.sum().backward();
        return values.Values().Concat(x.grad!.Values()).All(double.IsFinite);
    }

    /// <summary>Whether the gradient of a weighted sum of the values is that of central differences, wherever those have a limit: at a kink there is no derivative.</summary>
    private static bool IsDerivative(LossUnderTest loss, double[][] pairs)
    {
        using var scope = NewDisposeScope();
        const double h = 1e-6;
        var weights = arange(1, pairs.Length + 1, ScalarType.Float64);
        var x = Tensor(pairs, ScalarType.Float64).requires_grad_(true);
        (loss.Values(x) * weights).sum().backward();
        var gradient = x.grad!.Values();
        var here = At(0, 0);
        var rounding = Math.Abs(here) * 1e-15 / h; // the digits that a difference of two large values has lost
        return Enumerable.Range(0, pairs.Length).SelectMany(row => new[] { 6 * row, 6 * row + 1 }).All(i =>
        {
            var (up, down) = (At(i, h) - here, here - At(i, -h));
            return Math.Abs(up - down) > 1e-3 * h * Math.Max(1, Math.Abs(gradient[i])) + h * rounding || Math.Abs((up + down) / (2 * h) - gradient[i]) <= 1e-6 * Math.Max(1, Math.Abs(gradient[i])) + rounding;
        });

        double At(int place, double step)
        {
            using var inner = NewDisposeScope();
            var moved = x.detach().clone();
            moved.view(-1)[place] += step;
            return (loss.Values(moved) * weights).sum().item<double>();
        }
    }

    /// <summary>A statement about all inputs of a kind.</summary>
    private sealed record Property(Action Holds, Func<bool> HasCounterexample)
    {
        public static Property Of<T>(Gen<T> inputs, Func<T, bool> law, int samples = 25) => new(
            () => inputs.Sample(law, iter: samples, threads: 1),
            () =>
            {
                var random = new PCG(1);
                return Enumerable.Range(0, 2000).Any(_ => !law(inputs.Generate(random, null, out var _)));
            });
    }
}
