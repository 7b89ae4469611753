using Align.Data;
using Align.Runtime;

namespace Align.Rewards;

/// <summary>Preferences sampled from marks by Bradley and Terry's model, with a dial for noise and one for a taste for length.</summary>
/// <remarks>P(x ≻ y) = (1 − 2ε) · σ((mark x − mark y + λ·(words x − words y)/10) / τ) + ε. The best possible judge agrees with a label with probability max(P, 1 − P): its mean is the Bayes ceiling.</remarks>
/// <param name="Temperature">τ: how decided the judge is; the smaller, the more.</param>
/// <param name="LengthBias">λ: marks given for every ten words more, the favourite mistake of judges.</param>
/// <param name="Noise">ε: the share of labels flipped afterwards, below ½.</param>
public sealed record GoldPreferences(double Temperature = 0.5, double LengthBias = 0, double Noise = 0)
{
    /// <summary>The probability that the first answer is preferred.</summary>
    /// <exception cref="GoldRewardException">A dial is out of range.</exception>
    public double Probability(GoldReward gold, string prompt, string first, string second)
    {
        if (!(Temperature > 0) || !double.IsFinite(LengthBias) || !(Noise is >= 0 and < 0.5))
            throw new GoldRewardException($"{this}: the temperature is above 0, the length bias finite, the noise at least 0 and below ½.");
        var marks = gold.Score(prompt, first) - gold.Score(prompt, second);
        var words = GoldWords.Of(first).Count - GoldWords.Of(second).Count;
        var z = (marks + LengthBias * words / 10) / Temperature;
        return (1 - 2 * Noise) / (1 + Math.Exp(-z)) + Noise;
    }

    /// <summary>A pair, the preferred answer first; its margin is the gold mark's, below 0 where the judge went against it.</summary>
    public PreferencePair Sample(GoldReward gold, string prompt, string first, string second, Rng rng)
    {
        var (chosen, rejected) = rng.NextDouble() < Probability(gold, prompt, first, second) ? (first, second) : (second, first);
        return new(prompt, chosen, rejected, Math.Round(gold.Score(prompt, chosen) - gold.Score(prompt, rejected), 3));
    }

    /// <summary>The pair judged anew with these dials: which answer stood first does not matter.</summary>
    public PreferencePair Relabel(GoldReward gold, PreferencePair pair, Rng rng)
    {
        var (first, second) = string.CompareOrdinal(pair.Chosen, pair.Rejected) < 0 ? (pair.Chosen, pair.Rejected) : (pair.Rejected, pair.Chosen);
        return Sample(gold, pair.Prompt, first, second, rng);
    }

    /// <summary>The Bayes ceiling: the share of these pairs' labels that the best possible judge gets right.</summary>
    public double Ceiling(GoldReward gold, IEnumerable<PreferencePair> pairs) => pairs.Average(pair =>
    {
        var p = Probability(gold, pair.Prompt, pair.Chosen, pair.Rejected);
        return Math.Max(p, 1 - p);
    });
}
