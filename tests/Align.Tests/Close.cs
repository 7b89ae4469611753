using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests;

/// <summary>Comparison relative to max(1, |expected|), as the golden READMEs state their tolerances; NaN equals NaN.</summary>
internal static class Close
{
    public static void To(double expected, double actual, double tolerance, string what = "value")
    {
        if (double.IsNaN(expected) ? double.IsNaN(actual) : expected == actual || Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected))) return;
        Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{what} is {actual:R}, expected {expected:R} (off by {Math.Abs(expected - actual):E2}, allowed {tolerance:E0})"));
    }

    public static void To(double[] expected, double[] actual, double tolerance, string what = "value")
    {
        Assert.True(expected.Length == actual.Length, $"{what} has {actual.Length} values, expected {expected.Length}");
        for (var i = 0; i < expected.Length; i++) To(expected[i], actual[i], tolerance, $"{what}[{i}]");
    }

    public static void To(Tensor expected, Tensor actual, double tolerance, string what = "tensor")
    {
        Assert.True(expected.shape.SequenceEqual(actual.shape), $"{what} has shape [{string.Join(", ", actual.shape)}], expected [{string.Join(", ", expected.shape)}]");
        using var scope = NewDisposeScope();
        To(Values(expected), Values(actual), tolerance, what);
    }

    public static double[] Values(this Tensor t) => t.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
}
