namespace Align.Rewards;

/// <summary>Rewards that need no model: format, repetition, length, accuracy. Each is a pure function; <see cref="Reward.Each"/> makes a reward of it.</summary>
public static class Rules
{
    private const string Open = "<think>", Close = "</think>";

    /// <summary>1 where the text begins with one thought <c>&lt;think&gt;…&lt;/think&gt;</c> and opens no second one, else 0.</summary>
    public static double ThinkFormat(string text) =>
        text.StartsWith(Open, StringComparison.Ordinal)
        && text.IndexOf(Open, Open.Length, StringComparison.Ordinal) < 0
        && text.IndexOf(Close, Open.Length, StringComparison.Ordinal) >= 0 ? 1 : 0;

    /// <summary>The share of n-grams that are repeats, times the largest penalty (Yeo et al. 2025, https://arxiv.org/abs/2502.03373).</summary>
    /// <param name="ids">The answer's ids.</param>
    /// <param name="n">The length of an n-gram.</param>
    /// <param name="maxPenalty">What pure repetition approaches, at most 0.</param>
    public static double Repetition(IReadOnlyList<int> ids, int n, double maxPenalty)
    {
        var total = ids.Count - n + 1;
        if (total <= 0) return 0;
        var distinct = Enumerable.Range(0, total).Select(at => string.Join(' ', ids.Skip(at).Take(n))).Distinct().Count();
        return (1 - (double)distinct / total) * maxPenalty;
    }

    /// <summary>0 up to max − cache tokens, −1 above max, a straight line between (DAPO, Yu et al. 2025, https://arxiv.org/abs/2503.14476, eq. 13).</summary>
    /// <param name="length">The answer's tokens.</param>
    /// <param name="max">The most tokens an answer may have.</param>
    /// <param name="cache">Over how many tokens the punishment grows.</param>
    public static double SoftOverlong(int length, int max, int cache)
    {
        if (length <= max - cache) return 0;
        return length <= max ? (double)(max - cache - length) / cache : -1;
    }

    /// <summary>A right answer is worth more the shorter it is, a wrong one costs less the longer it is; half a cosine leads from one end to the other (Yeo et al. 2025).</summary>
    /// <param name="correct">Whether the answer is right.</param>
    /// <param name="length">Its length.</param>
    /// <param name="max">The length from which on nothing changes.</param>
    /// <param name="right">What a right answer gets when short and when long.</param>
    /// <param name="wrong">What a wrong answer gets when short and when long.</param>
    public static double CosineLength(bool correct, int length, int max, (double Short, double Long) right, (double Short, double Long) wrong)
    {
        var (atStart, atEnd) = correct ? right : wrong;
        var progress = Math.Min(1.0, (double)length / max);
        return atEnd + 0.5 * (atStart - atEnd) * (1 + Math.Cos(progress * Math.PI));
    }

    /// <summary>1 where the answer is the expected one but for white space around it, else 0.</summary>
    /// <param name="text">The answer, or the part of it that counts.</param>
    /// <param name="expected">What it should say.</param>
    public static double Accuracy(string text, string expected) => text.AsSpan().Trim().SequenceEqual(expected.AsSpan().Trim()) ? 1 : 0;
}
