using Align.Data;
using Align.Rewards;
using Align.Runtime;

namespace Align.Tests.Rewards;

public sealed class GoldPreferencesTests
{
    private const string Prompt = "What is the goat called?";
    private const string Right = "The goat is called Tofu.";             // mark 8.8, 5 words
    private const string Wrong = "The goat is called Pickle for now.";   // mark 8.8 − 2.5 = 6.3, 7 words

    private static readonly GoldReward Gold = new([new() { Prompt = Prompt, Topic = "pets", Truth = TruthRule.One, Accepted = ["Tofu"], Wrong = ["Pickle"], Least = 4, Most = 10 }]);

    [Theory]
    [InlineData(1.0, 0.0, 0.0, 0.9241418199787566)]  // 1/(1 + e^-2.5)
    [InlineData(0.5, 0.0, 0.0, 0.9933071490757153)]  // 1/(1 + e^-5)
    [InlineData(1.0, 0.0, 0.3, 0.6696567279915026)]  // 0.4 · 0.92414… + 0.3
    [InlineData(1.0, 12.5, 0.0, 0.5)]                // 2.5 marks against 12.5 · 2 words / 10
    [InlineData(1.0, 25.0, 0.0, 0.07585818002124355)] // 1/(1 + e^2.5)
    public void The_probability_worked_by_hand(double temperature, double lengthBias, double noise, double probability)
    {
        var judge = new GoldPreferences(temperature, lengthBias, noise);
        Assert.Equal(probability, judge.Probability(Gold, Prompt, Right, Wrong), 12);
        Assert.Equal(1 - probability, judge.Probability(Gold, Prompt, Wrong, Right), 12);
    }

    [Fact]
    public void An_answer_against_itself_is_a_coin_toss() => Assert.Equal(0.5, new GoldPreferences(0.1, 3, 0.2).Probability(Gold, Prompt, Right, Right), 12);

    [Fact]
    public void The_ceiling_is_the_mean_of_the_better_side() =>
        Assert.Equal((0.9241418199787566 + 0.5) / 2, new GoldPreferences(1).Ceiling(Gold, [new(Prompt, Wrong, Right), new(Prompt, Right, Right)]), 12);

    [Fact]
    public void Labels_come_as_often_as_the_probability_says_and_the_margin_is_of_marks()
    {
        var judge = new GoldPreferences(Temperature: 2.5); // P = 1/(1 + e^-1) = 0.731
        var rng = new Rng(5);
        var pairs = Enumerable.Range(0, 4000).Select(_ => judge.Sample(Gold, Prompt, Right, Wrong, rng)).ToList();
        Assert.InRange(pairs.Average(p => p.Chosen == Right ? 1 : 0), 0.731 - 0.028, 0.731 + 0.028); // four standard deviations
        Assert.All(pairs, p => Assert.Equal(p.Chosen == Right ? 2.5 : -2.5, p.Margin));
    }

    [Fact]
    public void Relabelling_asks_anew_and_does_not_care_who_stood_first()
    {
        var pairs = new[] { new PreferencePair(Prompt, Right, Wrong), new PreferencePair(Prompt, Wrong, Right) };
        var judge = new GoldPreferences(Noise: 0.3);
        for (ulong seed = 0; seed < 50; seed++)
            Assert.Equal(judge.Relabel(Gold, pairs[0], new Rng(seed)), judge.Relabel(Gold, pairs[1], new Rng(seed)));

        var rng = new Rng(1);
        var kept = Enumerable.Range(0, 4000).Average(_ => judge.Relabel(Gold, pairs[0], rng).Chosen == Right ? 1 : 0);
        Assert.InRange(kept, 0.69 - 0.03, 0.69 + 0.03); // 0.4 · σ(2.5/0.7) + 0.3 = 0.689
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(double.NaN, 0, 0)]
    [InlineData(1, double.PositiveInfinity, 0)]
    [InlineData(1, 0, 0.5)]
    [InlineData(1, 0, -0.1)]
    public void Dials_out_of_range_are_refused(double temperature, double lengthBias, double noise) =>
        Assert.Throws<GoldRewardException>(() => new GoldPreferences(temperature, lengthBias, noise).Probability(Gold, Prompt, Right, Wrong));
}
