using Align.Evaluation;
using Align.Interactive;

namespace Align.Tests.Evaluation;

public sealed class ComparisonTableTests
{
    private static readonly ComparisonTable Table = new(
    [
        Row("DPO", 1, 0.7, [1, 2, 3, 4]), Row("SFT", 1, 0.5, [0, 2, 5, 1]),
        Row("DPO", 2, 0.9, [1, 1, 2, 1]), Row("SFT", 2, 0.4, [2, 0, 1.5, 1.5]), Row("IPO", 3, 0.6, [1, 1, 1, 1]),
    ]);

    [Fact]
    public void A_tie_counts_half_and_only_seeds_that_both_have_count()
    {
        // DPO against SFT: seed 1 wins 2 of 4 and ties 1, seed 2 wins 2 of 4: 4.5 of 8.
        var rates = Table.WinRates();
        Assert.Equal(4.5 / 8, rates[0, 1], 12);
        Assert.Equal(3.5 / 8, rates[1, 0], 12);
        Assert.Equal(new WinRate(4, 1, 3), Table.Between("DPO", "SFT"));
        Assert.Equal(double.NaN, rates[0, 0]);
        Assert.Equal(double.NaN, rates[0, 2]);
        Assert.Null(Table.Between("DPO", "IPO"));
    }

    [Fact]
    public void A_difference_is_of_the_prompts_means_over_the_seeds()
    {
        // Differences: seed 1 [1, 0, −2, 3], seed 2 [−1, 1, ½, −½]; by prompt [0, ½, −¾, 1¼].
        var difference = Table.Difference("DPO", "SFT")!;
        Assert.Equal(0.25, difference.Mean, 12);
        Assert.Equal(PairedDifference.Of([0, 0.5, -0.75, 1.25], [0, 0, 0, 0]), difference);
        Assert.Null(Table.Difference("DPO", "IPO"));
        Assert.Equal(PairedDifference.Of([0, 1.25], [0, 0]), Table.Difference("DPO", "SFT", i => i is 0 or 3));
    }

    [Fact]
    public void Scores_that_cannot_be_compared_are_refused_by_name()
    {
        var odd = new ComparisonTable([Row("a", 1, 0, [1]), Row("b", 1, 0, [1, 2])]);
        Assert.Contains("same prompts", Assert.Throws<ComparisonException>(() => odd.WinRates()).Message, StringComparison.Ordinal);
        foreach (var no in new[] { double.NaN, double.PositiveInfinity })
        {
            var unknown = new ComparisonTable([Row("a", 4, 0, [1, 2]), Row("b", 4, 0, [1, no])]);
            Assert.Contains("b, seed 4: prompt 1 has the score", Assert.Throws<ComparisonException>(() => unknown.WinRates()).Message, StringComparison.Ordinal);
            Assert.Throws<ComparisonException>(() => unknown.Difference("b", "a"));
        }
    }

    [Fact]
    public void A_mean_is_over_the_seeds()
    {
        var mean = Table.Mean("DPO", "gold");
        Assert.Equal(0.8, mean.Mean, 12);
        Assert.Equal(12.7062047362 * 0.1, mean.Half, 1e-8); // s/√2 = 0.1
        Assert.Equal((2.5 + 1.25) / 2, Table.Mean("DPO", "score").Mean, 12);
        Assert.Equal(7, Table.Mean("DPO", "seconds").Mean);
        Assert.Contains("gold, score, seconds", Assert.Throws<ComparisonException>(() => Table.Mean("DPO", "silver")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Charts_and_the_table_show_every_method()
    {
        var bars = Table.Bars("t", "gold");
        Assert.Equal(["DPO", "SFT", "IPO"], bars.All.Select(b => b.Label));
        Assert.Equal(Table.Mean("DPO", "gold").Low, bars.All[0].Low);
        var front = Table.Front("t", "seconds", "gold");
        Assert.Equal(["DPO", "SFT", "IPO"], front.Series[0].Labels);
        Assert.Equal(5, front.Series[1].X.Count);
        var matrix = Table.WinMatrix("t");
        Assert.Equal(450.0 / 8, matrix.Values[0, 1], 12);
        var text = Table.ToTable().ToText();
        Assert.Contains("0.8\u00a0±\u00a01.3", text, StringComparison.Ordinal);
        Assert.Contains("passes per step", text, StringComparison.Ordinal);
        foreach (var chart in new Chart[] { bars, front, matrix, new ComparisonTable([]).Bars("t", "gold"), new ComparisonTable([]).Front("t", "a", "b"), new ComparisonTable([]).WinMatrix("t") }) Assert.NotEmpty(chart.ToSvg());
        Assert.Single(new ComparisonTable([Row("a", 1, 0.5, [1]) with { Failure = "diverged" }]).Failures);
    }

    private static ComparisonRow Row(string method, ulong seed, double gold, double[] scores) =>
        new(method, seed, new Dictionary<string, double> { ["gold"] = gold }, scores) { Seconds = 7, ForwardPasses = 2, Models = 2, PeakMegabytes = 30, Key = $"{method} {seed}" };
}
