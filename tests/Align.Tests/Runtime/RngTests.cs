using Align.Runtime;
using CsCheck;

namespace Align.Tests.Runtime;

public sealed class RngTests
{
    /// <summary>The state {1, 2, 3, 4}, from which the algorithm's authors' program gives <see cref="Published"/>.</summary>
    private static Rng OneTwoThreeFour => Rng.Load("0000000000000001000000000000000200000000000000030000000000000004");

    private static readonly ulong[] Published =
    [
        11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600,
        16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576,
    ];

    [Fact]
    public void SplitMix64_gives_the_published_numbers()
    {
        var state = 1234567ul;
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        foreach (var number in expected) Assert.Equal(number, Rng.SplitMix64(ref state));
    }

    [Fact]
    public void Xoshiro_gives_the_published_numbers()
    {
        var rng = OneTwoThreeFour;
        foreach (var number in Published) Assert.Equal(number, rng.NextUInt64());
    }

    [Fact]
    public void A_seed_is_spread_by_SplitMix64() =>
        Assert.Equal("e220a8397b1dcdaf6e789e6aa1b965f406c45d188009454ff88bb8a8724c81ec", new Rng(0).Save());

    [Fact]
    public void A_double_is_the_upper_53_bits()
    {
        var rng = OneTwoThreeFour;
        foreach (var number in Published) Assert.Equal(Math.ScaleB(number >> 11, -53), rng.NextDouble());
    }

    /// <summary>
    /// ⌊6·x / 2⁶⁴⌋ of the published x, but the second, 0, is drawn again: 2⁶⁴ mod 6 = 4 of the low halves 6·x mod 2⁶⁴ are too many, and 0 is one of them.
    /// </summary>
    [Fact]
    public void An_int_draws_again_where_it_would_be_biased()
    {
        var rng = OneTwoThreeFour;
        int[] expected = [0, /* 0 is drawn again */ 0, 0, 0, 0, 5, 2, 3, 0];
        foreach (var number in expected) Assert.Equal(number, rng.NextInt(6));

        var after = OneTwoThreeFour;
        for (var i = 0; i < 10; i++) after.NextUInt64();
        Assert.Equal(after.Save(), rng.Save());
    }

    [Fact]
    public void Ints_are_uniform_for_a_bound_that_is_no_power_of_two()
    {
        var rng = new Rng(7);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++) counts[rng.NextInt(7)]++;
        // χ² of 6 degrees of freedom is below 22.46 with probability 0.999.
        Assert.InRange(counts.Sum(c => (c - 10_000.0) * (c - 10_000.0) / 10_000), 0, 22.46);
    }

    [Fact]
    public void The_largest_bound_works_and_a_bound_below_1_is_refused()
    {
        var rng = new Rng(1);
        Assert.InRange(rng.NextInt(int.MaxValue), 0, int.MaxValue - 1);
        Assert.Equal(0, rng.NextInt(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.NextInt(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.NextInt(-1));
    }

    /// <summary>√(−2·ln(1 − 5·2⁻⁵³))·cos(2π·0) = √10·2⁻²⁶·⁵, for a first draw of 11520 = 5·2¹¹ + 1280 and a second of 0.</summary>
    [Fact]
    public void A_gaussian_is_Box_and_Mullers()
    {
        var rng = OneTwoThreeFour;
        Assert.Equal(Math.Sqrt(10) * Math.Pow(2, -26.5), rng.NextGaussian(), 1e-20);
    }

    [Fact]
    public void Gaussians_have_the_moments_of_the_normal_distribution()
    {
        const int n = 200_000;
        var rng = new Rng(3);
        double first = 0, second = 0, third = 0, fourth = 0;
        for (var i = 0; i < n; i++)
        {
            var x = rng.NextGaussian();
            first += x / n;
            second += x * x / n;
            third += x * x * x / n;
            fourth += x * x * x * x / n;
        }

        // Four standard errors: √(1/n), √(2/n), √(15/n), √(96/n).
        Assert.Equal(0, first, 4 * Math.Sqrt(1.0 / n));
        Assert.Equal(1, second, 4 * Math.Sqrt(2.0 / n));
        Assert.Equal(0, third, 4 * Math.Sqrt(15.0 / n));
        Assert.Equal(3, fourth, 4 * Math.Sqrt(96.0 / n));
    }

    [Fact]
    public void A_shuffle_keeps_the_items_and_makes_every_order_equally_often()
    {
        var rng = new Rng(5);
        var orders = new Dictionary<string, int>();
        for (var i = 0; i < 24_000; i++)
        {
            var items = "abcd".ToCharArray();
            rng.Shuffle(items.AsSpan());
            var order = new string(items);
            orders[order] = orders.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(24, orders.Count);
        Assert.All(orders.Keys, o => Assert.Equal("abcd", string.Concat(o.Order())));
        // χ² of 23 degrees of freedom is below 49.73 with probability 0.999.
        Assert.InRange(orders.Values.Sum(c => (c - 1000.0) * (c - 1000.0) / 1000), 0, 49.73);
    }

    [Fact]
    public void A_loaded_generator_goes_on_where_the_saved_one_stopped() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 40]).Sample((seed, steps) =>
        {
            var rng = new Rng(seed);
            for (var i = 0; i < steps; i++) rng.NextGaussian();
            var loaded = Rng.Load(rng.Save());
            for (var i = 0; i < 5; i++)
                if (loaded.NextGaussian() != rng.NextGaussian() || loaded.NextInt(1000) != rng.NextInt(1000)) return false;
            return true;
        });

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("000000000000000100000000000000020000000000000003000000000000000g")]
    [InlineData("00000000000000010000000000000002000000000000000300000000000000040")]
    [InlineData(" 00000000000000100000000000000020000000000000003000000000000000 4")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public void A_text_that_is_no_state_is_refused(string state) => Assert.Throws<RngStateException>(() => Rng.Load(state));

    [Fact]
    public void A_fork_depends_on_its_name_and_on_the_state_and_moves_nothing()
    {
        var rng = new Rng(11);
        var before = rng.Save();
        Assert.Equal(rng.Fork("data").Save(), rng.Fork("data").Save());
        Assert.NotEqual(rng.Fork("data").Save(), rng.Fork("dropout").Save());
        Assert.Equal(before, rng.Save());
        var fork = rng.Fork("data").Save();
        rng.NextUInt64();
        Assert.NotEqual(fork, rng.Fork("data").Save());
    }

    [Fact]
    public void Forks_are_not_correlated_with_each_other_nor_with_their_parent()
    {
        const int n = 100_000;
        var parent = new Rng(13);
        Rng[] streams = [parent.Fork("a"), parent.Fork("b"), parent];
        double ab = 0, ap = 0;
        for (var i = 0; i < n; i++)
        {
            var (a, b, p) = (streams[0].NextGaussian(), streams[1].NextGaussian(), streams[2].NextGaussian());
            ab += a * b / n;
            ap += a * p / n;
        }

        Assert.Equal(0, ab, 4 / Math.Sqrt(n));
        Assert.Equal(0, ap, 4 / Math.Sqrt(n));
    }
}
