using Align.Methods;
using Align.Tensors;
using Align.Text;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

public sealed class DpoTests
{
    [Fact]
    public void By_hand()
    {
        using var scope = NewDisposeScope();
        // a = -1 − (-3) = 2, b = -2 − (-1) = -1, z = 0.5·3 = 1.5; −log σ(1.5) = log(1 + e^−1.5).
        var x = Pairs([-1], [-2], [-3], [-1]);
        Close.To(Math.Log(1 + Math.Exp(-1.5)), Dpo.Sigmoid(x, 0.5).ToDouble(), 1e-15);
        // ε = 0.1: 0.9·log(1 + e^−1.5) + 0.1·log(1 + e^1.5).
        Close.To(0.9 * Math.Log(1 + Math.Exp(-1.5)) + 0.1 * Math.Log(1 + Math.Exp(1.5)), Dpo.Sigmoid(x, 0.5, 0.1).ToDouble(), 1e-15);
    }

    [Fact]
    public void Policy_equal_to_reference_is_ln_2_and_the_loss_falls_with_the_margin()
    {
        Gen.Select(Gen.Double[-50, 0], Gen.Double[-50, 0], Gen.Double[0.01, 2], Gen.Double[0.01, 5]).Sample((c, r, beta, more) =>
        {
            using var scope = NewDisposeScope();
            Close.To(Math.Log(2), Dpo.Sigmoid(Pairs([c], [r], [c], [r]), beta).ToDouble(), 1e-12);
            Close.To(Math.Log(2), Dpo.Sigmoid(Pairs([c], [r], [c], [r]), beta, 0.2).ToDouble(), 1e-12);
            Assert.True(Dpo.Sigmoid(Pairs([c + more], [r], [c], [r]), beta).ToDouble() < Dpo.Sigmoid(Pairs([c], [r], [c], [r]), beta).ToDouble());
        });
    }

    [Fact]
    public void Every_pair_has_a_loss_of_its_own()
    {
        using var scope = NewDisposeScope();
        var whole = Dpo.Sigmoid(Pairs([-1, -9, 3], [-2, 4, 0], [-3, -3, -3], [-1, 0, 1]), 0.3).Values();
        var apart = new[] { Pairs([-1], [-2], [-3], [-1]), Pairs([-9], [4], [-3], [0]), Pairs([3], [0], [-3], [1]) }.Select(p => Dpo.Sigmoid(p, 0.3).ToDouble());
        Assert.Equal(apart, whole);
    }

    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(1.7, 0.25)]
    public void The_gradient_equals_finite_differences(double beta, double smoothing)
    {
        using var scope = NewDisposeScope();
        double[] chosen = [-3.1, -0.4, -20], rejected = [-2.2, -5, -1];
        var (c, r) = (tensor(chosen).requires_grad_(true), tensor(rejected).requires_grad_(true));
        Dpo.Sigmoid(new(c, r, tensor(new[] { -3.0, -1, -9 }), tensor(new[] { -3.0, -3, -3 })), beta, smoothing).sum().backward();
        for (var i = 0; i < 3; i++)
        {
            Close.To(Slope(chosen, i, x => Pairs(x, rejected, [-3, -1, -9], [-3, -3, -3])), c.grad!.Values()[i], 1e-7, "chosen");
            Close.To(Slope(rejected, i, x => Pairs(chosen, x, [-3, -1, -9], [-3, -3, -3])), r.grad!.Values()[i], 1e-7, "rejected");
        }

        double Slope(double[] at, int i, Func<double[], PairLogProbs> pairs)
        {
            const double h = 1e-5;
            double Value(double shift)
            {
                var moved = (double[])at.Clone();
                moved[i] += shift;
                return Dpo.Sigmoid(pairs(moved), beta, smoothing).sum().ToDouble();
            }

            return (Value(h) - Value(-h)) / (2 * h);
        }
    }

    [Theory]
    [InlineData(1e4)]
    [InlineData(-1e4)]
    public void Extreme_margins_stay_finite(double margin)
    {
        using var scope = NewDisposeScope();
        var loss = Dpo.Sigmoid(Pairs([margin], [0], [0], [0]), 1).ToDouble();
        Close.To(margin > 0 ? 0 : 1e4, loss, 1e-12);
    }

    [Fact]
    public void Bad_settings_shapes_and_absent_references_are_named()
    {
        using var scope = NewDisposeScope();
        var x = Pairs([-1], [-2], [-3], [-1]);
        foreach (var beta in new[] { 0, -1, double.NaN, double.PositiveInfinity }) Assert.Contains("beta", Assert.Throws<LossSettingException>(() => Dpo.Sigmoid(x, beta)).Message, StringComparison.Ordinal);
        foreach (var e in new[] { -0.1, 0.5, double.NaN }) Assert.Contains("labelSmoothing", Assert.Throws<LossSettingException>(() => Dpo.Sigmoid(x, 1, e)).Message, StringComparison.Ordinal);
        Assert.Contains("ReferenceChosen", Assert.Throws<MissingLogProbsException>(() => Dpo.Sigmoid(x with { ReferenceChosen = null }, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => Dpo.Sigmoid(x with { PolicyChosen = zeros(2, ScalarType.Float64) }, 1));
        Assert.Throws<ShapeException>(() => Dpo.Sigmoid(new(zeros(2, 1), zeros(2, 1), zeros(2, 1), zeros(2, 1)), 1)); // [B, 1] would broadcast against [B]
        using var policy = TinyModels.Decoder();
        Assert.Throws<MissingLogProbsException>(() => Dpo.Objective(policy).Terms(PreferenceBatch.Padded(TinyModels.Pairs(2), 0)));
        Assert.Throws<ShapeException>(() => Dpo.Objective(policy, policy, loss: p => p.PolicyChosen.mean()).Terms(PreferenceBatch.Padded(TinyModels.Pairs(2), 0)));
    }

    private static PairLogProbs Pairs(double[] pc, double[] pr, double[] rc, double[] rr) => new(tensor(pc), tensor(pr), tensor(rc), tensor(rr));
}
