using Align.Methods;
using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>Bad settings and bad shapes are typed errors that say what is wrong.</summary>
public sealed class LossSettingTests
{
    public static TheoryData<string, Func<PairLogProbs, double, Tensor>> ByBeta => new()
    {
        { "sigmoid", (x, b) => Dpo.Sigmoid(x, b) },
        { "hinge", (x, b) => DpoLosses.Hinge(x, b) },
        { "ipo", (x, b) => DpoLosses.Ipo(x, b) },
        { "exo_pair", (x, b) => DpoLosses.ExoPair(x, b) },
        { "nca_pair", (x, b) => DpoLosses.NcaPair(x, b) },
        { "robust", (x, b) => DpoLosses.Robust(x, b) },
        { "bco_pair", (x, b) => DpoLosses.BcoPair(x, b) },
        { "sppo_hard", (x, b) => DpoLosses.SppoHard(x, b) },
        { "aot", (x, b) => DpoLosses.Aot(x, b) },
        { "aot_unpaired", (x, b) => DpoLosses.AotUnpaired(x, b) },
        { "apo_zero", DpoLosses.ApoZero },
        { "apo_down", (x, b) => DpoLosses.ApoDown(x, b) },
        { "discopop", (x, b) => DpoLosses.Discopop(x, b) },
        { "sigmoid_norm", (x, b) => DpoLosses.SigmoidNorm(x, b) },
        { "cpo", (x, b) => Cpo.Sigmoid(x, b) },
        { "cpo, hinge", Cpo.Hinge },
        { "cpo, ipo", Cpo.Ipo },
        { "simpo", (x, b) => Cpo.Simpo(x, b) },
        { "kto", (x, b) => Kto.ApoZeroUnpaired(Judged(x), b) },
        { "bco", (x, b) => Bco.Loss(Judged(x), b) },
    };

    [Theory]
    [MemberData(nameof(ByBeta))]
    public void Beta_has_to_be_above_0_and_numbers_equal(string name, Func<PairLogProbs, double, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        var x = Pairs();
        foreach (var beta in new[] { 0, -0.1, double.NaN, double.PositiveInfinity })
            Assert.Contains("beta is", Assert.Throws<LossSettingException>(() => loss(x, beta)).Message, StringComparison.Ordinal);
        Assert.True(loss(x, 0.1).shape is [2], name);
        Assert.Throws<ShapeException>(() => loss(x with { PolicyRejected = zeros(3) }, 0.1));
        Assert.Throws<ShapeException>(() => loss(x with { PolicyRejected = zeros(2, 1), PolicyChosen = zeros(2, 1), ReferenceChosen = zeros(2, 1), ReferenceRejected = zeros(2, 1) }, 0.1));
    }

    [Fact]
    public void The_chance_of_a_flipped_label_is_below_one_half()
    {
        using var scope = NewDisposeScope();
        var x = Pairs();
        foreach (var epsilon in new[] { 0.5, 0.7, -0.1, double.NaN })
        {
            Assert.Throws<LossSettingException>(() => DpoLosses.Robust(x, 0.1, epsilon));
            Assert.Throws<LossSettingException>(() => DpoLosses.ExoPair(x, 0.1, epsilon));
            Assert.Throws<LossSettingException>(() => DpoLosses.Aot(x, 0.1, epsilon));
            Assert.Throws<LossSettingException>(() => Dpo.Sigmoid(x, 0.1, epsilon));
            Assert.Throws<LossSettingException>(() => Cpo.Simpo(x, 0.1, 0.5, epsilon));
        }

        Assert.Throws<LossSettingException>(() => DpoLosses.ExoPair(x, 0.1, 0)); // log 0
        Assert.Throws<LossSettingException>(() => DpoLosses.Discopop(x, 0.1, tau: 0));
        Assert.Throws<LossSettingException>(() => Kto.ApoZeroUnpaired(Judged(x), 0.1, desirableWeight: -1));
        Assert.Throws<LossSettingException>(() => FDivergences.Alpha(double.NaN));
        Assert.Throws<LossSettingException>(() => PairTokens.LengthDesensitized(1.5));
        Assert.Throws<LossSettingException>(() => DpoLosses.Weighted());
        Assert.Throws<LossSettingException>(() => DpoLosses.Weighted((double.NaN, p => DpoLosses.ApoZero(p, 1))));
    }

    [Fact]
    public void A_method_with_a_bad_beta_is_refused_at_its_first_batch_or_before()
    {
        using var scope = NewDisposeScope();
        using var policy = TinyModels.Decoder(vocabulary: 5);
        var pairs = PreferenceBatch.Padded(Dpo.WithoutReference([new(TokenizedText.Of([1], [2]), TokenizedText.Of([1], [3]))]), 0);
        var judged = JudgementBatch.Padded([new(TokenizedText.Of([1], [2]), true, Reference: -1)], 0);
        foreach (var beta in new[] { 0, -0.1, double.NaN })
        {
            foreach (var method in new Func<IPolicy, Objective<PreferenceBatch>>[] { p => Dpo.Objective(p, beta: beta), p => Orpo.Objective(p, beta), p => Cpo.Objective(p, beta), p => Cpo.SimpoObjective(p, beta) })
                Assert.Contains("beta is", Assert.Throws<LossSettingException>(() => method(policy).Terms(pairs)).Message, StringComparison.Ordinal);
            Assert.Throws<LossSettingException>(() => Kto.Objective(policy, beta: beta, loss: x => Kto.ApoZeroUnpaired(x, beta)).Terms(judged));
            Assert.Throws<LossSettingException>(() => Bco.Objective(policy, beta: beta).Terms(judged));
            Assert.Throws<LossSettingException>(() => Dpo.Objective(policy, beta: beta, loss: x => Dpo.Sigmoid(x, 0.1)));
            Assert.Throws<LossSettingException>(() => Cpo.Objective(policy, beta, x => Cpo.Sigmoid(x, 0.1)));
            Assert.Throws<LossSettingException>(() => Kto.Objective(policy, beta: beta, loss: x => Kto.ApoZeroUnpaired(x, 0.1)));
            Assert.Throws<LossSettingException>(() => OnlineDpo.Objective(policy, beta, x => Dpo.Sigmoid(x, 0.1)));
        }
    }

    [Fact]
    public void A_loss_that_lacks_what_it_reads_says_which()
    {
        using var scope = NewDisposeScope();
        var free = new PairLogProbs(zeros(2), zeros(2));
        Assert.Contains("ReferenceChosen", Assert.Throws<MissingLogProbsException>(() => DpoLosses.Hinge(free, 0.1)).Message, StringComparison.Ordinal);
        Assert.Contains("ChosenTokens", Assert.Throws<MissingLogProbsException>(() => free.PerToken()).Message, StringComparison.Ordinal);
        Assert.Contains("RejectedTokens", Assert.Throws<MissingLogProbsException>(() => DpoLosses.Ipo(Pairs() with { RejectedTokens = null }, 0.1)).Message, StringComparison.Ordinal);
        Assert.Contains("Kto.Mismatch", Assert.Throws<MissingLogProbsException>(() => Kto.Loss(Judged(Pairs()), 0.1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_answer_has_the_mean_0_and_a_defined_loss()
    {
        using var scope = NewDisposeScope();
        var x = Pairs() with { ChosenTokens = zeros(2), PolicyChosen = zeros(2), ReferenceChosen = zeros(2) };
        Assert.All(DpoLosses.Ipo(x, 0.1).Values().Concat(DpoLosses.SigmoidNorm(x, 0.1).Values()).Concat(x.PerToken().PolicyChosen.Values()), v => Assert.True(double.IsFinite(v)));
    }

    [Fact]
    public void Two_scores_that_overflow_alike_are_compared_by_what_they_score()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (tensor(new[] { -200f, -210, -200, float.NaN }), tensor(new[] { -210f, -200, -200, 0 }));
        var x = new PairLogProbs(a, b, zeros(4), zeros(4));
        Close.To([0, double.PositiveInfinity, Math.Log(2), double.NaN], Dpo.Sigmoid(x, 1, divergence: FDivergences.ForwardKl).Values(), 1e-6, "forward KL");
    }

    [Fact]
    public void A_pair_that_is_right_by_far_has_the_gradient_0_under_the_forward_KL()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (zeros(2, requires_grad: true), tensor(new[] { -100f, -1 }, requires_grad: true));
        var losses = Dpo.Sigmoid(new PairLogProbs(a, b, zeros(2), zeros(2)), 1, divergence: FDivergences.ForwardKl);
        losses.sum().backward();
        var slope = 1 / (1 + Math.Exp(Math.E - 1)); // −σ(−z) at z = e − 1
        Close.To([0, Math.Log(1 + Math.Exp(1 - Math.E))], losses.Values(), 1e-6, "loss");
        Close.To([0, -slope], a.grad!.Values(), 1e-6, "chosen");
        Close.To([0, slope * Math.E], b.grad!.Values(), 1e-6, "rejected");
    }

    [Fact]
    public void A_reference_point_and_token_weights_of_another_shape_are_refused_and_never_broadcast()
    {
        using var scope = NewDisposeScope();
        var x = Judged(Pairs());
        Assert.Equal([2], Kto.Loss(x with { ReferencePoint = tensor(0.5f) }, 1).shape);
        Assert.Equal([2], Bco.Loss(x with { ReferencePoint = zeros(2) }, 1).shape);
        Assert.Throws<ShapeException>(() => Kto.Loss(x with { ReferencePoint = zeros(2, 1) }, 1));
        Assert.Throws<ShapeException>(() => Bco.Loss(x with { ReferencePoint = zeros(2, 1) }, 1));
        using var policy = TinyModels.Decoder(vocabulary: 5);
        var pairs = PreferenceBatch.Padded(Dpo.WithoutReference([new(TokenizedText.Of([1], [2]), TokenizedText.Of([1], [3]))]), 0);
        Assert.Throws<ShapeException>(() => Dpo.Objective(policy, tokens: new PairTokens { Weights = (t, _) => ones(t.Values.shape[0], 1) }).Terms(pairs));
    }

    [Fact]
    public void What_a_loss_throws_is_told_in_the_words_of_the_gradient_check()
    {
        using var scope = NewDisposeScope();
        using var policy = TinyModels.Decoder(vocabulary: 5);
        var pairs = PreferenceBatch.Padded(Dpo.WithoutReference([new(TokenizedText.Of([1], [2]), TokenizedText.Of([1], [3])), new(TokenizedText.Of([1], [2]), TokenizedText.Of([1], [4]))]), 0);
        PairLoss ofOne = x => x.PolicyChosen * x.PolicyChosen.item<float>();
        Assert.Contains("item() takes a tensor of one value", Assert.Throws<LossSettingException>(() => Dpo.Objective(policy, loss: ofOne).Terms(pairs)).Message, StringComparison.Ordinal);
        PairLoss odd = x => x.PolicyChosen + zeros(7);
        Assert.Contains("one value per pair, the shape [B]", Assert.Throws<LossSettingException>(() => Dpo.Objective(policy, loss: odd).Terms(pairs)).Message, StringComparison.Ordinal);
    }

    private static PairLogProbs Pairs() => new(zeros(2), zeros(2), zeros(2), zeros(2), ones(2), ones(2));

    private static JudgedLogProbs Judged(PairLogProbs x) => new(x.PolicyRejected, x.ReferenceRejected!, ones(x.ReferenceRejected!.shape, ScalarType.Bool));
}
