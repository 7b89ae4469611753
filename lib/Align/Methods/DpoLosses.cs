using Align.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Align.Methods;

/// <summary>The losses of the DPO family beside <see cref="Dpo.Sigmoid"/>: each one expression, [B], for <see cref="Dpo.Objective"/> or by itself.</summary>
/// <remarks>
/// a = log π(y⁺) − log π₀(y⁺), b = log π(y⁻) − log π₀(y⁻), s(·) the score of the f-divergence (u itself when there is none), z = β·(s(a) − s(b)),
/// r⁺ = β·s(a), r⁻ = β·s(b), n⁺ and n⁻ the token counts.
/// </remarks>
public static class DpoLosses
{
    /// <summary>max(0, 1 − z): a pair that is right by a margin of 1 counts no more (Liu et al. 2023, https://arxiv.org/abs/2309.06657).</summary>
    public static Tensor Hinge(PairLogProbs x, double beta, FDivergence? divergence = null) =>
        Loss(beta, () => (1 - Z(x, beta, divergence)).clamp_min(0));

    /// <summary>(s(a)/n⁺ − s(b)/n⁻ − 1/(2β))²: a target for the margin, not a slope without end (Azar et al. 2023, https://arxiv.org/abs/2310.12036, eq. 17).</summary>
    /// <remarks>Averages over tokens, which the paper does not say and its authors confirmed to TRL. β is the paper's τ.</remarks>
    public static Tensor Ipo(PairLogProbs x, double beta, FDivergence? divergence = null) =>
        Loss(beta, () => (Averaged(x, divergence) - 1 / (2 * beta)).Squared());

    /// <summary>q·(log q − log(1−ε)) + (1−q)·(log(1−q) − log ε), q = σ(z): the reverse KL to the labels (Ji et al. 2024, https://arxiv.org/abs/2402.00856, eq. 16).</summary>
    /// <param name="x">Log-probabilities, summed over the completions; each [B].</param>
    /// <param name="beta">β.</param>
    /// <param name="labelSmoothing">ε, above 0: without it log ε is −∞.</param>
    /// <param name="divergence">s.</param>
    public static Tensor ExoPair(PairLogProbs x, double beta, double labelSmoothing = 1e-3, FDivergence? divergence = null)
    {
        LossSettingException.ThrowUnless(labelSmoothing is > 0 and < 0.5, nameof(labelSmoothing), labelSmoothing, "above 0 and below 0.5");
        return Loss(beta, () =>
        {
            var z = Z(x, beta, divergence);
            return z.sigmoid() * (logsigmoid(z) - Math.Log(1 - labelSmoothing)) + (-z).sigmoid() * (logsigmoid(-z) - Math.Log(labelSmoothing));
        });
    }

    /// <summary>−log σ(r⁺) − ½·log σ(−r⁺) − ½·log σ(−r⁻): holds r⁺ at ln 2, so that the chosen answer does not lose probability (Chen et al. 2024, https://arxiv.org/abs/2402.05369).</summary>
    public static Tensor NcaPair(PairLogProbs x, double beta, FDivergence? divergence = null) =>
        Loss(beta, () => -logsigmoid(Chosen(x, beta, divergence)) - 0.5 * logsigmoid(-Chosen(x, beta, divergence)) - 0.5 * logsigmoid(-Rejected(x, beta, divergence)));

    /// <summary>[−(1−ε)·log σ(z) + ε·log σ(−z)] / (1 − 2ε): unbiased when a share ε of the labels is flipped (Chowdhury et al. 2024, https://arxiv.org/abs/2403.00409).</summary>
    /// <param name="x">Log-probabilities, summed over the completions; each [B].</param>
    /// <param name="beta">β.</param>
    /// <param name="labelSmoothing">ε, at least 0 and below ½, where the labels say nothing.</param>
    /// <param name="divergence">s.</param>
    public static Tensor Robust(PairLogProbs x, double beta, double labelSmoothing = 0, FDivergence? divergence = null)
    {
        LossSettingException.ThrowUnlessSmoothing(labelSmoothing);
        return Loss(beta, () =>
        {
            var z = Z(x, beta, divergence);
            return (-(1 - labelSmoothing) * logsigmoid(z) + labelSmoothing * logsigmoid(-z)) / (1 - 2 * labelSmoothing);
        });
    }

    /// <summary>−log σ(r⁺) − log σ(−r⁻): each answer judged by itself (Jung et al. 2024, https://arxiv.org/abs/2404.04656), without the running δ of <see cref="Bco"/>.</summary>
    public static Tensor BcoPair(PairLogProbs x, double beta, FDivergence? divergence = null) =>
        Loss(beta, () => -logsigmoid(Chosen(x, beta, divergence)) - logsigmoid(-Rejected(x, beta, divergence)));

    /// <summary>(s(a) − 1/(2β))² + (s(b) + 1/(2β))²: a target for each answer (Wu et al. 2024, https://arxiv.org/abs/2405.00675, with hard labels).</summary>
    public static Tensor SppoHard(PairLogProbs x, double beta, FDivergence? divergence = null) => Loss(beta, () =>
        (FDivergences.Of(x.ChosenLogRatio(), divergence) - 1 / (2 * beta)).Squared() + (FDivergences.Of(x.RejectedLogRatio(), divergence) + 1 / (2 * beta)).Squared());

    /// <summary>
    /// −(1−ε)·log σ(βδ) − ε·log σ(−βδ), δ = sort(log π(y⁺) − log π(y⁻)) − sort(log π₀(y⁺) − log π₀(y⁻)) over the batch: the policy's margins dominate the
    /// reference's as a distribution (Melnyk et al. 2024, https://arxiv.org/abs/2406.05882).
    /// </summary>
    /// <returns>Shape [B], by rank: value i belongs to the i-th smallest margin, to no pair. Couples the batch.</returns>
    public static Tensor Aot(PairLogProbs x, double beta, double labelSmoothing = 0) => ByRank(x, beta, labelSmoothing, () =>
    {
        _ = (x.ChosenLogRatio(), x.RejectedLogRatio()); // refuses absent and mis-shaped references
        return (x.PolicyChosen - x.PolicyRejected, x.ReferenceChosen! - x.ReferenceRejected!);
    });

    /// <summary>The same with δ = sort(a) − sort(b): the chosen answers' log-ratios dominate the rejected ones', whoever was paired with whom.</summary>
    /// <returns>Shape [B], by rank. Couples the batch.</returns>
    public static Tensor AotUnpaired(PairLogProbs x, double beta, double labelSmoothing = 0) =>
        ByRank(x, beta, labelSmoothing, () => (x.ChosenLogRatio(), x.RejectedLogRatio()));

    /// <summary>1 − σ(βa) + σ(βb): up with the chosen answer, down with the rejected (D'Oosterlinck et al. 2024, https://arxiv.org/abs/2408.06266, eq. 7).</summary>
    public static Tensor ApoZero(PairLogProbs x, double beta) =>
        Loss(beta, () => (-beta * x.ChosenLogRatio()).sigmoid() + (beta * x.RejectedLogRatio()).sigmoid());

    /// <summary>σ(βa) + 1 − σ(z): down with both, the rejected one faster, for answers that are worse than the model's own (eq. 8 there). The divergence enters z alone.</summary>
    public static Tensor ApoDown(PairLogProbs x, double beta, FDivergence? divergence = null) =>
        Loss(beta, () => (beta * x.ChosenLogRatio()).sigmoid() + (-Z(x, beta, divergence)).sigmoid());

    /// <summary>ℓ·(1 − m) + e^(−z)·m, ℓ = −log σ(z), m = σ(z/τ): found by a language model (Lu et al. 2024, https://arxiv.org/abs/2406.08414).</summary>
    /// <param name="x">Log-probabilities, summed over the completions; each [B].</param>
    /// <param name="beta">β.</param>
    /// <param name="tau">τ, how sharply the two halves change over.</param>
    /// <param name="divergence">s.</param>
    /// <remarks>e^(−z)·m is computed as e^(log m − z): the product itself is ∞ · 0 for very negative z.</remarks>
    public static Tensor Discopop(PairLogProbs x, double beta, double tau = 0.05, FDivergence? divergence = null)
    {
        LossSettingException.ThrowUnlessPositive(tau);
        return Loss(beta, () =>
        {
            var z = Z(x, beta, divergence);
            return -logsigmoid(z) * (-z / tau).sigmoid() + (logsigmoid(z / tau) - z).exp();
        });
    }

    /// <summary>−log σ(β·(s(a)/n⁺ − s(b)/n⁻)): DPO over means (Lambert et al. 2024, https://arxiv.org/abs/2411.15124).</summary>
    public static Tensor SigmoidNorm(PairLogProbs x, double beta, FDivergence? divergence = null) =>
        Loss(beta, () => -logsigmoid(beta * Averaged(x, divergence)));

    /// <summary>Σ w·loss: several losses at once, such as MPO's 0.8 sigmoid + 0.2 bco_pair (with <c>sft: 1</c> of <see cref="Dpo.Objective"/>).</summary>
    public static PairLoss Weighted(params (double Weight, PairLoss Loss)[] losses)
    {
        if (losses.Length == 0) throw new LossSettingException("A weighted sum needs at least one loss.");
        foreach (var (weight, _) in losses) LossSettingException.ThrowUnless(double.IsFinite(weight), nameof(weight), weight, "a number");
        return x =>
        {
            using var scope = NewDisposeScope();
            return losses.Select(l => l.Weight * l.Loss(x)).Aggregate((sum, next) => sum + next).MoveToOuterDisposeScope();
        };
    }

    /// <summary>z. Shape [B].</summary>
    internal static Tensor Z(PairLogProbs x, double beta, FDivergence? divergence) =>
        beta * FDivergences.Difference(x.ChosenLogRatio(), x.RejectedLogRatio(), divergence);

    private static Tensor Chosen(PairLogProbs x, double beta, FDivergence? divergence) => beta * FDivergences.Of(x.ChosenLogRatio(), divergence);

    private static Tensor Rejected(PairLogProbs x, double beta, FDivergence? divergence) => beta * FDivergences.Of(x.RejectedLogRatio(), divergence);

    /// <summary>s(a)/n⁺ − s(b)/n⁻.</summary>
    private static Tensor Averaged(PairLogProbs x, FDivergence? divergence)
    {
        var (chosen, rejected) = x.Tokens();
        return FDivergences.Of(x.ChosenLogRatio(), divergence) / chosen - FDivergences.Of(x.RejectedLogRatio(), divergence) / rejected;
    }

    private static Tensor ByRank(PairLogProbs x, double beta, double labelSmoothing, Func<(Tensor Larger, Tensor Smaller)> samples)
    {
        LossSettingException.ThrowUnlessSmoothing(labelSmoothing);
        if (x.Weighted) throw new LossSettingException("AOT sorts over the batch, so its values belong to no pair and cannot be weighted by pair. Leave the weights out, or take another loss.");
        return Loss(beta, () =>
        {
            var (larger, smaller) = samples();
            var z = beta * (larger.sort().Values - smaller.sort().Values);                                         // [B] by rank
            return -(1 - labelSmoothing) * logsigmoid(z) - labelSmoothing * logsigmoid(-z);
        });
    }

    /// <summary>Checks β and keeps of what the expression makes only its value.</summary>
    private static Tensor Loss(double beta, Func<Tensor> expression)
    {
        LossSettingException.ThrowUnlessPositive(beta);
        using var scope = NewDisposeScope();
        return expression().MoveToOuterDisposeScope();
    }
}
