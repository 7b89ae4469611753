using Align.Rewards;

namespace Align.Evaluation;

/// <summary>Answers and what the gold reward makes of them.</summary>
/// <param name="Answers">The answers.</param>
/// <param name="Marks">Their marks, in order.</param>
public sealed record GoldReport(IReadOnlyList<Answer> Answers, IReadOnlyList<GoldMark> Marks)
{
    /// <summary>Judges answers.</summary>
    /// <exception cref="GoldRewardException">A prompt's facts are not known.</exception>
    public static GoldReport Of(GoldReward gold, IReadOnlyList<Answer> answers) =>
        new(answers, [.. answers.Select(a => gold.Breakdown(a.Prompt.Text, a.Text, a.Ended))]);

    /// <summary>The marks out of 10.</summary>
    public IReadOnlyList<double> Scores => [.. Marks.Select(m => m.Mark)];

    /// <summary>The mean of each criterion.</summary>
    /// <exception cref="GoldRewardException">There are no answers.</exception>
    public GoldMark Mean => Marks.Count == 0 ? throw new GoldRewardException("The report holds no answers, so there is no mean. Give it at least one prompt; one that was cancelled at once has none.") : new(
        Marks.Average(m => m.Truth), Marks.Average(m => m.Topic), Marks.Average(m => m.Polite),
        Marks.Average(m => m.Concise), Marks.Average(m => m.Fresh), Marks.Average(m => m.Ending));

    /// <summary>The mean number of words of an answer.</summary>
    public double Words => Answers.Average(a => GoldWords.Of(a.Text).Count);

    /// <summary>The share of answers that ended by themselves.</summary>
    public double Ended => Answers.Average(a => a.Ended ? 1.0 : 0);

    /// <summary>distinct-n (Li et al. 2016, https://arxiv.org/abs/1510.03055): different runs of n words among all runs of n words of all answers. Low where a model always says the same.</summary>
    public double Distinct(int n)
    {
        var runs = new List<string>();
        foreach (var answer in Answers)
        {
            var words = GoldWords.Of(answer.Text);
            for (var i = 0; i + n <= words.Count; i++) runs.Add(string.Join(' ', words.GetRange(i, n)));
        }

        return runs.Count == 0 ? 0 : runs.Distinct().Count() / (double)runs.Count;
    }

    /// <summary>How often these answers beat those of another model to the same prompts.</summary>
    public WinRate Against(GoldReport other) => WinRate.Of(Scores, other.Scores);
}
