using Align.Methods;
using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>What holds of every policy loss: its gradient is that of finite differences, and padding is not there.</summary>
public sealed class PolicyLossPropertyTests
{
    private const int Rows = 2, Width = 4;

    private static readonly Dictionary<string, PolicyLoss> Losses = new()
    {
        ["ppo"] = x => Ppo.PolicyLoss(x),
        ["grpo"] = x => Grpo.Loss(x),
        ["grpo, asymmetric and two-sided"] = x => Grpo.Loss(x, 0.1, 0.3, delta: 1.5),
        ["gspo"] = x => Grpo.Loss(x, level: RatioLevel.Sequence),
        ["k3"] = x => Grpo.Kl(x),
        ["k3 corrected"] = x => Grpo.Kl(x, RatioLevel.Token),
        ["k3 corrected by the sequence"] = x => Grpo.Kl(x, RatioLevel.Sequence),
        ["rloo"] = x => Rloo.Loss(Sums(x.LogProbs, x.Mask), Sums(x.Old, x.Mask), x.Advantages.select(1, 0)).unsqueeze(1).expand_as(x.LogProbs) / x.Lengths(),
        ["a user's: sapo"] = UserLosses.Sapo(),
        ["a user's: gmpo"] = UserLosses.Gmpo(),
    };

    public static TheoryData<string> Names => [.. Losses.Keys];

    /// <summary>log π_old, how far π and π₀ are from it, the advantages, and the lengths.</summary>
    private static Gen<Drawn> Any =>
        Gen.Select(Gen.Double[-3, -0.5].Array[Rows * Width], Gen.Double[-0.5, 0.5].Array[Rows * Width], Gen.Double[-0.5, 0.5].Array[Rows * Width], Gen.Double[-2, 2].Array[Rows], Gen.Int[1, Width].Array[Rows])
            .Select((old, moved, reference, advantages, lengths) => new Drawn(old, moved, reference, advantages, lengths));

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_is_that_of_finite_differences(string name) => Any.Sample(drawn =>
    {
        using var scope = NewDisposeScope();
        const double h = 1e-6;
        var leaf = tensor(drawn.LogProbs, [Rows, Width]).requires_grad_(true);
        Total(leaf).backward();
        var (gradient, here) = (leaf.grad!.Values(), Total(leaf).ToDouble());
        for (var i = 0; i < gradient.Length; i++)
        {
            // At a clip's edge the slopes to the left and to the right differ, and the gradient is one of them or between.
            var (left, right) = ((here - At(i, -h)) / h, (At(i, h) - here) / h);
            Assert.InRange(gradient[i], Math.Min(left, right) - 1e-4, Math.Max(left, right) + 1e-4);
        }

        Tensor Total(Tensor logProbs) => Masked.Sum(Losses[name](drawn.Tokens(logProbs)), drawn.Mask());

        double At(int i, double step)
        {
            using var inner = NewDisposeScope();
            double[] moved = [.. drawn.LogProbs];
            moved[i] += step;
            return Total(tensor(moved, [Rows, Width])).ToDouble();
        }
    }, iter: 30, threads: 1);

    [Theory]
    [MemberData(nameof(Names))]
    public void What_the_mask_hides_changes_neither_loss_nor_gradient(string name) => Any.Sample(drawn =>
    {
        using var scope = NewDisposeScope();
        var mask = drawn.Mask();
        var (clean, noisy) = (tensor(drawn.LogProbs, [Rows, Width]).requires_grad_(true), tensor(drawn.LogProbs, [Rows, Width]).where(mask, full([Rows, Width], -77.0)).requires_grad_(true));
        var x = drawn.Tokens(noisy);
        x = x with { Old = x.Old.where(mask, x.Old * 0 - 5), Reference = x.Reference!.where(mask, x.Old * 0 - 9) };
        var (a, b) = (Losses[name](drawn.Tokens(clean)), Losses[name](x));
        Close.To(a * mask, b * mask, 1e-12, "loss");
        Masked.Sum(a, mask).backward();
        Masked.Sum(b, mask).backward();
        Close.To(clean.grad!, noisy.grad!, 1e-12, "gradient");
        Close.To(clean.grad!, clean.grad! * mask, 0, "gradient at padding");
    }, iter: 30, threads: 1);

    [Fact]
    public void The_weight_of_cispo_is_bounded_and_a_constant_for_the_gradient() => Gen.Select(Any, Gen.Double[0.5, 1.5]).Sample((drawn, bound) =>
    {
        using var scope = NewDisposeScope();
        var leaf = tensor(drawn.LogProbs, [Rows, Width]).requires_grad_(true);
        Masked.Sum(Cispo.Loss(drawn.Tokens(leaf), bound), drawn.Mask()).backward();
        double[] expected = [.. drawn.Moved.Select((d, i) => i % Width < drawn.Lengths[i / Width] ? -Math.Min(Math.Exp(d), bound) * drawn.Advantages[i / Width] : 0)];
        Close.To(expected, leaf.grad!.Values(), 1e-9);
    }, iter: 50, threads: 1);

    [Fact]
    public void The_value_loss_has_the_gradient_of_finite_differences_and_costs_at_least_the_free_one() =>
        Gen.Select(Gen.Double[-2, 2], Gen.Double[-2, 2], Gen.Double[-2, 2], Gen.Double[0.05, 1]).Sample((v, old, target, clip) =>
        {
            if (Math.Abs(Math.Abs(v - old) - clip) < 1e-5) return; // on the clip's edge the two squares are equal in floating point, and max shares the gradient, as the reference's does
            using var scope = NewDisposeScope();
            var leaf = tensor(new[] { v }).requires_grad_(true);
            Loss(leaf).sum().backward();
            var here = Loss(leaf).sum().ToDouble();
            var (left, right) = ((here - Loss(tensor(new[] { v - 1e-6 })).sum().ToDouble()) / 1e-6, (Loss(tensor(new[] { v + 1e-6 })).sum().ToDouble() - here) / 1e-6);
            Assert.InRange(leaf.grad!.Values()[0], Math.Min(left, right) - 1e-4, Math.Max(left, right) + 1e-4);
            Assert.True(here >= (v - target) * (v - target) / 2 - 1e-12);
            Close.To((v - target) * (v - target) / 2, Ppo.ValueLoss(leaf, tensor(new[] { old }), tensor(new[] { target }), double.PositiveInfinity).sum().ToDouble(), 1e-12, "unclipped");

            Tensor Loss(Tensor value) => Ppo.ValueLoss(value, tensor(new[] { old }), tensor(new[] { target }), clip);
        }, iter: 200, threads: 1);

    [Theory]
    [InlineData("ppo")]
    [InlineData("rloo")]
    [InlineData("grpo")]
    [InlineData("gspo")]
    [InlineData("cispo")]
    [InlineData("dr. grpo with entropy and KL")]
    public void Losses_and_diagnostics_of_a_batch_are_those_of_its_rows_whatever_they_are_padded_with(string method) =>
        Gen.Select(Gen.Select(Gen.Int[1, 3], Gen.Int[1, 5], Gen.Int[0, 7], Gen.Double[-0.5, 0.5]).Array[2, 4], Gen.Int[0, 7]).Sample((drawn, pad) =>
        {
            using var scope = NewDisposeScope();
            var policy = new BigramPolicy(linspace(-1, 1, 64, ScalarType.Float64).sin().view(8, 8));
            using var value = new RewardModel(policy, linspace(-1, 1, 8, ScalarType.Float64).view(1, 8), ownsTrunk: false);
            var objective = Method(method, policy, new(policy, policy, value));
            Rollout[] rows = [.. drawn.Select((d, i) => Row(policy, i, d))];
            var (whole, parts) = (objective.Terms(RolloutBatch.Of(rows, pad)), rows.Select(r => objective.Terms(RolloutBatch.Of([r], padId: 0))).ToArray());
            for (var i = 0; i < whole.Losses.Count; i++)
                Close.To(parts.Sum(p => p.Losses[i].Sum.ToDouble()), whole.Losses[i].Sum.ToDouble(), 1e-9, whole.Losses[i].Name);
            foreach (var (name, (sum, weight)) in whole.Metrics)
            {
                Close.To(parts.Sum(p => p.Metrics[name].Sum), sum, 1e-9, name);
                Close.To(parts.Sum(p => p.Metrics[name].Weight), weight, 0, $"the weight of {name}");
            }

            foreach (var (name, (extreme, greatest)) in whole.Extremes)
                Close.To(greatest ? parts.Max(p => p.Extremes[name].Value) : parts.Min(p => p.Extremes[name].Value), extreme, 1e-12, name);
        }, iter: 30, threads: 1);

    private static Objective<RolloutBatch> Method(string name, IPolicy policy, PpoModels models) => name switch
    {
        "ppo" => Ppo.Objective(models, new PpoOptions()),
        "rloo" => Rloo.Objective(policy),
        "grpo" => Grpo.Objective(policy, new GrpoOptions { Average = TokenAverage.Completions }),
        "gspo" => Grpo.Objective(policy, new GrpoOptions { Level = RatioLevel.Sequence }),
        "cispo" => Cispo.Objective(policy, 1.1),
        _ => Grpo.Objective(policy, new GrpoOptions { Average = TokenAverage.Constant(7), EntropyBonus = 0.01, Beta = 0.1 }),
    };

    private static Rollout Row(IPolicy policy, int place, (int Prompt, int Length, int First, double Moved) d)
    {
        var row = new Rollout(place, [.. Enumerable.Range(d.First, d.Prompt).Select(i => i % 8)], [.. Enumerable.Range(d.First + 3, d.Length).Select(i => i % 8)], true) { Advantages = new double[d.Length], Steps = d.Length + 1 };
        var now = policy.LogProbs(RolloutBatch.Of([row], 0).Text).Values.Values();
        return row with
        {
            Old = [.. now.Select(l => l - d.Moved)],
            Reference = [.. now.Select(l => l + d.Moved)],
            Advantages = [.. now.Select(_ => 4 * d.Moved)],
            Values = [.. Enumerable.Range(0, row.Steps).Select(t => d.Moved * t)],
            Returns = [.. Enumerable.Range(0, row.Steps).Select(t => d.Moved + t)],
        };
    }

    private static Tensor Sums(Tensor x, Tensor mask) => new TokenLogProbs(x, mask).Sum();

    private sealed record Drawn(double[] Old, double[] Moved, double[] Reference, double[] Advantages, int[] Lengths)
    {
        public double[] LogProbs => [.. Old.Zip(Moved, (o, d) => o + d)];

        public Tensor Mask() => tensor([.. Enumerable.Range(0, Rows * Width).Select(i => i % Width < Lengths[i / Width])], [Rows, Width]);

        public PolicyTokens Tokens(Tensor logProbs) => new(
            logProbs, tensor(Old, [Rows, Width]), tensor(Advantages).unsqueeze(1).expand(Rows, Width), Mask(), tensor([.. Old.Zip(Reference, (o, d) => o + d)], [Rows, Width]));
    }
}
