using Align.Methods;
using Align.Rewards;
using Align.Tests.Methods;
using Align.Text;
using Align.Training;

namespace Align.Tests.Rewards;

/// <summary>A reward function that fails is named with the prompt and the row, and the run it failed in goes on as if it never had.</summary>
public sealed class RewardFailureTests
{
    private static readonly IReadOnlyList<Answer> Answers =
        [.. Enumerable.Range(0, 4).Select(i => new Answer(10 + i, new TokenizedPrompt($"prompt {i}", [1, 2]), [3, 4, 5], true, $"answer {i}"))];

    [Fact]
    public void A_function_that_throws_is_named_with_the_row_that_it_threw_at()
    {
        var error = Fails(Reward.Each("format", a => a.Place == 12 ? throw new FormatException("no number") : 1));
        Assert.Equal(("format", (int?)2, Answers[2]), (error.Function, error.Row, error.Answer));
        Assert.IsType<FormatException>(error.InnerException);
        Says(error, "\"format\" threw FormatException (no number)", "row 2", "prompt 12 \"prompt 2\"", "answer \"answer 2\" (3 tokens)");

        error = Fails(new Reward("all", _ => throw new FormatException("no number")));
        Assert.Equal((null, Answers[0]), (error.Row, error.Answer));
        Says(error, "\"all\" threw FormatException (no number)", "rows 0 … 3, the first: prompt 10");
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_reward_that_is_no_number_is_named_with_its_row(double reward)
    {
        var error = Fails(Reward.Each("ratio", a => a.Place == 13 ? reward : 1));
        Assert.Equal(3, error.Row);
        Says(error, "\"ratio\" gave", "row 3: prompt 13 \"prompt 3\"", "let it give null");
    }

    [Fact]
    public void Another_number_of_rewards_than_of_answers_is_refused()
    {
        Says(Fails(new Reward("short", a => [.. a.Skip(1).Select(_ => (double?)1)])), "\"short\" gave 3 rewards for 4 answers", "prompt 10");
        Says(Fails(new Reward("long", a => [.. a.Select(_ => (double?)1), 2])), "\"long\" gave 5 rewards for 4 answers");
        Says(Fails(new Reward("nothing", _ => null!)), "\"nothing\" gave 0 rewards for 4 answers");
    }

    [Fact]
    public void A_cancellation_is_no_failure_of_the_function()
    {
        Assert.Throws<OperationCanceledException>(() => new RewardSum(new Reward("stop", _ => throw new OperationCanceledException())).Score(Answers));
        Assert.Throws<OperationCanceledException>(() => new RewardSum(Reward.Each("stop", _ => throw new OperationCanceledException())).Score(Answers));
    }

    [Fact]
    public void A_time_out_is_a_failure_though_it_comes_as_a_cancellation()
    {
        var late = new TaskCanceledException("too late", new TimeoutException());
        var error = Fails(Reward.Each("judge", a => a.Place == 11 ? throw late : 1));
        Assert.Equal((1, late), (error.Row, error.InnerException));
        Assert.Same(late, Fails(new Reward("judge", _ => throw late)).InnerException);
    }

    [Fact]
    public void A_weighted_sum_that_is_infinite_is_named_with_its_row()
    {
        var error = Fails(Reward.Each("large", a => a.Place == 13 ? 1e308 : 1, weight: 10));
        Assert.Equal(3, error.Row);
        Says(error, "large\" has an infinite weighted sum", "row 3: prompt 13");
    }

    [Fact]
    public void Rewards_are_weighed_and_summed_where_they_apply()
    {
        var scores = new RewardSum(
            Reward.Each("first", a => a.Place == 11 ? null : a.Place - 10, weight: 2),
            Reward.Each("second", a => a.Place is 11 or 12 ? null : 5, weight: -1)).Score(Answers);
        Assert.Equal(["first", "second"], scores.Names);
        Assert.Equal([0 - 5, double.NaN, 2 * 2, 2 * 3 - 5], scores.Total);
    }

    [Fact]
    public void A_reward_that_does_not_apply_is_refused_by_PPO_which_needs_one_for_every_answer()
    {
        using var fixture = new PpoFixture(reward: a => a.Place == 2 ? null : 1);
        var error = Assert.Throws<RewardException>(() => fixture.Run.Train().Count());
        Says(error, "does not apply", "prompt 2 \"prompt 2\"");
    }

    [Theory]
    [InlineData(1)] // the first rollout
    [InlineData(7)] // the second, in the middle of the run
    public void A_run_whose_reward_function_fails_goes_on_once_it_is_mended_as_if_it_never_had(int failing)
    {
        using var whole = new PpoFixture();
        var expected = whole.Run.Train().ToList();

        var (broken, asked) = (true, 0);
        using var fixture = new PpoFixture(reward: a => ++asked == failing && broken ? throw new TimeoutException("the judge is away") : PpoFixture.Low(a));
        var before = (Step: 0, Weights: fixture.Weights());
        var error = Assert.Throws<RewardException>(() =>
        {
            foreach (var step in fixture.Run.Train()) before = (step.Number, fixture.Weights());
        });
        Says(error, "TimeoutException (the judge is away)", "prompt ");
        Assert.Equal((failing - 1) / 4 * PpoFixture.StepsPerRollout, before.Step);
        Assert.Equal((before.Step, before.Step), (fixture.Run.Step, fixture.Run.History.Count));
        Assert.Equal(before.Weights, fixture.Weights());

        broken = false;
        var rest = fixture.Run.Train().ToList();
        foreach (var (e, a) in expected.Skip(before.Step).Zip(rest, (e, a) => (e, a))) Assert.Equal(e.Metrics, a.Metrics);
        Assert.Equal(expected.Count, before.Step + rest.Count);
        Assert.Equal(whole.Weights(), fixture.Weights());
    }

    private static RewardException Fails(Reward reward) => Assert.Throws<RewardException>(() => new RewardSum(Reward.Each("fine", _ => 0), reward).Score(Answers));

    private static void Says(RewardException error, params string[] parts) => Assert.All(parts, p => Assert.Contains(p, error.Message, StringComparison.Ordinal));
}
