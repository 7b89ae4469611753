using Align.Tensors;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Tensors;

/// <summary>What holds of advantages whatever the numbers.</summary>
public sealed class AdvantagesPropertyTests
{
    private static readonly Gen<double> Number = Gen.Double[-5, 5];

    /// <summary>Rewards and values of rows of one length, with γ and λ.</summary>
    private static readonly Gen<(double[][] Rewards, double[][] Values, double Gamma, double Lambda)> Steps =
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 7]).SelectMany((rows, steps) =>
            Gen.Select(Number.Array[steps].Array[rows], Number.Array[steps].Array[rows], Gen.Double[0, 1], Gen.Double[0, 1]));

    /// <summary>Numbers with a mask that keeps two at least; a third of them all alike, or nearly.</summary>
    private static readonly Gen<(double[] X, bool[] Kept)> Masked =
        Gen.Select(Gen.Int[2, 12], Gen.OneOf(0, 1e-6, 10.0), Gen.Double[-100, 100]).SelectMany((n, spread, middle) =>
            Gen.Select(Gen.Double[-1, 1].Array[n], Gen.Bool.Array[n], (x, kept) =>
            {
                kept[0] = kept[^1] = true;
                return (x.Select(v => middle + spread * v).ToArray(), kept);
            }));

    [Fact]
    public void With_lambda_1_an_advantage_is_the_discounted_sum_of_what_follows_less_the_value() => Steps.Sample(x =>
    {
        using var scope = NewDisposeScope();
        var (advantages, returns) = Advantages.Gae(Matrix(x.Rewards), Matrix(x.Values), x.Gamma, lambda: 1);
        double[][] sums = [.. x.Rewards.Select(r => r.Select((_, t) => r.Skip(t).Select((later, k) => Math.Pow(x.Gamma, k) * later).Sum()).ToArray())];
        Close.To(sums.SelectMany(s => s).ToArray(), returns.Values(), 1e-9, "returns");
        Close.To([.. sums.SelectMany((s, i) => s.Zip(x.Values[i], (g, v) => g - v))], advantages.Values(), 1e-9, "advantages");
    }, iter: 100, threads: 1);

    [Fact]
    public void With_lambda_0_an_advantage_is_one_step_s_surprise() => Steps.Sample(x =>
    {
        using var scope = NewDisposeScope();
        var (advantages, _) = Advantages.Gae(Matrix(x.Rewards), Matrix(x.Values), x.Gamma, lambda: 0);
        double[] surprises = [.. x.Rewards.SelectMany((r, i) => r.Select((now, t) => now + x.Gamma * x.Values[i].ElementAtOrDefault(t + 1) - x.Values[i][t]))];
        Close.To(surprises, advantages.Values(), 1e-9);
    }, iter: 100, threads: 1);

    [Fact]
    public void True_values_leave_no_advantage_and_padding_changes_nothing() => Steps.Sample(x =>
    {
        using var scope = NewDisposeScope();
        var (rewards, values) = (Matrix(x.Rewards), Matrix(x.Values));
        var truth = Advantages.Gae(rewards, zeros_like(rewards), x.Gamma, lambda: 1).Returns;
        Close.To(new double[truth.numel()], Advantages.Gae(rewards, truth, x.Gamma, x.Lambda).Advantages.Values(), 1e-9, "advantages of true values");

        var (advantages, _) = Advantages.Gae(rewards, values, x.Gamma, x.Lambda);
        var (longer, _) = Advantages.Gae(Padded(rewards), Padded(values), x.Gamma, x.Lambda);
        Close.To(Padded(advantages), longer, 1e-12, "padded advantages");

        static Tensor Padded(Tensor t) => cat([t, t.new_zeros(t.shape[0], 3)], 1);
    }, iter: 100, threads: 1);

    [Fact]
    public void Whitened_numbers_have_mean_0_and_variance_1_but_for_the_epsilon_and_keep_their_order() => Masked.Sample(m =>
    {
        using var scope = NewDisposeScope();
        var white = Advantages.Whiten(tensor(m.X), tensor(m.Kept)).Values();
        double[] kept = [.. m.X.Where((_, i) => m.Kept[i])], whitened = [.. white.Where((_, i) => m.Kept[i])];
        var variance = kept.Sum(v => Math.Pow(v - kept.Average(), 2)) / (kept.Length - 1);
        Close.To(0, whitened.Average(), 1e-7, "mean"); // the ε of 1e-8 holds the amplification of rounding at 10⁴
        Close.To(variance / (variance + 1e-8), whitened.Sum(v => v * v) / (whitened.Length - 1), 1e-6, "variance");
        Assert.All(white.Where((_, i) => !m.Kept[i]), v => Assert.Equal(0, v));
        Assert.Equal(kept.Zip(whitened).OrderBy(p => p.First).Select(p => p.Second), whitened.Order());
    }, iter: 200, threads: 1);

    [Fact]
    public void Whitening_does_not_see_what_is_masked_nor_where_zero_is_and_may_put_the_mean_back() => Gen.Select(Masked, Gen.Double[-50, 50]).Sample((m, shift) =>
    {
        using var scope = NewDisposeScope();
        var (x, mask) = (tensor(m.X), tensor(m.Kept));
        var white = Advantages.Whiten(x, mask);
        Close.To(white, Advantages.Whiten(x.where(mask, x.new_full(m.X.Length, double.NaN)), mask), 1e-12, "with other numbers under the mask");
        Close.To(white, Advantages.Whiten(x + shift, mask), 1e-6, "shifted");
        var mean = m.X.Where((_, i) => m.Kept[i]).Average();
        Close.To((white + mean) * mask, Advantages.Whiten(x, mask, shiftMean: false), 1e-9, "with its mean");
    }, iter: 200, threads: 1);

    [Fact]
    public void Advantages_of_a_group_sum_to_0_and_do_not_see_a_bonus_for_all() => Gen.Select(Number.Array[4].Array[1, 3], Gen.Double[-50, 50]).Sample((groups, bonus) =>
    {
        using var scope = NewDisposeScope();
        var rewards = tensor(groups.SelectMany(g => g).ToArray());
        foreach (var advantages in new Func<Tensor, Tensor>[] { r => Advantages.Group(r, 4), r => Advantages.Group(r, 4, GroupScale.Batch), r => Advantages.LeaveOneOut(r, 4) })
        {
            Close.To(new double[groups.Length], advantages(rewards).view(-1, 4).sum(1).Values(), 1e-9, "sums");
            Close.To(advantages(rewards), advantages(rewards + bonus), 1e-6, "with a bonus");
        }

        // Leave-one-out is what it says: the reward less the mean of the other three.
        double[] others = [.. groups.SelectMany(g => g.Select((r, i) => r - g.Where((_, j) => j != i).Average()))];
        Close.To(others, Advantages.LeaveOneOut(rewards, 4).Values(), 1e-9, "leave one out");
    }, iter: 100, threads: 1);

    private static Tensor Matrix(double[][] rows) => tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, rows[0].Length]);
}
