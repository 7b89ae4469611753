using Align.Methods;
using Align.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>Every loss once, with the arithmetic written out in plain numbers.</summary>
public sealed class HandWorkedLossTests
{
    private const double Beta = 0.5;

    // First pair: a = -10 + 12 = 2, b = -11 + 10 = -1, so z = 0.5·(2 + 1) = 1.5, r⁺ = 1, r⁻ = -0.5.
    // Second pair: a = -6 + 5 = -1, b = -4 + 5 = 1, so z = 0.5·(-1 - 1) = -1, r⁺ = -0.5, r⁻ = 0.5.
    private static readonly double[] PolicyChosen = [-10, -6], PolicyRejected = [-11, -4], ReferenceChosen = [-12, -5], ReferenceRejected = [-10, -5];
    private static readonly double[] ChosenTokens = [4, 2], RejectedTokens = [2, 5];

    public static TheoryData<string, PairLoss, double, double> Pairs => new()
    {
        { "sigmoid", x => Dpo.Sigmoid(x, Beta), -Math.Log(S(1.5)), -Math.Log(S(-1)) },
        { "cdpo", x => Dpo.Sigmoid(x, Beta, 0.1), -0.9 * Math.Log(S(1.5)) - 0.1 * Math.Log(S(-1.5)), -0.9 * Math.Log(S(-1)) - 0.1 * Math.Log(S(1)) },
        { "hinge", x => DpoLosses.Hinge(x, Beta), 0, 1 + 1 },
        { "ipo", x => DpoLosses.Ipo(x, Beta), 0, 1.7 * 1.7 }, // 2/4 + 1/2 - 1 = 0; -1/2 - 1/5 - 1 = -1.7
        { "exo_pair", x => DpoLosses.ExoPair(x, Beta, 0.1), Exo(S(1.5)), Exo(S(-1)) },
        { "nca_pair", x => DpoLosses.NcaPair(x, Beta), -Math.Log(S(1)) - (Math.Log(S(-1)) + Math.Log(S(0.5))) / 2, -Math.Log(S(-0.5)) - (Math.Log(S(0.5)) + Math.Log(S(-0.5))) / 2 },
        { "robust", x => DpoLosses.Robust(x, Beta, 0.1), (-0.9 * Math.Log(S(1.5)) + 0.1 * Math.Log(S(-1.5))) / 0.8, (-0.9 * Math.Log(S(-1)) + 0.1 * Math.Log(S(1))) / 0.8 },
        { "bco_pair", x => DpoLosses.BcoPair(x, Beta), -Math.Log(S(1)) - Math.Log(S(0.5)), -2 * Math.Log(S(-0.5)) },
        { "sppo_hard", x => DpoLosses.SppoHard(x, Beta), 1 + 0, 4 + 4 }, // (2 - 1)² + (-1 + 1)²; (-1 - 1)² + (1 + 1)²
        { "aot", x => DpoLosses.Aot(x, Beta), -Math.Log(S(0)), -Math.Log(S(0.5)) }, // policy margins 1, -2 → -2, 1; reference -2, 0: apart 0 and 1
        { "aot_unpaired", x => DpoLosses.AotUnpaired(x, Beta), -Math.Log(S(0)), -Math.Log(S(0.5)) }, // a → -1, 2; b → -1, 1: apart 0 and 1
        { "apo_zero", x => DpoLosses.ApoZero(x, Beta), 1 - S(1) + S(-0.5), 1 - S(-0.5) + S(0.5) },
        { "apo_down", x => DpoLosses.ApoDown(x, Beta), S(1) + 1 - S(1.5), S(-0.5) + 1 - S(-1) },
        { "discopop", x => DpoLosses.Discopop(x, Beta, tau: 0.5), Disco(1.5), Disco(-1) },
        { "sigmoid_norm", x => DpoLosses.SigmoidNorm(x, Beta), -Math.Log(S(0.5)), -Math.Log(S(-0.35)) }, // 0.5·(2/4 + 1/2), 0.5·(-1/2 - 1/5)
        { "forward_kl", x => Dpo.Sigmoid(x, Beta, divergence: FDivergences.ForwardKl), -Math.Log(S(0.5 * (Math.E - Math.Exp(-2)))), -Math.Log(S(0.5 * (Math.Exp(-1) - Math.E))) },
        { "js_divergence", x => Dpo.Sigmoid(x, Beta, divergence: FDivergences.JensenShannon), -Math.Log(S(0.5 * Math.Log(S(2) / S(-1)))), -Math.Log(S(0.5 * Math.Log(S(-1) / S(1)))) },
        { "alpha 0.5", x => Dpo.Sigmoid(x, Beta, divergence: FDivergences.Alpha()), -Math.Log(S(Math.Exp(0.5) - Math.Exp(-1))), -Math.Log(S(Math.Exp(-0.5) - Math.Exp(0.5))) }, // 0.5·(-2)·(e^(-a/2) - e^(-b/2))
        { "weighted", DpoLosses.Weighted((2, x => DpoLosses.Hinge(x, Beta)), (3, x => DpoLosses.Ipo(x, Beta))), 0, 2 * 2 + 3 * 2.89 },
        { "orpo", x => Orpo.OddsRatio(x with { PolicyChosen = x.PolicyChosen / x.PolicyChosen * Math.Log(0.8), PolicyRejected = x.PolicyRejected / x.PolicyRejected * Math.Log(0.5) }), Math.Log(1.25), Math.Log(1.25) }, // odds 4 and 1: σ(ln 4) = 4/5
        { "cpo", x => Cpo.Sigmoid(x, Beta), -Math.Log(S(0.5)), -Math.Log(S(-1)) }, // D = 1, -2
        { "cpo, hinge", x => Cpo.Hinge(x, Beta), 0.5, 2 },
        { "cpo, ipo", x => Cpo.Ipo(x.PerToken(), Beta), 4, 10.24 }, // D = -10/4 + 11/2 = 3, -6/2 + 4/5 = -2.2: (3 - 1)², (-2.2 - 1)²
        { "simpo", x => Cpo.Simpo(x.PerToken(), Beta, gamma: 0.25), -Math.Log(S(1.25)), -Math.Log(S(-1.35)) }, // 0.5·3 - 0.25, 0.5·(-2.2) - 0.25
        { "alphapo", x => Cpo.Sigmoid(new(Cpo.AlphaReward(x.PolicyChosen, 0.5), Cpo.AlphaReward(x.PolicyRejected, 0.5)), Beta), -Math.Log(S(Math.Exp(5.5) - Math.Exp(5))), -Math.Log(S(Math.Exp(2) - Math.Exp(3))) }, // r = 2·(1 - e^(-0.5·log p))
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_pair_loss_is_what_the_arithmetic_says(string name, PairLoss loss, double first, double second)
    {
        using var scope = NewDisposeScope();
        Close.To([first, second], loss(Two()).Values(), 1e-12, name);
    }

    [Fact]
    public void A_judgement_costs_what_the_arithmetic_says()
    {
        using var scope = NewDisposeScope();
        var x = new JudgedLogProbs(T(-10, -6), T(-12, -5), tensor([true, false]), tensor(0.4)); // u = 2, -1 measured from 0.4: 1.6, -1.4
        Close.To([3 * (1 - S(0.8)), 2 * (1 - S(0.7))], Kto.Loss(x, Beta, 3, 2).Values(), 1e-12, "kto");
        Close.To([3 * (1 - S(1)), 2 * S(-0.5)], Kto.ApoZeroUnpaired(x, Beta, 3, 2).Values(), 1e-12, "apo_zero_unpaired");
        Close.To([-Math.Log(S(0.6)), -Math.Log(S(0.9))], Bco.Loss(x, Beta).Values(), 1e-12, "bco"); // βu - δ = 1 - 0.4, -0.5 - 0.4
    }

    [Fact]
    public void A_token_costs_what_the_arithmetic_says_and_dft_pulls_by_its_probability()
    {
        using var scope = NewDisposeScope();
        var values = tensor(new[] { Math.Log(0.5), Math.Log(0.1), 0 }, [1, 3]).requires_grad_(true);
        var x = new TokenLogProbs(values, tensor(new[] { true, true, false }, [1, 3]));
        Close.To([Math.Log(2), Math.Log(10), 0], Sft.NegativeLogLikelihood(x).Values(), 1e-12, "nll");
        Close.To([0.5 * Math.Log(2), 0.1 * Math.Log(10), 0], Sft.Dynamic(x).Values(), 1e-12, "dft");
        Sft.Dynamic(x).sum().backward();
        Close.To([-0.5, -0.1, -1], values.grad!.Values(), 1e-12, "gradient");
    }

    [Fact]
    public void Losses_leave_nothing_behind_but_their_value()
    {
        string[] makeTensorsHere = ["orpo", "cpo, ipo", "simpo", "alphapo"]; // in the lambda of the table above
        PairLoss[] others = [Orpo.OddsRatio, x => Cpo.Simpo(x, Beta), x => Cpo.AlphaReward(x.PolicyChosen, 0.5), x => Orpo.Log1MExp(x.PolicyChosen)];
        foreach (var loss in Pairs.Select(row => row.Data).Where(row => !makeTensorsHere.Contains(row.Item1)).Select(row => row.Item2).Concat(others))
        {
            using var scope = NewDisposeScope();
            var x = Two();
            var before = scope.DisposablesCount;
            using var value = loss(x);
            Assert.Equal(before + 1, scope.DisposablesCount);
        }
    }

    private static PairLogProbs Two() => new(T(PolicyChosen), T(PolicyRejected), T(ReferenceChosen), T(ReferenceRejected), T(ChosenTokens), T(RejectedTokens));

    private static Tensor T(params double[] values) => tensor(values);

    private static double S(double z) => 1 / (1 + Math.Exp(-z));

    private static double Exo(double q) => q * (Math.Log(q) - Math.Log(0.9)) + (1 - q) * (Math.Log(1 - q) - Math.Log(0.1));

    private static double Disco(double z) => -Math.Log(S(z)) * (1 - S(z / 0.5)) + Math.Exp(-z) * S(z / 0.5);
}
