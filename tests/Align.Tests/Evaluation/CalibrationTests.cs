using Align.Evaluation;

namespace Align.Tests.Evaluation;

public sealed class CalibrationTests
{
    [Fact]
    public void Worked_by_hand()
    {
        // two bins of ten: 0.2 and 0.4 came true in one of two, 0.9 and 0.7 and 1.0 in two of three
        var calibration = Calibration.Of([(0.2, true), (0.4, false), (0.9, true), (0.7, false), (1.0, true)], bins: 2);
        Assert.Equal([(2, 0.5), (3, 2 / 3.0)], calibration.Bins.Select(b => (b.Count, b.Was)));
        Close.To(0.3, calibration.Bins[0].Said, 1e-12);
        Close.To(2.6 / 3, calibration.Bins[1].Said, 1e-12);
        Close.To(2 / 5.0 * 0.2 + 3 / 5.0 * 0.2, calibration.Error, 1e-12);
    }

    [Fact]
    public void A_reward_model_bets_on_the_higher_reward()
    {
        // σ(ln 3) = 0.75, once right and once wrong; σ(ln 9) = 0.9, right
        var calibration = Calibration.OfPairs([Math.Log(3), 0, 1 + Math.Log(9)], [0, Math.Log(3), 1]);
        Assert.Equal([2, 1], calibration.Bins.Select(b => b.Count));
        Assert.Equal([0.5, 1], calibration.Bins.Select(b => b.Was));
        Close.To((2 * 0.25 + 0.1) / 3, calibration.Error, 1e-12);
    }

    [Fact]
    public void Forecasts_outside_of_the_bins_are_an_error()
    {
        Assert.Contains("Forecast 1 is 1.5", Assert.Throws<CalibrationException>(() => Calibration.Of([(0.5, true), (1.5, true)])).Message, StringComparison.Ordinal);
        Assert.Throws<CalibrationException>(() => Calibration.Of([(double.NaN, true)]));
        Assert.Throws<CalibrationException>(() => Calibration.Of([]));
        Assert.Throws<CalibrationException>(() => Calibration.Of([(0.5, true)], bins: 0));
    }
}
