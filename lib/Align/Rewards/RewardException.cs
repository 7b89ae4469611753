using System.Globalization;
using Align.Runtime;

namespace Align.Rewards;

/// <summary>A reward function threw, gave NaN, or gave another number of rewards than it was asked for. Nothing was trained on, and the same answers are written again at the next try.</summary>
public sealed class RewardException : AlignException
{
    private const int Shown = 80;

    internal RewardException(string function, IReadOnlyList<Answer> answers, int? row, string what, Exception? inner = null)
        : base($"Reward function \"{function}\" {what} at {Where(answers, row)}. Mend the function; where it does not apply let it give null.", inner)
    {
        (Function, Row, Answer) = (function, row, answers.Count == 0 ? null : answers[row ?? 0]);
    }

    /// <summary>The function.</summary>
    public string Function { get; }

    /// <summary>The row of the rollout; null where it was about all of them.</summary>
    public int? Row { get; }

    /// <summary>The answer of that row, or of the first.</summary>
    public Answer? Answer { get; }

    private static string Where(IReadOnlyList<Answer> answers, int? row)
    {
        if (answers.Count == 0) return "no answer";
        var a = answers[row ?? 0];
        var rows = row is { } r ? $"row {r.ToString(CultureInfo.InvariantCulture)}" : $"rows 0 … {(answers.Count - 1).ToString(CultureInfo.InvariantCulture)}, the first";
        return $"{rows}: prompt {a.Place.ToString(CultureInfo.InvariantCulture)} \"{Short(a.Prompt.Text)}\", answer \"{Short(a.Text)}\" ({a.Ids.Length.ToString(CultureInfo.InvariantCulture)} tokens)";
    }

    private static string Short(string text) => text.Length <= Shown ? text : text[..Shown] + "…";
}
