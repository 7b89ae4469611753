using Align.Evaluation;
using CsCheck;

namespace Align.Tests.Evaluation;

/// <summary>Win rates and paired differences.</summary>
public sealed class WinRateTests
{
    [Fact]
    public void Worked_by_hand()
    {
        var rate = WinRate.Of([3, 2, 1, 5, 5], [1, 2, 4, 5, 4]);
        Assert.Equal(new WinRate(2, 2, 1), rate);
        Assert.Equal(0.6, rate.Rate, 12);

        // 8 of 10: (0.8 + z²/20 ± z·√(0.016 + z²/400)) / (1 + z²/10) with z² = 3.841459
        var eight = new WinRate(8, 0, 2);
        Assert.Equal(0.490162, eight.Low, 6);
        Assert.Equal(0.943318, eight.High, 6);
        Assert.Equal("80.0 % (49.0–94.3)", eight.ToString());
    }

    [Fact]
    public void Ends_of_the_scale_stay_on_the_scale()
    {
        Assert.Equal(0, new WinRate(0, 0, 7).Low, 12);
        Assert.Equal(1, new WinRate(7, 0, 0).High, 12);
        Assert.InRange(new WinRate(7, 0, 0).Low, 0.6, 0.7);
    }

    [Fact]
    public void The_other_way_round_it_is_the_complement() =>
        Gen.Select(Gen.Double[-5, 5].Array[40], Gen.Double[-5, 5].Array[40]).Sample((a, b) =>
        {
            var (one, other) = (WinRate.Of(a, b), WinRate.Of(b, a));
            Close.To(1, one.Rate + other.Rate, 1e-12);
            Close.To(1, one.Low + other.High, 1e-9);
            Assert.InRange(one.Rate, one.Low, one.High);
        });

    [Fact]
    public void A_difference_worked_by_hand()
    {
        var same = PairedDifference.Of([2, 3, 4], [1, 2, 3]);
        Assert.Equal((1, 1, 1), (same.Mean, same.Low, same.High));
        Assert.True(same.IsClear);
        var mixed = PairedDifference.Of([1, -1, 1, -1], [0, 0, 0, 0]);
        Assert.StartsWith("+0.00 (", PairedDifference.Of([0.5, -0.504], [0, 0]).ToString(), StringComparison.Ordinal);
        Assert.Equal(0, mixed.Mean);
        Assert.False(mixed.IsClear);
    }

    [Fact]
    public void A_difference_s_interval_is_about_the_normal_one()
    {
        var rng = new Align.Runtime.Rng(3);
        var scores = Enumerable.Range(0, 300).Select(_ => 0.2 + rng.NextGaussian()).ToArray();
        var difference = PairedDifference.Of(scores, new double[300]);
        Close.To(difference.Mean - 1.96 / Math.Sqrt(300), difference.Low, 0.02);
        Close.To(difference.Mean + 1.96 / Math.Sqrt(300), difference.High, 0.02);
        Assert.Equal(difference, PairedDifference.Of(scores, new double[300]));
    }

    [Fact]
    public void What_cannot_be_compared_is_refused()
    {
        Assert.Contains("two scores of each prompt", Assert.Throws<WinRateException>(() => WinRate.Of([1, 2], [1])).Message, StringComparison.Ordinal);
        Assert.Throws<WinRateException>(() => PairedDifference.Of([], []));
        Assert.Contains("Prompt 1", Assert.Throws<WinRateException>(() => WinRate.Of([1, double.NaN], [1, 1])).Message, StringComparison.Ordinal);
        Assert.Throws<WinRateException>(() => WinRate.Of([double.PositiveInfinity], [double.PositiveInfinity])); // ∞ − ∞ would be a prompt that nobody won, lost or tied
    }
}
