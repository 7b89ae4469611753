using Align.Data;
using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Align.Methods;

/// <summary>Direct Preference Optimization (Rafailov et al. 2023, https://arxiv.org/abs/2305.18290): the policy is its own reward model, β·log(π/π₀).</summary>
public static class Dpo
{
    /// <summary>
    /// −(1−ε)·log σ(z) − ε·log σ(−z) with z = β·((log π(y⁺) − log π₀(y⁺)) − (log π(y⁻) − log π₀(y⁻))): eq. 7 of Rafailov et al. 2023 where ε = 0,
    /// conservative DPO (https://ericmitchell.ai/cdpo.pdf, eq. 3) above.
    /// </summary>
    /// <param name="x">Log-probabilities, summed over the completions; each [B].</param>
    /// <param name="beta">β, the strength of the pull towards the reference: the larger, the closer the policy stays.</param>
    /// <param name="labelSmoothing">ε, the chance that a label is flipped, at least 0 and below ½.</param>
    /// <param name="divergence">Another divergence than the reverse KL, which turns each log-ratio into a score.</param>
    /// <returns>Shape [B]. ln 2 where policy and reference agree.</returns>
    /// <exception cref="MissingLogProbsException">There is no reference.</exception>
    /// <exception cref="LossSettingException">β or ε is out of range.</exception>
    public static Tensor Sigmoid(PairLogProbs x, double beta, double labelSmoothing = 0, FDivergence? divergence = null)
    {
        LossSettingException.ThrowUnlessPositive(beta);
        LossSettingException.ThrowUnlessSmoothing(labelSmoothing);
        using var scope = NewDisposeScope();
        var z = beta * FDivergences.Difference(x.ChosenLogRatio(), x.RejectedLogRatio(), divergence);           // [B]
        var loss = labelSmoothing == 0 ? -logsigmoid(z) : -(1 - labelSmoothing) * logsigmoid(z) - labelSmoothing * logsigmoid(-z);
        return loss.MoveToOuterDisposeScope();                                                                  // [B]
    }

    /// <summary>The method: the mean of a pair loss, and where wanted the token mean of the chosen answers' negative log-likelihood beside it.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="reference">π₀, frozen; null when the pairs carry its log-probabilities (<see cref="WithReference"/>, <see cref="WithoutReference"/>).</param>
    /// <param name="beta">β, which the logged rewards are multiplied by.</param>
    /// <param name="loss">The loss of a pair; <see cref="Sigmoid"/> when absent. It closes over its own β.</param>
    /// <param name="tokens">LD-DPO, WPO: what happens to tokens around the loss.</param>
    /// <param name="sft">The coefficient of the second term, the loss <c>sft</c> of a mix; weighted pairs scale it by their mean weight.</param>
    /// <remarks>
    /// Logs, per pair: <c>logps/chosen</c> and <c>logps/rejected</c>, sums over the completion; <c>rewards/chosen</c> = β·(log π − log π₀), <c>rewards/rejected</c>,
    /// <c>rewards/margins</c>, <c>rewards/accuracies</c> (equal rewards count as wrong). Over tokens: <c>entropy</c> of both sides, <c>mean_token_accuracy</c> of the
    /// chosen one, <c>logits/chosen</c>, <c>logits/rejected</c>.
    /// </remarks>
    public static Objective<PreferenceBatch> Objective(
        IPolicy policy, IPolicy? reference = null, double beta = 0.1, PairLoss? loss = null, PairTokens? tokens = null, double sft = 0)
    {
        LossSettingException.ThrowUnlessPositive(beta);
        return new(
            Weights: batch => sft == 0 ? [batch.Pairs.Count] : [batch.Pairs.Count, batch.ChosenTokens],
            Terms: batch =>
            {
                using var scope = NewDisposeScope();
                var scores = PairScores.Of(policy, batch);                                                          // [2B, T]
                var (chosen, rejected) = tokens?.Discount?.Invoke(scores.Chosen, scores.Rejected) ?? (scores.Chosen, scores.Rejected);
                var (chosen0, rejected0) = reference is null ? Kept(batch, chosen.Values, tokens) : Frozen(reference, batch, tokens);
                var weights = tokens?.Weights is { } weigh ? scores.PairWeights(weigh) : null;                      // [B]
                var x = new PairLogProbs(chosen.Sum(), rejected.Sum(), chosen0, rejected0, chosen.Count(), rejected.Count()) { Weighted = weights is not null };
                var losses = PairScores.PerPair(loss ?? (p => Sigmoid(p, beta)), x);                                // [B]
                if (weights is not null) losses = losses * weights;

                var preference = new LossTerm("preference", losses.sum().MoveToOuterDisposeScope());
                var terms = sft == 0 ? new Terms(preference) : new Terms(preference, new LossTerm("sft", scores.ChosenNll(weights).MoveToOuterDisposeScope(), sft));
                using var frozen = no_grad();
                return scores.Log(terms, (x.PolicyChosen, x.PolicyRejected), (beta * x.ChosenLogRatio(), beta * x.RejectedLogRatio())).PerExample("loss", losses);
            },
            State: reference as SyncedReference);
    }

    /// <summary>Computes the reference's log-probabilities once and keeps them with the pairs: no second model in memory, no second pass per step.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="reference">π₀, which is not needed afterwards.</param>
    /// <param name="padId">The id that fills shorter rows.</param>
    /// <param name="batchSize">Pairs per pass.</param>
    /// <param name="cancellation">Checked before every pass.</param>
    public static IReadOnlyList<TokenizedPair> WithReference(
        IReadOnlyList<TokenizedPair> pairs, IPolicy reference, int padId, int batchSize = 16, CancellationToken cancellation = default)
    {
        if (reference is SyncedReference) throw new LossSettingException("This reference moves during the run, so its log-probabilities cannot be computed once. Give it to Dpo.Objective, or keep a frozen one's.");
        var known = new List<TokenizedPair>(pairs.Count);
        foreach (var some in pairs.Chunk(batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            var values = reference.FrozenValues(PreferenceBatch.Padded(some, padId).Text); // [2B]
            known.AddRange(some.Select((p, i) => p with { ReferenceChosen = values[i], ReferenceRejected = values[some.Length + i] }));
        }

        return known;
    }

    /// <summary>DPO without a reference (<c>reference_free</c> of the original implementation): every log π₀ is 0, as if all answers were equally likely.</summary>
    public static IReadOnlyList<TokenizedPair> WithoutReference(IEnumerable<TokenizedPair> pairs) =>
        [.. pairs.Select(p => p with { ReferenceChosen = 0, ReferenceRejected = 0 })];

    /// <summary>Preference pairs as tokens.</summary>
    public static IReadOnlyList<TokenizedPair> Tokenize(IEnumerable<PreferencePair> pairs, PromptFormat format) =>
        [.. pairs.Select(p => new TokenizedPair(format.Tokenize(p.Prompt, p.Chosen), format.Tokenize(p.Prompt, p.Rejected), Margin: p.Margin))];

    /// <summary>A source of batches over pairs.</summary>
    /// <param name="pairs">The pairs as tokens.</param>
    /// <param name="batchSize">Pairs per batch.</param>
    /// <param name="padId">The id that fills shorter rows.</param>
    /// <param name="shuffle">Shuffles every pass; null keeps the order.</param>
    public static Examples<TokenizedPair, PreferenceBatch> Batches(IReadOnlyList<TokenizedPair> pairs, int batchSize, int padId, Rng? shuffle = null) =>
        new(pairs, batchSize, (some, places) => PreferenceBatch.Padded(some, padId, places), shuffle);

    /// <summary>The same with less work: one pair a row, with its prompt once, and pairs of about the same length in a batch, so that little of it is padding. A pair's loss is the same.</summary>
    /// <inheritdoc cref="Batches"/>
    public static Examples<TokenizedPair, PreferenceBatch> CompactBatches(IReadOnlyList<TokenizedPair> pairs, int batchSize, int padId, Rng? shuffle = null) =>
        new(pairs, batchSize, (some, places) => PreferenceBatch.SharedPrefix(some, padId, places), shuffle, length: p => p.Chosen.Ids.Length + p.Rejected.Ids.Length);

    private static (Tensor Chosen, Tensor Rejected) Frozen(IPolicy reference, PreferenceBatch batch, PairTokens? tokens)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var both = reference.LogProbs(batch.Text);                                                              // [2B, T]
        var (chosen, rejected) = (both.Rows(0, batch.Pairs.Count), both.Rows(batch.Pairs.Count, batch.Pairs.Count));
        if (tokens?.Discount is { } discount) (chosen, rejected) = discount(chosen, rejected);
        return (chosen.Sum().MoveToOuterDisposeScope(), rejected.Sum().MoveToOuterDisposeScope());              // [B]
    }

    private static (Tensor Chosen, Tensor Rejected) Kept(PreferenceBatch batch, Tensor like, PairTokens? tokens)
    {
        if (tokens?.Discount is not null)
            throw new MissingLogProbsException("The reference model", "the loss discounts single tokens and the pairs keep sums", "Give Dpo.Objective the reference itself.");
        var missing = Enumerable.Range(0, batch.Pairs.Count).FirstOrDefault(i => batch.Pairs[i].ReferenceChosen is null || batch.Pairs[i].ReferenceRejected is null, -1);
        if (missing >= 0) throw new MissingLogProbsException("PairLogProbs.ReferenceChosen", $"pair {batch.Examples[missing]} was not given any and no reference model is there");
        return (Values(p => p.ReferenceChosen!.Value), Values(p => p.ReferenceRejected!.Value));

        Tensor Values(Func<TokenizedPair, double> value) => tensor([.. batch.Pairs.Select(value)], like.dtype, like.device); // [B]
    }
}
