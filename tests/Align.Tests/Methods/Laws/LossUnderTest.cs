using Align.Methods;
using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Tests.Methods.Laws;

/// <summary>A loss, as a function of plain numbers and as a whole method.</summary>
/// <param name="Values">One value per pair, [B], of the numbers [B, 6]: log π(y⁺), log π(y⁻), log π₀(y⁺), log π₀(y⁻), n⁺, n⁻.</param>
/// <param name="Method">Loss and gradient of the method over micro-batches.</param>
/// <param name="AtReference">The value where policy and reference agree, worked out by hand; null where it has none.</param>
internal sealed record LossUnderTest(Func<Tensor, Tensor> Values, Micro.Method Method, double? AtReference = null)
{
    private const double Beta = 0.5, Epsilon = 0.1, Gamma = 0.5, Alpha = 0.25, Agreement = 0.4;

    private static readonly double Ln2 = Math.Log(2);

    /// <summary>Every row of the table.</summary>
    public static IReadOnlyDictionary<string, LossUnderTest> All { get; } = new Dictionary<string, LossUnderTest>
    {
        ["sigmoid"] = Pair(x => Dpo.Sigmoid(x, Beta), Ln2),
        ["cdpo"] = Pair(x => Dpo.Sigmoid(x, Beta, Epsilon), Ln2),
        ["hinge"] = Pair(x => DpoLosses.Hinge(x, Beta), 1),
        ["ipo"] = Pair(x => DpoLosses.Ipo(x, Beta), 1), // (0 - 1/(2β))² = 1
        ["exo_pair"] = Pair(x => DpoLosses.ExoPair(x, Beta, Epsilon), -Ln2 - (Math.Log(0.1) + Math.Log(0.9)) / 2), // q = ½
        ["nca_pair"] = Pair(x => DpoLosses.NcaPair(x, Beta), 2 * Ln2),
        ["robust"] = Pair(x => DpoLosses.Robust(x, Beta, Epsilon), Ln2), // (0.9 - 0.1)·ln 2 / 0.8
        ["bco_pair"] = Pair(x => DpoLosses.BcoPair(x, Beta), 2 * Ln2),
        ["sppo_hard"] = Pair(x => DpoLosses.SppoHard(x, Beta), 2), // (0 - 1)² + (0 + 1)²
        ["aot"] = Pair(x => DpoLosses.Aot(x, Beta), Ln2),
        ["aot_unpaired"] = Pair(x => DpoLosses.AotUnpaired(x, Beta), Ln2),
        ["apo_zero"] = Pair(x => DpoLosses.ApoZero(x, Beta), 1), // ½ + ½
        ["apo_down"] = Pair(x => DpoLosses.ApoDown(x, Beta), 1),
        ["discopop"] = Pair(x => DpoLosses.Discopop(x, Beta), (Ln2 + 1) / 2), // ℓ = ln 2, m = ½, e⁰ = 1
        ["sigmoid_norm"] = Pair(x => DpoLosses.SigmoidNorm(x, Beta), Ln2),
        ["sigmoid, forward_kl"] = Pair(x => Dpo.Sigmoid(x, Beta, divergence: FDivergences.ForwardKl), Ln2),
        ["sigmoid, js_divergence"] = Pair(x => Dpo.Sigmoid(x, Beta, divergence: FDivergences.JensenShannon), Ln2),
        ["sigmoid, alpha_divergence"] = Pair(x => Dpo.Sigmoid(x, Beta, divergence: FDivergences.Alpha(0.3)), Ln2),
        ["mpo"] = Pair(DpoLosses.Weighted((0.8, x => Dpo.Sigmoid(x, Beta)), (0.2, x => DpoLosses.BcoPair(x, Beta))), 0.8 * Ln2 + 0.4 * Ln2, sft: 1),
        ["ld_dpo"] = Pair(x => Dpo.Sigmoid(x, Beta), Ln2) with
        {
            Values = LengthDesensitized,
            Method = Micro.Pairs((p, r) => Dpo.Objective(p, r, Beta, x => Dpo.Sigmoid(x, Beta), PairTokens.LengthDesensitized(0.3))),
        },
        ["wpo"] = new(
            x => Dpo.Sigmoid(Of(x), Beta) * PolicyWeights(x, 0, 4) * PolicyWeights(x, 1, 5),
            Micro.Pairs((p, r) => Dpo.Objective(p, r, Beta, x => Dpo.Sigmoid(x, Beta), PairTokens.WeightedByPolicy()))),
        ["orpo"] = Free(x => Orpo.OddsRatio(x.PerToken()), p => Orpo.Objective(p, Beta)),
        ["cpo"] = Free(x => Cpo.Sigmoid(x, Beta), p => Cpo.Objective(p, Beta, x => Cpo.Sigmoid(x, Beta))),
        ["cpo, hinge"] = Free(x => Cpo.Hinge(x, Beta), p => Cpo.Objective(p, Beta, x => Cpo.Hinge(x, Beta))),
        ["cpo, ipo"] = Free(x => Cpo.Ipo(x.PerToken(), Beta), p => Cpo.Objective(p, Beta, x => Cpo.Ipo(x, Beta), averaged: true)),
        ["simpo"] = Free(x => Cpo.Simpo(x.PerToken(), Beta, Gamma), p => Cpo.SimpoObjective(p, Beta, Gamma)),
        ["alphapo"] = Free(
            x => Cpo.Simpo(new(Cpo.AlphaReward(x.PerToken().PolicyChosen, Alpha), Cpo.AlphaReward(x.PerToken().PolicyRejected, Alpha)), Beta, Gamma),
            p => Cpo.Objective(p, Beta, x => Cpo.Simpo(x, Beta, Gamma), averaged: true, alpha: Alpha, nll: 0)),
        ["kto"] = Judged(x => Kto.Loss(x, Beta, 1.2, 0.8), (p, r) => Kto.Objective(p, r, Beta, x => Kto.Loss(x, Beta, 1.2, 0.8)), 1), // (1.2 + 0.8)·½
        ["apo_zero_unpaired"] = Judged(x => Kto.ApoZeroUnpaired(x, Beta), (p, r) => Kto.Objective(p, r, Beta, x => Kto.ApoZeroUnpaired(x, Beta)), 1),
        ["bco"] = Judged(x => Bco.Loss(x, Beta), (p, r) => Bco.Objective(p, r, Beta), 2 * Ln2),
        ["nll"] = Token(Sft.NegativeLogLikelihood),
        ["dft"] = Token(Sft.Dynamic),
    };

    private static LossUnderTest Pair(PairLoss loss, double atReference, double sft = 0) =>
        new(x => loss(Of(x)), Micro.Pairs((p, r) => Dpo.Objective(p, r, Beta, loss, sft: sft)), atReference);

    private static LossUnderTest Free(PairLoss loss, Func<IPolicy, Objective<PreferenceBatch>> method) =>
        new(x => loss(Of(x) with { ReferenceChosen = null, ReferenceRejected = null }), Micro.Pairs((p, _) => method(p), promptsToo: true));

    /// <summary>A pair's chosen answer is desirable and its rejected one is not; its value is the sum of the two, measured from 0.</summary>
    private static LossUnderTest Judged(JudgementLoss loss, Func<IPolicy, IPolicy, Objective<JudgementBatch>> method, double atReference) => new(
        x =>
        {
            var (n, none) = (x.shape[0], x.new_zeros([]));
            var (desirable, undesirable) = (ones(n, ScalarType.Bool), zeros(n, ScalarType.Bool));
            return loss(new(x.select(1, 0), x.select(1, 2), desirable, none)) + loss(new(x.select(1, 1), x.select(1, 3), undesirable, none));
        },
        Micro.Judgements(method),
        atReference);

    /// <summary>The loss of a single token, the chosen column's number.</summary>
    private static LossUnderTest Token(Func<TokenLogProbs, Tensor> loss) => new(
        x => loss(new(x.select(1, 0).unsqueeze(1), ones(x.shape[0], 1, ScalarType.Bool))).squeeze(1),
        Micro.Texts(p => Sft.Objective(p, loss)));

    private static PairLogProbs Of(Tensor x) => new(x.select(1, 0), x.select(1, 1), x.select(1, 2), x.select(1, 3), x.select(1, 4), x.select(1, 5));

    private static Tensor LengthDesensitized(Tensor x)
    {
        var (chosen, rejected) = PairTokens.DiscountBeyondShorter(Spread(x, 0, 4), Spread(x, 1, 5), 0.3);
        var (chosen0, rejected0) = PairTokens.DiscountBeyondShorter(Spread(x, 2, 4), Spread(x, 3, 5), 0.3);
        return Dpo.Sigmoid(new(chosen.Sum(), rejected.Sum(), chosen0.Sum(), rejected0.Sum()), Beta);
    }

    private static Tensor PolicyWeights(Tensor x, int sum, int count)
    {
        var tokens = Spread(x, sum, count);
        var nothing = zeros_like(tokens.Values);
        return PairTokens.PolicyWeights(tokens, new(nothing, nothing, full_like(tokens.Values, Agreement), nothing));
    }

    /// <summary>A sum as that many tokens of equal log-probability. [B, 8].</summary>
    private static TokenLogProbs Spread(Tensor x, int sum, int count)
    {
        var n = x.select(1, count).unsqueeze(1);
        var mask = arange(8, x.dtype).unsqueeze(0).lt(n);
        return new((x.select(1, sum).unsqueeze(1) / n) * mask.to(x.dtype), mask);
    }
}
