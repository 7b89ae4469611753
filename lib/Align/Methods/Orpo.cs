using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Align.Methods;

/// <summary>Odds-Ratio Preference Optimization (Hong et al. 2024, https://arxiv.org/abs/2403.07691): fine-tuning and preference in one step, without a reference.</summary>
/// <remarks>L = NLL(y⁺) − λ·mean log σ(Λ), eq. 6: a mean over tokens plus a mean over pairs, each divided by its own count over the whole step.</remarks>
public static class Orpo
{
    /// <summary>−log σ(Λ), eq. 7, with Λ = log odds(y⁺) − log odds(y⁻) and odds(y) = p / (1 − p).</summary>
    /// <param name="x">log p, the <em>mean</em> over the tokens of each completion (<see cref="PairLogProbs.PerToken"/>); each [B], at most 0.</param>
    /// <returns>Shape [B]. ln 2 where both answers are equally likely.</returns>
    public static Tensor OddsRatio(PairLogProbs x)
    {
        using var scope = NewDisposeScope();
        return (-logsigmoid(LogOdds(x))).MoveToOuterDisposeScope();
    }

    /// <summary>Λ = (log p⁺ − log(1 − p⁺)) − (log p⁻ − log(1 − p⁻)). Shape [B].</summary>
    /// <param name="x">log p, the mean over the tokens of each completion; each [B].</param>
    public static Tensor LogOdds(PairLogProbs x)
    {
        Shape.Is(x.PolicyChosen, [-1]);
        Shape.Same(x.PolicyChosen, x.PolicyRejected);
        using var scope = NewDisposeScope();
        return (x.PolicyChosen - x.PolicyRejected - (Log1MExp(x.PolicyChosen) - Log1MExp(x.PolicyRejected))).MoveToOuterDisposeScope();
    }

    /// <summary>log(1 − e^x) for x ≤ 0, finite and with a finite gradient also at x = 0.</summary>
    /// <remarks>
    /// Above −ln 2 it is log(−expm1(x)), below log1p(−e^x), each with all its digits (Mächler 2012). Nearer to 0 than ε, the distance from 1 to the next number, a log-probability is
    /// rounding noise: there the value is log ε and the gradient 0. Two certain answers have even odds.
    /// </remarks>
    public static Tensor Log1MExp(Tensor x)
    {
        using var scope = NewDisposeScope();
        var epsilon = x.dtype == ScalarType.Float64 ? Math.BitIncrement(1.0) - 1 : MathF.BitIncrement(1) - 1;
        var near = (-x.clamp(-Math.Log(2), -epsilon).expm1()).log();
        var far = (-x.clamp_max(-Math.Log(2)).exp()).log1p();
        return near.where(x > -Math.Log(2), far).MoveToOuterDisposeScope();
    }

    /// <summary>The method: two terms, <c>nll</c> over the chosen side's trained tokens and <c>odds_ratio</c> over pairs.</summary>
    /// <param name="policy">What is trained.</param>
    /// <param name="beta">The paper's λ, the weight of the second term, which the logged rewards are multiplied by.</param>
    /// <param name="loss">A loss of the averaged log-probabilities; <see cref="OddsRatio"/> when absent.</param>
    /// <remarks>
    /// With <see cref="Batches"/> the NLL covers prompt and answer, as in the reference implementation; with those of DPO the answer alone. Logs <c>nll_loss</c>,
    /// <c>log_odds_ratio</c> = mean log σ(Λ), <c>log_odds_chosen</c> = mean Λ, <c>logps/*</c> averaged over the answer's tokens, <c>rewards/*</c> = λ·logps, and what DPO logs over
    /// the answers' tokens.
    /// </remarks>
    public static Objective<PreferenceBatch> Objective(IPolicy policy, double beta = 0.1, PairLoss? loss = null)
    {
        LossSettingException.ThrowUnlessPositive(beta);
        return new(
            Weights: batch => [batch.ChosenTokens, batch.Pairs.Count],
            Terms: batch =>
            {
                using var scope = NewDisposeScope();
                var all = PairScores.Of(policy, batch);                                                     // [2B, T]
                var answers = all with { Both = all.Both with { Mask = Answers(batch, all.Both.Mask) } };
                var (chosen, rejected) = (answers.Chosen, answers.Rejected);
                var x = new PairLogProbs(chosen.Mean(), rejected.Mean(), ChosenTokens: chosen.Count(), RejectedTokens: rejected.Count()); // [B]
                var losses = PairScores.PerPair(loss ?? OddsRatio, x);                                      // [B]

                var terms = new Terms(
                    new LossTerm("nll", all.ChosenNll().MoveToOuterDisposeScope()), new LossTerm("odds_ratio", losses.sum().MoveToOuterDisposeScope(), beta));
                using var frozen = no_grad();
                return answers.Log(terms, (x.PolicyChosen, x.PolicyRejected), (beta * x.PolicyChosen, beta * x.PolicyRejected))
                    .Mean("nll_loss", -all.Chosen.Values, all.Chosen.Mask)
                    .PerExample("log_odds_ratio", -OddsRatio(x))
                    .PerExample("log_odds_chosen", LogOdds(x))
                    .PerExample("loss", losses);
            });
    }

    /// <summary>A source of batches over pairs whose chosen side is trained as a whole, prompt and answer.</summary>
    /// <param name="pairs">The pairs as tokens.</param>
    /// <param name="batchSize">Pairs per batch.</param>
    /// <param name="padId">The id that fills shorter rows.</param>
    /// <param name="shuffle">Shuffles every pass; null keeps the order.</param>
    public static Examples<TokenizedPair, PreferenceBatch> Batches(IReadOnlyList<TokenizedPair> pairs, int batchSize, int padId, Rng? shuffle = null) =>
        new(pairs, batchSize, (some, places) => Batch(some, padId, places), shuffle);

    /// <summary>A batch whose chosen texts are trained as a whole; what of them is the answer, the pairs know.</summary>
    internal static PreferenceBatch Batch(IReadOnlyList<TokenizedPair> pairs, int padId, IReadOnlyList<int> places) => new(
        Batching.Padded([.. pairs.Select(p => TokenizedText.All(p.Chosen.Ids)), .. pairs.Select(p => p.Rejected)], padId), pairs, places);

    /// <summary>True on the tokens of the answers. Shape [2B, T].</summary>
    private static Tensor Answers(PreferenceBatch batch, Tensor trained)
    {
        var (texts, width) = (batch.Pairs.Select(p => p.Chosen).Concat(batch.Pairs.Select(p => p.Rejected)).ToArray(), batch.Text.Width);
        var mask = new bool[texts.Length * width];
        for (var row = 0; row < texts.Length; row++)
        {
            if (batch.Text.Segments[batch.Text.Scored[row]].Length != texts[row].Ids.Length)
                throw new BatchException($"Text {row} of the batch is not a row of its own. ORPO reads prompts too: make its batches with Orpo.Batches.");
            texts[row].Trained.CopyTo(mask, row * width);
        }

        using var scope = NewDisposeScope();
        return (tensor(mask, ScalarType.Bool, trained.device).view(texts.Length, width) & trained).MoveToOuterDisposeScope();
    }
}
