using Align.Models;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>Supervised fine-tuning: the completion of each demonstration is made likelier, token by token.</summary>
/// <remarks>L = −(1/N) Σ_t log π(y_t | x, y_&lt;t), with N the trained tokens of the whole step: a token mean, not a mean over texts.</remarks>
public static class Sft
{
    /// <summary>The negative log-likelihood of every trained token, −log π(y_t | x, y_&lt;t).</summary>
    /// <param name="logProb">log π of the tokens, shape [B, T].</param>
    /// <returns>Shape [B, T]; 0 where the mask is false.</returns>
    public static Tensor NegativeLogLikelihood(Tensors.TokenLogProbs logProb) => -logProb.Values;

    /// <summary>−sg(π(y_t))·log π(y_t): dynamic fine-tuning (Wu et al. 2025, https://arxiv.org/abs/2508.05629), where tokens that the policy finds unlikely pull less.</summary>
    /// <param name="logProb">log π of the tokens, shape [B, T].</param>
    /// <returns>Shape [B, T]; 0 where the mask is false.</returns>
    public static Tensor Dynamic(Tensors.TokenLogProbs logProb)
    {
        using var scope = NewDisposeScope();
        return (-logProb.Values.detach().exp() * logProb.Values).MoveToOuterDisposeScope();
    }

    /// <summary>The method: one term, the loss summed over the trained tokens and divided by their number in the step.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="loss">The loss of a token, 0 where the mask is false; <see cref="NegativeLogLikelihood"/> when absent.</param>
    /// <remarks>Logs <c>entropy</c> and <c>mean_token_accuracy</c> over trained tokens, and <c>nll</c> per example, its mean over the example's tokens.</remarks>
    public static Objective<TextBatch> Objective(IPolicy policy, Func<Tensors.TokenLogProbs, Tensor>? loss = null) => new(
        Weights: batch => [batch.Text.TrainedTokens],
        Terms: batch =>
        {
            using var scope = NewDisposeScope();
            var (logProbs, statistics) = policy.Score(batch.Text, statistics: true);      // [B, T]
            var losses = OwnLoss.Checked(() => (loss ?? NegativeLogLikelihood)(logProbs), logProbs.Values, "token"); // [B, T]

            var terms = new Terms(new LossTerm("sft", losses.sum().MoveToOuterDisposeScope()))
                .WarnOfMasked(logProbs.Mask)
                .Mean("entropy", statistics!.Entropy, logProbs.Mask)
                .Mean("mean_token_accuracy", statistics.Top1, logProbs.Mask);
            using var frozen = no_grad();
            return terms.PerExample("nll", -logProbs.Mean());                             // [B]
        });

    /// <summary>Demonstrations as tokens: the completion and its end are trained, the prompt is not.</summary>
    public static IReadOnlyList<TokenizedText> Tokenize(IEnumerable<Data.Demonstration> demonstrations, PromptFormat format) =>
        [.. demonstrations.Select(d => format.Tokenize(d.Prompt, d.Completion))];

    /// <summary>A source of batches over demonstrations.</summary>
    /// <param name="texts">The demonstrations as tokens.</param>
    /// <param name="batchSize">Texts per batch.</param>
    /// <param name="padId">The id that fills shorter rows.</param>
    /// <param name="shuffle">Shuffles every pass; null keeps the order.</param>
    public static Examples<TokenizedText, TextBatch> Batches(IReadOnlyList<TokenizedText> texts, int batchSize, int padId, Runtime.Rng? shuffle = null) =>
        new(texts, batchSize, (some, places) => new TextBatch(Batching.Padded(some, padId), places), shuffle);

    /// <summary>The same with less work: texts of about the same length share a batch, so that little of it is padding.</summary>
    /// <inheritdoc cref="Batches"/>
    public static Examples<TokenizedText, TextBatch> CompactBatches(IReadOnlyList<TokenizedText> texts, int batchSize, int padId, Runtime.Rng? shuffle = null) =>
        new(texts, batchSize, (some, places) => new TextBatch(Batching.Padded(some, padId), places), shuffle, length: t => t.Ids.Length);
}
