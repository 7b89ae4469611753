using Align.Interactive.Drawing;
using CsCheck;

namespace Align.Tests.Interactive;

public sealed class ScaleTests
{
    [Theory]
    [InlineData(0, 1, 5, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(-73.2, -41, 5, "−70 −65 −60 −55 −50 −45")]
    [InlineData(0, 4.6e-6, 5, "0 1e−6 2e−6 3e−6 4e−6")]
    [InlineData(0, 100_000, 5, "0 20k 40k 60k 80k 100k")]
    [InlineData(0, 3e9, 3, "0 1e9 2e9 3e9")]
    [InlineData(0.4994, 0.5006, 3, "0.4995 0.5000 0.5005")]
    public void Ticks_are_round_and_short(double from, double to, int about, string expected) =>
        Assert.Equal(expected, string.Join(' ', new Scale(from, to, Log: false).Ticks(about).Select(t => t.Label)));

    [Theory]
    [InlineData(-2.2, 4.1, 5, "0.01 0.1 1 10 100 1000 10000")]
    [InlineData(-12, 0, 4, "1e−12 1e−9 1e−6 0.001 1")]
    [InlineData(0.1, 0.9, 5, "2 5")]
    public void Logarithmic_ticks_are_powers_and_within_a_decade_1_2_5(double from, double to, int about, string expected) =>
        Assert.Equal(expected, string.Join(' ', new Scale(from, to, Log: true).Ticks(about).Select(t => t.Label)));

    [Fact]
    public void Steps_are_counted_in_whole_numbers() =>
        Assert.Equal(["1", "2", "3"], Scale.Over([1, 2, 3], new Axis { Room = 0.01 }).Ticks(7).Select(t => t.Label));

    [Fact]
    public void Any_values_have_a_finite_range_that_holds_them_and_few_rising_ticks_with_different_labels() =>
        Gen.Select(Nasty.Numbers, Gen.Bool, Gen.Int[1, 9]).Sample((values, log, about) =>
        {
            var scale = Scale.Over(values, new Axis(Log: log));
            Assert.True(double.IsFinite(scale.From) && double.IsFinite(scale.To) && scale.From < scale.To);
            foreach (var v in values.Where(v => Scale.Drawable(v, log))) Assert.InRange(scale.At(v), 0, 1);
            var ticks = scale.Ticks(about);
            Assert.InRange(ticks.Count, 0, (4 * about) + 2);
            Assert.All(ticks, t => Assert.InRange(scale.At(t.Value), -1e-6, 1 + 1e-6));
            Assert.Equal(ticks.Count, ticks.Select(t => t.Value).Distinct().Count());
            Assert.Equal(ticks.Count, ticks.Select(t => t.Label).Distinct().Count());
        }, iter: 5000);

    [Fact]
    public void Blank_is_added_beyond_the_data_but_not_beyond_zero()
    {
        var scale = Scale.Over([0, 10], new Axis());
        Assert.Equal((0, 10.4), (scale.From, scale.To));
    }

    [Theory]
    [InlineData(0.69314718, "0.6931")]
    [InlineData(-1234.5, "−1235")]
    [InlineData(5e-6, "5e−6")]
    [InlineData(2.5e9, "2.5e9")]
    [InlineData(-0.0, "0")]
    [InlineData(double.NegativeInfinity, "−∞")]
    public void A_number_has_four_digits(double value, string expected) => Assert.Equal(expected, Numbers.Short(value));

    [Fact]
    public void Zero_is_the_middle_of_two_signed_colours_and_dark_cells_have_light_text()
    {
        var scale = ColourScale.Over([-1, 0.5, double.NaN], "");
        Assert.Equal((-1, 1), (scale.Min, scale.Max));
        Assert.Equal("#f8f8f8", scale.Of(0));
        Assert.Equal(ColourScale.Absent, scale.Of(double.NaN));
        Assert.Equal("#ffffff", ColourScale.TextOver(scale.Of(1)));
        Assert.NotEqual("#ffffff", ColourScale.TextOver(scale.Of(0)));
    }
}
