using Align.Models;
using Align.Rewards;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>What PPO computes when answers have been written and judged: log-probabilities, KL, rewards, values, advantages, returns.</summary>
/// <remarks>
/// The steps of an answer of n tokens are the n choices and, where the room is not used up, one after the last token. Every choice costs β·KL; the score is paid at the
/// step after the last token, or at the last token where there is none. Values and the whitening of rewards see all steps, advantages only the choices.
/// </remarks>
public static class PpoRollout
{
    /// <summary>How PPO makes a rollout: one answer per prompt.</summary>
    /// <param name="models">The models.</param>
    /// <param name="reward">What judges.</param>
    /// <param name="writing">How answers are written.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="LossSettingException">A setting is out of range.</exception>
    public static Collect Collect(PpoModels models, RewardSum reward, Writing writing, PpoOptions options)
    {
        options.Check();
        return (prompts, previous, rng) =>
        {
            var answers = writing.Write(models.Policy, prompts, 1, rng);
            var scores = reward.Score(answers);
            var rows = Judged(answers, scores, writing.MaxTokens, options.MissingEndPenalty);
            var experience = Assess(models, rows, options, Coefficient(options, previous), writing.PadId);
            return experience with { Metrics = experience.Metrics.Concat(RolloutMetrics.Lengths(rows)).Concat(RolloutMetrics.Of(scores)).ToDictionary() };
        };
    }

    /// <summary>r_t = −β·KL_t, and the score where it is paid. Shape [B, T].</summary>
    /// <param name="kl">KL_t of every choice, 0 elsewhere. Shape [B, T].</param>
    /// <param name="scores">One per answer. Shape [B].</param>
    /// <param name="paidAt">The step at which each score is paid, int64. Shape [B].</param>
    /// <param name="coefficient">β.</param>
    public static Tensor Rewards(Tensor kl, Tensor scores, Tensor paidAt, double coefficient)
    {
        Shape.Is(kl, [scores.shape[0], -1]);
        Shape.Same(scores, paidAt);
        using var scope = NewDisposeScope();
        return (-coefficient * kl).scatter_add(1, paidAt.unsqueeze(1), scores.unsqueeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Answers and their scores as rows that are still to be assessed.</summary>
    internal static IReadOnlyList<Rollout> Judged(IReadOnlyList<Answer> answers, Scores scores, int room, double missingEndPenalty) =>
    [
        .. answers.Zip(scores.Total).Select((a, row) => new Rollout(a.First.Place, a.First.Prompt.Ids, a.First.Ids, a.First.Ended)
        {
            Steps = Math.Min(a.First.Ids.Length + 1, room),
            Score = (double.IsNaN(a.Second) ? throw new RewardException(string.Join(" + ", scores.Names), answers, row, "does not apply, and PPO needs a score for every answer,") : a.Second)
                - (a.First.Ended ? 0 : missingEndPenalty),
        }),
    ];

    /// <summary>Everything from log-probabilities to returns, with the models as they are now.</summary>
    internal static Experience Assess(PpoModels models, IReadOnlyList<Rollout> rows, PpoOptions options, double coefficient, int padId)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var known = RolloutBatch.Of([.. rows.Chunk(options.ScoreBatch).SelectMany(some => Scored(models, some, padId))], padId);
        var (width, lengths, steps) = (rows.Max(r => r.Steps), Numbers(r => r.Completion.Length), Numbers(r => r.Steps));
        var t = arange(width, ScalarType.Float64).unsqueeze(0);                                              // [1, T]
        var (isChoice, isStep) = (t < lengths.unsqueeze(1), t < steps.unsqueeze(1));                         // [B, T]
        var (scores, values) = (Numbers(r => r.Score), known.Matrix(r => r.Values!, width));

        var kl = options.Kl(known.Matrix(r => r.Old!, width), known.Matrix(r => r.Reference!, width));       // [B, T]
        var rewards = Rewards(kl, scores, (steps - 1).to(ScalarType.Int64), coefficient);
        if (options.WhitenRewards) rewards = Advantages.Whiten(rewards, isStep, shiftMean: false);
        var (advantages, returns) = Advantages.Gae(rewards, values, options.Gamma, options.Lambda);
        var white = Advantages.Whiten(advantages, isChoice);

        var (r, a, g) = (Rows(rewards), Rows(white), Rows(returns));
        return new(
            [.. known.Rows.Select((row, i) => row with { Rewards = r[i][..row.Steps], Advantages = a[i][..row.Completion.Length], Returns = g[i][..row.Steps] })],
            Metrics(known, kl.sum(1).data<double>().ToArray(), coefficient),
            coefficient);

        Tensor Numbers(Func<Rollout, double> number) => tensor([.. rows.Select(number)], ScalarType.Float64);  // [B]

        double[][] Rows(Tensor x) => [.. x.data<double>().ToArray().Chunk(width)];
    }

    private static List<Rollout> Scored(PpoModels models, Rollout[] some, int padId)
    {
        using var scope = NewDisposeScope();
        var batch = RolloutBatch.Of([.. some.Select(r => r with { Advantages = [] })], padId);
        var (x, _, values) = models.Read(batch, statistics: false);
        var (old, reference, v) = (Flat(x.LogProbs), Flat(models.Reference.LogProbs(batch.Text).Values), Flat(values));
        var (width, at) = ((int)x.LogProbs.shape[1], 0);
        var scored = new List<Rollout>();
        for (var i = 0; i < some.Length; i++)
        {
            var tokens = new Range(i * width, i * width + some[i].Completion.Length);
            scored.Add(some[i] with { Old = old[tokens], Reference = reference[tokens], Values = v[at..(at += some[i].Steps)] });
        }

        return scored;

        static double[] Flat(Tensor x) => x.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
    }

    private static double Coefficient(PpoOptions options, Experience? previous)
    {
        if (previous is null || options.AdaptiveKl is not { } adaptive) return options.KlCoefficient;
        var (sum, count) = previous.Metrics["objective/kl"];
        return adaptive.Next(previous.KlCoefficient, sum / count, (int)count);
    }

    /// <summary>Means over answers of sums over their tokens; nothing of it sees padding.</summary>
    private static Dictionary<string, (double Sum, double Weight)> Metrics(RolloutBatch known, double[] kl, double coefficient)
    {
        var (rows, scores) = (known.Rows, known.Rows.Sum(r => r.Score));
        return new()
        {
            ["objective/kl"] = (kl.Sum(), rows.Count),
            ["objective/entropy"] = (rows.Sum(r => -r.Old!.Sum()), rows.Count),
            ["objective/non_score_reward"] = (-coefficient * kl.Sum(), rows.Count),
            ["objective/rlhf_reward"] = (scores - coefficient * kl.Sum(), rows.Count),
            ["objective/scores"] = (scores, rows.Count),
            ["objective/kl_coef"] = (coefficient, 1),
            ["val/num_eos_tokens"] = (rows.Count(r => r.Ended), 1),
        };
    }
}
