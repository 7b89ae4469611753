using Align.Rewards;
using CsCheck;

namespace Align.Tests.Rewards;

public sealed class BestOfNTests
{
    [Fact]
    public void Of_four_answers_the_best_is_in_half_of_the_pairs()
    {
        // six pairs out of four: the best is in 3 of them, the second in 2 without the best, the third in 1
        Close.To([2 / 6.0, 0, 3 / 6.0, 1 / 6.0], BestOfN.Weights([5, -1, 7, 0], 2), 1e-12);
        Close.To([0.25, 0.25, 0.25, 0.25], BestOfN.Weights([5, -1, 7, 0], 1), 1e-12);
        Close.To([0, 0, 1, 0], BestOfN.Weights([5, -1, 7, 0], 4), 1e-12);
    }

    [Fact]
    public void The_weights_are_those_of_counting_every_draw() =>
        Gen.Select(Gen.Double[-3, 3].Array[1, 8], Gen.Int[1, 8]).Where((rewards, n) => n <= rewards.Length).Sample((rewards, n) =>
        {
            var (wins, draws) = (new int[rewards.Length], 0);
            for (var set = 0; set < 1 << rewards.Length; set++)
            {
                int[] drawn = [.. Enumerable.Range(0, rewards.Length).Where(i => (set >> i & 1) == 1)];
                if (drawn.Length != n) continue;
                wins[drawn.OrderBy(i => rewards[i]).ThenBy(i => i).Last()]++;
                draws++;
            }

            var weights = BestOfN.Weights(rewards, n);
            for (var i = 0; i < wins.Length; i++) Close.To(wins[i] / (double)draws, weights[i], 1e-12);
        });

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0.193147180560)] // ln 2 − 1/2
    [InlineData(16, 1.835088722240)] // ln 16 − 15/16
    public void The_KL_is_that_of_the_best_of_n_uniform_draws(int n, double kl) => Close.To(kl, BestOfN.Kl(n), 1e-9);

    [Fact]
    public void Measured_on_many_answers_the_KL_is_that_of_the_true_distribution()
    {
        double[] p = [0.4, 0.25, 0.2, 0.1, 0.05];
        var exact = 0.0; // π_n(y) = F^n − (F − p)^n, rewards rising with the index
        for (var (i, below) = (0, 0.0); i < p.Length; below += p[i++])
        {
            var best = Math.Pow(below + p[i], 3) - Math.Pow(below, 3);
            exact += best * Math.Log(best / p[i]);
        }

        var drawn = p.SelectMany((share, i) => Enumerable.Repeat(i, (int)Math.Round(2000 * share))).ToArray();
        var measured = BestOfN.Kl([.. drawn.Select(i => (double)i)], [.. drawn.Select(i => Math.Log(p[i]))], 3);
        Close.To(exact, measured, 5e-3);
        Assert.True(measured < BestOfN.Kl(3), $"{measured} is not below {BestOfN.Kl(3)}");
    }

    [Fact]
    public void Of_answers_that_never_come_twice_the_measured_KL_is_the_bound()
    {
        double[] rewards = [.. Enumerable.Range(0, 1000).Select(i => (double)i)];
        Close.To(BestOfN.Kl(8), BestOfN.Kl(rewards, [.. rewards.Select(_ => -30.0)], 8), 1e-3);
        Close.To(0, BestOfN.Kl(rewards, [.. rewards.Select(_ => -30.0)], 1), 1e-9);
    }

    [Fact]
    public void Of_equal_rewards_any_answer_is_kept_and_that_is_no_KL()
    {
        double[] unlikely = [.. Enumerable.Repeat(-30.0, 64)];
        Close.To(0, BestOfN.Kl([.. unlikely.Select(_ => 5.0)], unlikely, 8), 1e-12);
        // Rewards 0, 1 and 2 for 16, 32 and 16 of 64 answers, each of them unlikely: of two draws the best has them in 1/16, 8/16 and 7/16 of all cases.
        double[] rewards = [.. Enumerable.Range(0, 64).Select(i => i < 16 ? 0.0 : i < 48 ? 1 : 2)];
        var exact = 1 / 16.0 * Math.Log(1 / 16.0 / 0.25) + 8 / 16.0 * Math.Log(8 / 16.0 / 0.5) + 7 / 16.0 * Math.Log(7 / 16.0 / 0.25);
        var measured = BestOfN.Kl(rewards, unlikely, 2);
        Close.To(exact, measured, 0.01);
        Assert.True(measured < BestOfN.Kl(2), $"{measured} is not below {BestOfN.Kl(2)}");
    }

    [Fact]
    public void What_cannot_be_drawn_is_an_error()
    {
        Assert.Contains("at most 2", Assert.Throws<BestOfNException>(() => BestOfN.Weights([1, 2], 3)).Message, StringComparison.Ordinal);
        Assert.Throws<BestOfNException>(() => BestOfN.Weights([1, double.NaN], 1));
        Assert.Throws<BestOfNException>(() => BestOfN.Kl(0));
        Assert.Throws<BestOfNException>(() => BestOfN.Kl([1, 2], [-1], 1));
    }
}
