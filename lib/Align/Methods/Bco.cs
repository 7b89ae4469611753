using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Align.Methods;

/// <summary>Binary Classifier Optimization (Jung et al. 2024, https://arxiv.org/abs/2404.04656): a classifier of judged answers whose logit is the implicit reward.</summary>
/// <remarks>Its data are those of <see cref="Kto"/>, without mismatched completions.</remarks>
public static class Bco
{
    /// <summary>−log σ(βu − δ) for a desirable answer, −log σ(δ − βu) for an undesirable one, u = log π(y) − log π₀(y).</summary>
    /// <param name="x">Log-probabilities, summed over the completions; δ stands in <see cref="JudgedLogProbs.ReferencePoint"/>, 0 when absent.</param>
    /// <param name="beta">β.</param>
    /// <returns>Shape [B]. ln 2 where βu = δ.</returns>
    public static Tensor Loss(JudgedLogProbs x, double beta)
    {
        LossSettingException.ThrowUnlessPositive(beta);
        x.CheckPoint();
        using var scope = NewDisposeScope();
        var reward = beta * x.LogRatio();                                                                   // [B]
        var z = x.ReferencePoint is { } shift ? reward - shift.detach() : reward;
        return (-logsigmoid(z)).where(x.Desirable, -logsigmoid(-z)).MoveToOuterDisposeScope();
    }

    /// <summary>The method: the mean over judgements, with δ the mean of all rewards β·u so far, the batch's own among them.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="reference">π₀, frozen; null when the judgements carry its log-probabilities (<see cref="Kto.WithReference"/>).</param>
    /// <param name="beta">β.</param>
    /// <param name="running">Where δ is kept; a new mean over the run when absent.</param>
    /// <remarks>δ couples the batch. Logs what KTO logs, with <c>delta</c> in place of <c>kl</c>.</remarks>
    public static Objective<JudgementBatch> Objective(IPolicy policy, IPolicy? reference = null, double beta = 0.1, RunningMoments? running = null)
    {
        LossSettingException.ThrowUnlessPositive(beta);
        var rewards = running ?? new RunningMoments();
        return new(
            Weights: batch => [batch.Judgements.Count],
            Terms: batch =>
            {
                using var scope = NewDisposeScope();
                var scores = JudgementScores.Of(policy, reference, batch);
                rewards.Update(beta * scores.Sums.LogRatio());
                var losses = Loss(scores.Sums with { ReferencePoint = scores.Sums.Policy.new_full([], rewards.Mean) }, beta); // [B]

                var terms = new Terms(new LossTerm("judgement", losses.sum().MoveToOuterDisposeScope())).PerExample("loss", losses);
                using var frozen = no_grad();
                return scores.Log(terms, beta).Mean("delta", rewards.Mean * losses.shape[0], losses.shape[0]);
            },
            State: MethodStates.Of(rewards, reference as SyncedReference));
    }
}
