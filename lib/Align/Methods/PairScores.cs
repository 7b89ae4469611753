using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>A policy's log-probabilities of a batch of pairs, and what every preference method logs of them.</summary>
/// <param name="Both">The chosen texts' tokens, then the rejected ones'. [2B, T].</param>
/// <param name="Statistics">Of the same tokens.</param>
/// <param name="Pairs">B.</param>
internal sealed record PairScores(TokenLogProbs Both, TokenStatistics Statistics, int Pairs)
{
    public TokenLogProbs Chosen => Both.Rows(0, Pairs);

    public TokenLogProbs Rejected => Both.Rows(Pairs, Pairs);

    /// <summary>Scores a batch.</summary>
    /// <exception cref="BatchException">There are not two texts to every pair.</exception>
    public static PairScores Of(IPolicy policy, PreferenceBatch batch)
    {
        if (batch.Text.Scored.Count != 2 * batch.Pairs.Count)
            throw new BatchException($"{batch.Pairs.Count} pairs need {2 * batch.Pairs.Count} texts, chosen ones and then rejected ones; the batch has {batch.Text.Scored.Count}.");
        var (both, statistics) = policy.Score(batch.Text, statistics: true);
        return new(both, statistics!, batch.Pairs.Count);
    }

    /// <summary>Calls a loss, a user's too, and sees that it gives one differentiable value per pair.</summary>
    public static Tensor PerPair(PairLoss loss, PairLogProbs x) => OwnLoss.Checked(() => loss(x), x.PolicyChosen);

    /// <summary>w⁺·w⁻. Shape [B].</summary>
    public Tensor PairWeights(Func<TokenLogProbs, TokenStatistics, Tensor> weigh)
    {
        using var scope = NewDisposeScope();
        var weights = weigh(Both, Statistics);                                                              // [2B]
        Shape.Is(weights, [2 * Pairs]);
        return (weights.narrow(0, 0, Pairs) * weights.narrow(0, Pairs, Pairs)).MoveToOuterDisposeScope();
    }

    /// <summary>The negative log-likelihood of the chosen tokens, summed; times the mean of the weights where there are any.</summary>
    public Tensor ChosenNll(Tensor? weights = null)
    {
        using var scope = NewDisposeScope();
        var nll = Sft.NegativeLogLikelihood(Chosen).sum();
        return (weights is null ? nll : nll * weights.mean()).MoveToOuterDisposeScope();
    }

    /// <summary>Logs the metrics that all preference methods share, under the field's names.</summary>
    /// <param name="terms">Where to.</param>
    /// <param name="logProbs">What the method calls <c>logps</c>: sums or means over tokens, [B] chosen and rejected.</param>
    /// <param name="rewards">Its rewards.</param>
    public Terms Log(Terms terms, (Tensor Chosen, Tensor Rejected) logProbs, (Tensor Chosen, Tensor Rejected) rewards) => terms
        .WarnOfMasked(Both.Mask)
        .PerExample("logps/chosen", logProbs.Chosen)
        .PerExample("logps/rejected", logProbs.Rejected)
        .PerExample("rewards/chosen", rewards.Chosen)
        .PerExample("rewards/rejected", rewards.Rejected)
        .PerExample("rewards/margins", rewards.Chosen - rewards.Rejected)
        .PerExample("rewards/accuracies", rewards.Chosen > rewards.Rejected)
        .Mean("entropy", Statistics.Entropy, Both.Mask)
        .Mean("mean_token_accuracy", Statistics.Top1.narrow(0, 0, Pairs), Chosen.Mask)
        .Mean("logits/chosen", Statistics.MeanLogit.narrow(0, 0, Pairs), Chosen.Mask)
        .Mean("logits/rejected", Statistics.MeanLogit.narrow(0, Pairs, Pairs), Rejected.Mask);
}
