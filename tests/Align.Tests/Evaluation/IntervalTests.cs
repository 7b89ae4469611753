using Align.Evaluation;

namespace Align.Tests.Evaluation;

public sealed class IntervalTests
{
    [Theory]
    [InlineData(0.975, 1, 12.7062047362)] // tables of Student's distribution
    [InlineData(0.975, 2, 4.3026527297)]
    [InlineData(0.975, 9, 2.2621571628)]
    [InlineData(0.95, 5, 2.0150483733)]
    [InlineData(0.975, 1000, 1.9623390808)]
    public void The_quantiles_are_those_of_the_tables(double p, int degrees, double quantile) =>
        Assert.Equal(quantile, Interval.StudentQuantile(p, degrees), 1e-8);

    [Fact]
    public void Three_values_have_a_wide_interval_and_one_has_none()
    {
        var three = Interval.OfMean([1, 2, 3, double.NaN]); // s = 1, t = 4.3027, √3
        Assert.Equal((2.0, 3), (three.Mean, three.Count));
        Assert.Equal(4.3026527297 / Math.Sqrt(3), three.Half, 1e-8);
        Assert.Equal(2 - three.Half, three.Low, 12);
        var one = Interval.OfMean([5]);
        Assert.Equal((5.0, double.NaN, 1), (one.Mean, one.Low, one.Count));
        Assert.Equal(double.NaN, Interval.OfMean([]).Mean);
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.OfMean([1, 2], 1));
    }
}
