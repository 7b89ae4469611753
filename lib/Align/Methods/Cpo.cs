using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Align.Methods;

/// <summary>
/// Contrastive Preference Optimization (Xu et al. 2024, https://arxiv.org/abs/2401.08417) and what followed it: SimPO, AlphaPO. No reference; where wanted the chosen
/// answers' negative log-likelihood beside the preference.
/// </summary>
/// <remarks>
/// D = r⁺ − r⁻, where r is log π of an answer: the sum over its tokens, or, for SimPO and IPO, the mean. The losses take what they are given; the objective says which it is.
/// </remarks>
public static class Cpo
{
    /// <summary>−(1−ε)·log σ(βD) − ε·log σ(−βD). Shape [B].</summary>
    public static Tensor Sigmoid(PairLogProbs x, double beta, double labelSmoothing = 0) => Simpo(x, beta, gamma: 0, labelSmoothing);

    /// <summary>max(0, 1 − βD). Shape [B].</summary>
    public static Tensor Hinge(PairLogProbs x, double beta) => Loss(x, beta, d => (1 - beta * d).clamp_min(0));

    /// <summary>(D − 1/(2β))², over means. Shape [B].</summary>
    public static Tensor Ipo(PairLogProbs x, double beta) => Loss(x, beta, d => (d - 1 / (2 * beta)).Squared());

    /// <summary>−(1−ε)·log σ(βD − γ) − ε·log σ(−(βD − γ)), over means: SimPO (Meng et al. 2024, https://arxiv.org/abs/2405.14734, eq. 6).</summary>
    /// <param name="x">log π of each answer, the mean over its tokens; each [B].</param>
    /// <param name="beta">β, about 2 or more in the paper.</param>
    /// <param name="gamma">γ, the margin that is asked for: taken off βD, not off D.</param>
    /// <param name="labelSmoothing">ε.</param>
    /// <returns>Shape [B].</returns>
    public static Tensor Simpo(PairLogProbs x, double beta, double gamma = 0.5, double labelSmoothing = 0)
    {
        LossSettingException.ThrowUnlessSmoothing(labelSmoothing);
        LossSettingException.ThrowUnless(double.IsFinite(gamma), nameof(gamma), gamma, "a number");
        return Loss(x, beta, d =>
        {
            var z = beta * d - gamma;
            return -(1 - labelSmoothing) * logsigmoid(z) - labelSmoothing * logsigmoid(-z);
        });
    }

    /// <summary>r = (1 − p^(−α))/α in place of log p, which it becomes as α → 0: AlphaPO (Gupta et al. 2025, https://arxiv.org/abs/2501.03884).</summary>
    /// <param name="logProb">log p. Any shape.</param>
    /// <param name="alpha">α: above 0 an unlikely answer costs more than its log-probability, below 0 less.</param>
    /// <remarks>The exponent stops at 80, where e⁸⁰ is still finite in fp32.</remarks>
    public static Tensor AlphaReward(Tensor logProb, double alpha)
    {
        LossSettingException.ThrowUnless(double.IsFinite(alpha), nameof(alpha), alpha, "a number");
        if (alpha == 0) return logProb.alias();
        using var scope = NewDisposeScope();
        return ((-alpha * logProb).clamp_max(80).expm1() / -alpha).MoveToOuterDisposeScope();
    }

    /// <summary>The method: the mean of a pair loss over rewards r, plus the token mean of the chosen answers' negative log-likelihood.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="beta">β, which the logged rewards are multiplied by.</param>
    /// <param name="loss">The loss of a pair, which finds r in <c>PolicyChosen</c> and <c>PolicyRejected</c>; <see cref="Sigmoid"/> when absent. It closes over its own β.</param>
    /// <param name="averaged">Whether log-probabilities are means over tokens (SimPO, IPO) or sums.</param>
    /// <param name="alpha">α of <see cref="AlphaReward"/>; 0 leaves r = log p.</param>
    /// <param name="nll">The coefficient of the second term; 0 leaves it out.</param>
    /// <remarks>Logs what DPO logs, with <c>rewards/*</c> = β·r, and <c>nll_loss</c>, which is 0 where the second term is left out.</remarks>
    public static Objective<PreferenceBatch> Objective(
        IPolicy policy, double beta = 0.1, PairLoss? loss = null, bool averaged = false, double alpha = 0, double nll = 1)
    {
        LossSettingException.ThrowUnlessPositive(beta);
        return new(
            Weights: batch => nll == 0 ? [batch.Pairs.Count] : [batch.Pairs.Count, batch.ChosenTokens],
            Terms: batch =>
            {
                using var scope = NewDisposeScope();
                var scores = PairScores.Of(policy, batch);                                                      // [2B, T]
                var (chosen, rejected) = (scores.Chosen, scores.Rejected);
                var logProbs = averaged ? (Chosen: chosen.Mean(), Rejected: rejected.Mean()) : (Chosen: chosen.Sum(), Rejected: rejected.Sum()); // [B]
                var x = new PairLogProbs(
                    AlphaReward(logProbs.Chosen, alpha), AlphaReward(logProbs.Rejected, alpha), ChosenTokens: chosen.Count(), RejectedTokens: rejected.Count());
                var losses = PairScores.PerPair(loss ?? (p => Sigmoid(p, beta)), x);                            // [B]

                var preference = new LossTerm("preference", losses.sum().MoveToOuterDisposeScope());
                var terms = nll == 0 ? new Terms(preference) : new Terms(preference, new LossTerm("nll", scores.ChosenNll().MoveToOuterDisposeScope(), nll));
                using var frozen = no_grad();
                scores.Log(terms, logProbs, (beta * x.PolicyChosen, beta * x.PolicyRejected)).PerExample("loss", losses);
                return nll == 0 ? terms.Mean("nll_loss", 0, 1) : terms.Mean("nll_loss", -chosen.Values, chosen.Mask);
            });
    }

    /// <summary>SimPO by itself: means over tokens, no likelihood term.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="beta">β.</param>
    /// <param name="gamma">γ.</param>
    public static Objective<PreferenceBatch> SimpoObjective(IPolicy policy, double beta = 2, double gamma = 0.5) =>
        Objective(policy, beta, x => Simpo(x, beta, gamma), averaged: true, nll: 0);

    /// <summary>A loss of D, with β checked.</summary>
    private static Tensor Loss(PairLogProbs x, double beta, Func<Tensor, Tensor> loss)
    {
        LossSettingException.ThrowUnlessPositive(beta);
        Shape.Is(x.PolicyChosen, [-1]);
        Shape.Same(x.PolicyChosen, x.PolicyRejected);
        using var scope = NewDisposeScope();
        return loss(x.PolicyChosen - x.PolicyRejected).MoveToOuterDisposeScope();                           // [B]
    }
}
