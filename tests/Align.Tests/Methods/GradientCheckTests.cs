using Align.Methods;
using Align.Models;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Align.Tests.Methods;

/// <summary>A loss of one's own is told what is wrong with it before a run is spent on it.</summary>
public sealed class GradientCheckTests
{
    public static TheoryData<string, PairLoss> Good => new()
    {
        { "sigmoid", x => Dpo.Sigmoid(x, 0.1) },
        { "cdpo", x => Dpo.Sigmoid(x, 0.5, 0.1) },
        { "hinge", x => DpoLosses.Hinge(x, 0.5) },
        { "ipo", x => DpoLosses.Ipo(x, 0.2) },
        { "exo", x => DpoLosses.ExoPair(x, 0.3) },
        { "nca", x => DpoLosses.NcaPair(x, 0.3) },
        { "robust", x => DpoLosses.Robust(x, 0.3, 0.2) },
        { "bco", x => DpoLosses.BcoPair(x, 0.3) },
        { "sppo", x => DpoLosses.SppoHard(x, 0.3) },
        { "aot", x => DpoLosses.Aot(x, 0.3) },
        { "apo zero", x => DpoLosses.ApoZero(x, 0.3) },
        { "apo down", x => DpoLosses.ApoDown(x, 0.3) },
        { "discopop", x => DpoLosses.Discopop(x, 0.3) },
        { "sigmoid norm", x => DpoLosses.SigmoidNorm(x, 2) },
        { "orpo", Orpo.OddsRatio },
        { "simpo", x => Cpo.Simpo(x.PerToken(), 2) },
        { "js", x => Dpo.Sigmoid(x, 0.3, divergence: FDivergences.JensenShannon) },
        { "its own", x => softplus(0.1 * (x.RejectedLogRatio() - x.ChosenLogRatio())) },
    };

    public static TheoryData<PairLoss, string> Bad => new()
    {
        { x => Dpo.Sigmoid(x, 0.1).mean(), "returned the shape [] for 16 pairs; it has to return one value per pair, [16]: leave out mean() and sum()" },
        { x => Dpo.Sigmoid(x, 0.1).unsqueeze(1), "leave out unsqueeze() and keepdim" },
        { x => x.ChosenLogRatio().unsqueeze(1) - x.RejectedLogRatio(), "broadcast against each other" },
        { x => Dpo.Sigmoid(x, 0.1).narrow(0, 0, 3), "another number of values than there are pairs" },
        { x => Dpo.Sigmoid(x, 0.1).detach(), "cut the gradient" },
        { x => x.ChosenLogRatio().lt(x.RejectedLogRatio()).to(ScalarType.Float64), "cut the gradient" },
        { x => x.PolicyChosen * x.PolicyRejected.detach(), "finite differences" },
        { x => -(x.ChosenLogRatio() - x.RejectedLogRatio()).sigmoid().log(), "not finite everywhere: at a margin of −100 nats" },
        { x => (x.ChosenLogRatio() - x.RejectedLogRatio()).square().sqrt(), "a margin of 0 nats in fp32 its slope is NaN, and there, where policy and reference agree, every run begins" },
        { x => x.PolicyChosen.mul_(2), "names end in _" },
        { x => Dpo.Sigmoid(x, -1), "beta is -1" },
        { x => throw new InvalidOperationException("oops."), "threw InvalidOperationException: oops." },
        { x => null!, "returned null" },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public void A_loss_of_the_library_has_no_fault(string name, PairLoss loss)
    {
        var check = GradientCheck.Of(loss);
        Assert.True(check.Passed, $"{name}: {check}");
        Assert.Equal(16, check.Rows.Count);
        Assert.StartsWith("The loss can be trained with", check.ToString(), StringComparison.Ordinal);
        Assert.Equal(name == "aot" ? 1 : 0, check.Notes.Count); // its values belong to ranks
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_loss_that_cannot_be_trained_with_is_told_why(PairLoss loss, string why) =>
        Assert.Contains(why, Assert.Single(GradientCheck.Of(loss).Faults), StringComparison.Ordinal);

    [Fact]
    public void Slopes_are_those_of_the_loss_and_of_its_differences()
    {
        // ∂/∂a (2a − b²) = 2, ∂/∂b = −2b.
        foreach (var row in GradientCheck.Of(x => 2 * x.ChosenLogRatio() - x.RejectedLogRatio().square()).Rows)
        {
            Assert.Equal(2 * row.Chosen - row.Rejected * row.Rejected, row.Value, 1e-12);
            Assert.Equal(2, row.ChosenSlope, 1e-12);
            Assert.Equal(-2 * row.Rejected, row.RejectedSlope, 1e-12);
            Assert.Equal(2, row.ByChosen.Central, 1e-6);
            Assert.Equal(-2 * row.Rejected, row.ByRejected.Central, 1e-6);
        }
    }

    [Fact]
    public void What_works_and_should_be_known_is_a_note()
    {
        Assert.Contains("minus sign", Assert.Single(GradientCheck.Of(x => softplus(x.ChosenLogRatio() - x.RejectedLogRatio())).Notes), StringComparison.Ordinal);
        Assert.Contains("0 at every pair", Assert.Single(GradientCheck.Of(x => x.PolicyChosen.round()).Notes), StringComparison.Ordinal);
        Assert.Contains("other pairs of the batch", Assert.Single(GradientCheck.Of(x => softplus(x.RejectedLogRatio() - x.ChosenLogRatio() - x.ChosenLogRatio().mean())).Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_point_is_asked_by_itself_and_has_the_slopes_of_autograd()
    {
        // z = 0.5·(1 − (−1)) = 1: −log σ(1), slope −β·σ(−1) in a, +β·σ(−1) in b.
        var point = LossPoint.Of(x => Dpo.Sigmoid(x, 0.5), 1, -1);
        Assert.Equal(Math.Log(1 + Math.Exp(-1)), point.Value, 12);
        Assert.Equal(-0.5 / (1 + Math.E), point.ChosenSlope, 12);
        Assert.Equal(-0.5 / (1 + Math.E), point.MarginSlope, 12);
        Assert.Equal(2, point.Margin);
        Assert.Equal(1, LossPoint.Of(x => x.PolicyChosen - 0 * x.PolicyRejected, -3, 0, reference: 4).Value);
        Assert.Contains("leave out mean()", Assert.Throws<ShapeException>(() => LossPoint.Of(x => x.PolicyChosen.mean(), 0, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_trainers_of_all_kinds_say_it_in_the_same_words()
    {
        using var scope = NewDisposeScope();
        using var policy = TinyModels.Decoder();
        var text = new TextBatch(Batching.Padded(TinyModels.Texts(3), 0), [0, 1, 2]);
        Says(() => Sft.Objective(policy, x => x.Values.mean()).Terms(text), "one value per token");
        Says(() => Sft.Objective(policy, x => x.Values.detach()).Terms(text), "cut the gradient");
        var judged = JudgementBatch.Padded([.. TinyModels.Texts(3).Select(t => new TokenizedJudgement(t, true, Reference: 0))], 0);
        Says(() => Kto.Objective(policy, loss: x => x.Policy.sum()).Terms(judged), "for 3 judgements");
        Says(() => Kto.Objective(policy, loss: x => x.Policy.detach()).Terms(judged), "cut the gradient");

        static void Says(Action act, string words) => Assert.Contains(words, Assert.ThrowsAny<Align.Runtime.AlignException>(act).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_leaves_nothing_behind()
    {
        using var scope = NewDisposeScope();
        GradientCheck.Of(x => Dpo.Sigmoid(x, 0.1));
        LossPoint.Of(x => Dpo.Sigmoid(x, 0.1), 1, 0);
        Assert.Equal(0, scope.DisposablesCount);
    }
}
