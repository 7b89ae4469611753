using Align.Rewards;
using Align.Runtime;
using Align.Text;

namespace Align.Annotation;

/// <summary>Who says which of several answers to a prompt is the best and which the worst: a person, a judge, a reward; null where nothing can be said.</summary>
/// <param name="prompt">What was asked.</param>
/// <param name="completions">The answers, at least two, all different.</param>
/// <returns>Places in <paramref name="completions"/>, two different ones; null for a tie or to skip the question.</returns>
/// <exception cref="QuitException">No more questions now.</exception>
public delegate (int Best, int Worst)? Annotator(string prompt, IReadOnlyList<string> completions);

/// <summary>The annotator has had enough: what was answered so far is kept, and collecting ends without an error.</summary>
public sealed class QuitException() : AlignException("The annotator quit. What was answered is kept: collect with the same file again to go on.");

/// <summary>Annotators that need nobody: a score, the toy world's gold reward, a reward model, a taste for length, answers that were given before.</summary>
public static class Annotators
{
    /// <summary>What an annotator throws who wants no more questions: <c>throw Annotators.Quit;</c></summary>
    public static QuitException Quit => new();

    /// <summary>The highest and the lowest score of an answer; a tie where they are equal.</summary>
    /// <param name="score">The score of an answer to a prompt.</param>
    public static Annotator ByScore(Func<string, string, double> score) => (prompt, completions) => Extremes([.. completions.Select(c => score(prompt, c))], completions);

    /// <summary>Always the better mark.</summary>
    /// <param name="gold">The gold reward.</param>
    public static Annotator Gold(GoldReward gold) => ByScore((prompt, completion) => gold.Score(prompt, completion));

    /// <summary>Gold with the dials of <see cref="GoldPreferences"/>: mark + λ·words/10 + τ·Gumbel noise decides, which prefers one of two by Bradley and Terry's model.</summary>
    /// <param name="gold">The gold reward.</param>
    /// <param name="dials">Noise and the taste for length; with the share ε best and worst change places.</param>
    /// <param name="seed">An answer's noise depends on it, on the prompt and on the answer alone: the same question is answered the same way.</param>
    public static Annotator Gold(GoldReward gold, GoldPreferences dials, ulong seed)
    {
        var luck = new Rng(seed);
        return (prompt, completions) =>
        {
            var scores = completions.Select(c => gold.Score(prompt, c) + dials.LengthBias * GoldWords.Of(c).Count / 10 + dials.Temperature * Gumbel(luck.Fork($"{prompt}\n{c}"))).ToArray();
            var flipped = luck.Fork($"{prompt}\n{string.Join('\n', completions.Order(StringComparer.Ordinal))}").NextDouble() < dials.Noise;
            return Extremes(scores, completions) is var (best, worst) ? flipped ? (worst, best) : (best, worst) : null;
        };
    }

    /// <summary>A bad judge: whatever has more words is better.</summary>
    public static Annotator Longest { get; } = ByScore((_, completion) => GoldWords.Of(completion).Count);

    /// <summary>Rewards, such as a reward model's.</summary>
    /// <param name="reward">What judges.</param>
    /// <param name="format">Puts prompts and answers into the model's conversation.</param>
    public static Annotator Of(RewardSum reward, PromptFormat format) => (prompt, completions) =>
    {
        var asked = new TokenizedPrompt(prompt, format.Prompt(prompt));
        return Extremes(reward.Score([.. completions.Select(c => new Answer(0, asked, format.Completion(c), true, c))]).Total, completions);
    };

    /// <summary>Answers that were given before to the same questions, in whatever order the completions stand.</summary>
    /// <param name="choices">What was recorded, such as <see cref="Journal.Choices"/>.</param>
    /// <exception cref="AnnotationException">A question was never answered.</exception>
    public static Annotator Recorded(IEnumerable<Choice> choices)
    {
        var known = new Dictionary<string, Choice>(StringComparer.Ordinal);
        foreach (var choice in choices.Where(c => !c.Repeat)) known.TryAdd(choice.Key, choice);
        return (prompt, completions) =>
        {
            if (!known.TryGetValue(Choice.KeyOf(prompt, completions), out var choice))
                throw new AnnotationException($"No answer is recorded to the question \"{Choice.Short(prompt)}\" with these {completions.Count} completions. Ask the ones of the recording: Responder.Recorded.");
            if (choice.Best is not { } best || choice.Worst is not { } worst) return null;
            var shown = completions.ToList();
            return (shown.IndexOf(choice.Completions[best]), shown.IndexOf(choice.Completions[worst]));
        };
    }

    /// <summary>The places of the highest and the lowest score; null where all are equal or one is NaN. Of equal ones a lot decides that knows the text alone, and not the place.</summary>
    internal static (int Best, int Worst)? Extremes(IReadOnlyList<double> scores, IReadOnlyList<string> completions)
    {
        if (scores.Any(double.IsNaN)) return null;
        var places = Enumerable.Range(0, scores.Count).OrderBy(i => scores[i]).ThenBy(i => Choice.Lot(completions[i])).ToArray();
        return scores[places[^1]] > scores[places[0]] ? (places[^1], places[0]) : null;
    }

    private static double Gumbel(Rng rng) => -Math.Log(-Math.Log(1 - rng.NextDouble()));
}
