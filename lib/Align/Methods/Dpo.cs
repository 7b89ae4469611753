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
    /// <returns>Shape [B]. ln 2 where policy and reference agree.</returns>
    /// <exception cref="MissingLogProbsException">There is no reference.</exception>
    /// <exception cref="LossSettingException">β or ε is out of range.</exception>
    public static Tensor Sigmoid(PairLogProbs x, double beta, double labelSmoothing = 0)
    {
        LossSettingException.ThrowUnless(beta > 0 && double.IsFinite(beta), nameof(beta), beta, "above 0");
        LossSettingException.ThrowUnless(labelSmoothing is >= 0 and < 0.5, nameof(labelSmoothing), labelSmoothing, "at least 0 and below 0.5");
        using var scope = NewDisposeScope();
        var z = beta * (x.ChosenLogRatio() - x.RejectedLogRatio());                                             // [B]
        var loss = labelSmoothing == 0 ? -logsigmoid(z) : -(1 - labelSmoothing) * logsigmoid(z) - labelSmoothing * logsigmoid(-z);
        return loss.MoveToOuterDisposeScope();                                                                  // [B]
    }

    /// <summary>The method: the mean of a pair loss.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="reference">π₀, frozen; null when the pairs carry its log-probabilities (<see cref="WithReference"/>).</param>
    /// <param name="beta">β, which the logged rewards are multiplied by.</param>
    /// <param name="loss">The loss of a pair; <see cref="Sigmoid"/> when absent. It closes over its own β.</param>
    /// <remarks>
    /// Logs, per pair: <c>logps/chosen</c> and <c>logps/rejected</c>, sums over the completion; <c>rewards/chosen</c> = β·(log π − log π₀), <c>rewards/rejected</c>,
    /// <c>rewards/margins</c>, <c>rewards/accuracies</c> (equal rewards count as wrong). Over tokens: <c>entropy</c> of both sides, <c>mean_token_accuracy</c> of the
    /// chosen one, <c>logits/chosen</c>, <c>logits/rejected</c>.
    /// </remarks>
    public static Objective<PreferenceBatch> Objective(IPolicy policy, IPolicy? reference = null, double beta = 0.1, PairLoss? loss = null) => new(
        Weights: batch => [batch.Pairs.Count],
        Terms: batch =>
        {
            using var scope = NewDisposeScope();
            var pairs = batch.Pairs.Count;
            var (logProbs, statistics) = policy.Score(batch.Text, statistics: true);                            // [2B, T]
            var (chosen, rejected) = (logProbs.Rows(0, pairs), logProbs.Rows(pairs, pairs));                    // [B, T]
            var reference0 = reference is null ? Kept(batch, logProbs.Values) : reference.Frozen(batch.Text);   // [2B]
            var x = new PairLogProbs(
                chosen.Sum(), rejected.Sum(), reference0.narrow(0, 0, pairs), reference0.narrow(0, pairs, pairs), chosen.Count(), rejected.Count());
            var losses = loss?.Invoke(x) ?? Sigmoid(x, beta);                                                   // [B]
            Shape.Is(losses, [pairs]);

            var terms = new Terms(new LossTerm("preference", losses.sum().MoveToOuterDisposeScope()));
            using var frozen = no_grad();
            return Log(terms, x, beta, logProbs, statistics!, pairs).PerExample("loss", losses);
        });

    /// <summary>Computes the reference's log-probabilities once and keeps them with the pairs: no second model in memory, no second pass per step.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="reference">π₀, which is not needed afterwards.</param>
    /// <param name="padId">The id that fills shorter rows.</param>
    /// <param name="batchSize">Pairs per pass.</param>
    /// <param name="cancellation">Checked before every pass.</param>
    public static IReadOnlyList<TokenizedPair> WithReference(
        IReadOnlyList<TokenizedPair> pairs, IPolicy reference, int padId, int batchSize = 16, CancellationToken cancellation = default)
    {
        var known = new List<TokenizedPair>(pairs.Count);
        foreach (var some in pairs.Chunk(batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var values = reference.Frozen(PreferenceBatch.Padded(some, padId).Text).to(ScalarType.Float64).cpu().data<double>().ToArray(); // [2B]
            known.AddRange(some.Select((p, i) => p with { ReferenceChosen = values[i], ReferenceRejected = values[some.Length + i] }));
        }

        return known;
    }

    /// <summary>Preference pairs as tokens.</summary>
    public static IReadOnlyList<TokenizedPair> Tokenize(IEnumerable<PreferencePair> pairs, PromptFormat format) =>
        [.. pairs.Select(p => new TokenizedPair(format.Tokenize(p.Prompt, p.Chosen), format.Tokenize(p.Prompt, p.Rejected)))];

    /// <summary>A source of batches over pairs.</summary>
    /// <param name="pairs">The pairs as tokens.</param>
    /// <param name="batchSize">Pairs per batch.</param>
    /// <param name="padId">The id that fills shorter rows.</param>
    /// <param name="shuffle">Shuffles every pass; null keeps the order.</param>
    public static Examples<TokenizedPair, PreferenceBatch> Batches(IReadOnlyList<TokenizedPair> pairs, int batchSize, int padId, Rng? shuffle = null) =>
        new(pairs, batchSize, (some, places) => PreferenceBatch.Padded(some, padId, places), shuffle);

    private static Tensor Kept(PreferenceBatch batch, Tensor like)
    {
        var missing = Enumerable.Range(0, batch.Pairs.Count).FirstOrDefault(i => batch.Pairs[i].ReferenceChosen is null || batch.Pairs[i].ReferenceRejected is null, -1);
        if (missing >= 0) throw new MissingLogProbsException("ReferenceChosen", $"pair {batch.Examples[missing]} was not given any and no reference model is there");
        return tensor([.. batch.Pairs.Select(p => p.ReferenceChosen!.Value), .. batch.Pairs.Select(p => p.ReferenceRejected!.Value)], like.dtype, like.device);
    }

    private static Terms Log(Terms terms, PairLogProbs x, double beta, TokenLogProbs both, TokenStatistics statistics, int pairs)
    {
        var (chosen, rejected) = (beta * x.ChosenLogRatio(), beta * x.RejectedLogRatio());                      // [B]
        var (chosenMask, rejectedMask) = (both.Mask.narrow(0, 0, pairs), both.Mask.narrow(0, pairs, pairs));
        return terms
            .PerExample("logps/chosen", x.PolicyChosen)
            .PerExample("logps/rejected", x.PolicyRejected)
            .PerExample("rewards/chosen", chosen)
            .PerExample("rewards/rejected", rejected)
            .PerExample("rewards/margins", chosen - rejected)
            .PerExample("rewards/accuracies", chosen > rejected)
            .Mean("entropy", statistics.Entropy, both.Mask)
            .Mean("mean_token_accuracy", statistics.Top1.narrow(0, 0, pairs), chosenMask)
            .Mean("logits/chosen", statistics.MeanLogit.narrow(0, 0, pairs), chosenMask)
            .Mean("logits/rejected", statistics.MeanLogit.narrow(0, pairs, pairs), rejectedMask);
    }
}

/// <summary>A setting of a loss that is out of range.</summary>
public sealed class LossSettingException : AlignException
{
    private LossSettingException(string message)
        : base(message)
    {
    }

    internal static void ThrowUnless(bool holds, string name, double value, string range)
    {
        if (!holds) throw new LossSettingException($"{name} is {value.ToString(System.Globalization.CultureInfo.InvariantCulture)}; it has to be {range}.");
    }
}
