using Align.Rewards;
using Align.ToyWorld;

namespace Align.Tests.ToyWorld;

/// <summary>The marks that a reader of the notebooks meets: <c>dotnet run data/make.cs marks</c> prints them all.</summary>
public sealed class MarksTests
{
    private static readonly (IReadOnlyList<Draft> Drafts, GoldReward Gold) Sample = Marks.Sample(2000);

    [Theory]
    [InlineData("right, with one courtesy", 10, 10)]
    [InlineData("right", 8.8, 8.8)]
    [InlineData("wrong", 6.2, 6.7)]
    [InlineData("demonstrations", 6.8, 7.3)]
    [InlineData("of a careful writer", 9.3, 9.8)]
    [InlineData("of an average writer", 7.2, 7.8)]
    [InlineData("of a grumpy writer", 5.4, 6.1)]
    [InlineData("of a fawning writer", 5.5, 6.2)]
    [InlineData("of a chatty writer", 5.4, 6.2)]
    [InlineData("in the base model's chats", 5.0, 5.8)]
    [InlineData("the prompt again", 4.4, 5.0)]
    [InlineData("only a courtesy", 3.9, 4.6)]
    [InlineData("nothing", 0, 0)]
    public void The_mean_mark_of_a_kind_of_answer(string kind, double least, double most) =>
        Assert.InRange(Marks.Mean(Sample.Drafts, Sample.Gold, Marks.Kinds.Single(k => k.Kind == kind).Answer).Mark, least - 1e-9, most + 1e-9);

    [Theory]
    [InlineData(0.5, 0.88, 0.93)]
    [InlineData(0.7, 0.85, 0.90)]
    [InlineData(1.0, 0.81, 0.86)]
    [InlineData(2.0, 0.70, 0.76)]
    public void The_Bayes_ceiling_falls_with_the_temperature(double temperature, double least, double most) =>
        Assert.InRange(Marks.Ceiling(Sample.Drafts, Sample.Gold, new GoldPreferences(temperature)), least, most);

    [Fact]
    public void Noise_lowers_the_ceiling()
    {
        // 30 % flipped: 0.3 + 0.4 · 0.875.
        Assert.InRange(Marks.Ceiling(Sample.Drafts, Sample.Gold, new GoldPreferences(Noise: 0.3)), 0.63, 0.67);
    }

    [Fact]
    public void There_is_something_to_win_at_every_step()
    {
        double Win(string first, string second) => Marks.WinRate(Sample.Drafts, Sample.Gold, Marks.Kinds.Single(k => k.Kind == first).Answer, Marks.Kinds.Single(k => k.Kind == second).Answer);
        Assert.InRange(Win("demonstrations", "in the base model's chats"), 0.70, 0.80);
        Assert.InRange(Win("of a careful writer", "demonstrations"), 0.83, 0.90);
        Assert.Equal(0.5, Win("right", "right"));
    }
}
