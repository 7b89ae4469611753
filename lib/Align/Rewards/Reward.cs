using System.Globalization;
using Align.Models;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Rewards;

/// <summary>A reward function with a name and a weight.</summary>
/// <param name="Name">What its metrics are called by.</param>
/// <param name="Function">One reward per answer, in order; null where it does not apply.</param>
/// <param name="Weight">Its factor in the sum.</param>
public sealed record Reward(string Name, Func<IReadOnlyList<Answer>, IReadOnlyList<double?>> Function, double Weight = 1)
{
    /// <summary>A function of one answer.</summary>
    /// <param name="name">What its metrics are called by.</param>
    /// <param name="function">The reward; null where it does not apply.</param>
    /// <param name="weight">Its factor in the sum.</param>
    public static Reward Each(string name, Func<Answer, double?> function, double weight = 1) => new(
        name,
        answers =>
        {
            var rewards = new double?[answers.Count];
            for (var i = 0; i < rewards.Length; i++)
            {
                try
                {
                    rewards[i] = function(answers[i]);
                }
                catch (Exception e) when (IsFailure(e))
                {
                    throw new RewardException(name, answers, i, $"threw {e.GetType().Name} ({e.Message})", e);
                }
            }

            return rewards;
        },
        weight);

    /// <summary>A reward model reads prompt and answer and is asked at the last token.</summary>
    /// <param name="model">The reward model.</param>
    /// <param name="padId">The id that fills shorter rows.</param>
    /// <param name="name">What its metrics are called by.</param>
    /// <param name="batchSize">Answers per pass.</param>
    /// <param name="weight">Its factor in the sum.</param>
    public static Reward Of(RewardModel model, int padId, string name = "reward_model", int batchSize = 32, double weight = 1) => new(
        name,
        answers =>
        {
            using var frozen = no_grad();
            var rewards = new List<double?>(answers.Count);
            foreach (var some in answers.Chunk(batchSize))
            {
                using var scope = NewDisposeScope();
                var batch = Batching.Padded([.. some.Select(a => TokenizedText.Of(a.Prompt.Ids, a.Ids))], padId);
                foreach (var score in model.Scores(batch).to(ScalarType.Float64).cpu().data<double>()) rewards.Add(score);
            }

            return rewards;
        },
        weight);

    /// <summary>The rewards of these answers, NaN where the function does not apply.</summary>
    /// <exception cref="RewardException">The function threw, gave NaN or an infinity, or another number of rewards.</exception>
    internal double[] Ask(IReadOnlyList<Answer> answers)
    {
        IReadOnlyList<double?> rewards;
        try
        {
            rewards = Function(answers);
        }
        catch (Exception e) when (e is not RewardException && IsFailure(e))
        {
            throw new RewardException(Name, answers, null, $"threw {e.GetType().Name} ({e.Message})", e);
        }

        if (rewards?.Count != answers.Count)
            throw new RewardException(Name, answers, null, $"gave {(rewards?.Count ?? 0).ToString(CultureInfo.InvariantCulture)} rewards for {answers.Count.ToString(CultureInfo.InvariantCulture)} answers");
        for (var i = 0; i < rewards.Count; i++)
            if (rewards[i] is { } r && !double.IsFinite(r)) throw new RewardException(Name, answers, i, $"gave {r.ToString(CultureInfo.InvariantCulture)}");
        return [.. rewards.Select(r => r ?? double.NaN)];
    }

    /// <summary>A cancellation is nobody's failure, unless it is how a time-out is told, as <see cref="System.Net.Http.HttpClient"/> does.</summary>
    private static bool IsFailure(Exception e) => e is not OperationCanceledException || e.InnerException is TimeoutException;
}
