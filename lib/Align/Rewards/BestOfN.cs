using Align.Runtime;

namespace Align.Rewards;

/// <summary>Best-of-n: n answers are written and the one with the highest reward is kept. Nothing is trained; it costs n times the writing.</summary>
public static class BestOfN
{
    /// <summary>log n − (n − 1)/n: at most how far best-of-n is from the one who writes, KL in nats per answer; reached where no single answer is likely (Beirami et al. 2024, https://arxiv.org/abs/2401.01879).</summary>
    /// <param name="n">The answers, at least 1.</param>
    /// <exception cref="BestOfNException">n is below 1.</exception>
    public static double Kl(int n) => n >= 1 ? Math.Log(n) - (n - 1.0) / n : throw new BestOfNException($"Best-of-{n} keeps nothing: n is at least 1.");

    /// <summary>The KL of best-of-n from the one who writes, measured on m answers to one prompt: below <see cref="Kl(int)"/> where answers are likely enough to be drawn twice, and where rewards are equal, as of equal ones any is kept.</summary>
    /// <param name="rewards">Their rewards.</param>
    /// <param name="logProbs">log π(y|x) of each, whole, under the one who writes.</param>
    /// <param name="n">Answers per draw, 1 to m.</param>
    /// <returns>Σ_k w_k·log((F_k^n − (F_k − P_k)^n) / P_k), with w the <see cref="Weights"/>, F the probability of a reward that is not higher and P that of the same one: the shares of the m, P no
    /// less than the answer's own probability. Where a reward came once, P is that probability, and F by its rank (k − ½)/(m + ½).</returns>
    /// <exception cref="BestOfNException">n is not within 1 to m, a reward is NaN, or the numbers of values differ.</exception>
    public static double Kl(IReadOnlyList<double> rewards, IReadOnlyList<double> logProbs, int n)
    {
        if (rewards.Count != logProbs.Count) throw new BestOfNException($"{rewards.Count} rewards and {logProbs.Count} log-probabilities: every answer has one of each.");
        var weights = Weights(rewards, n);
        return Enumerable.Range(0, rewards.Count).Sum(i =>
        {
            var (notHigher, same, p) = (rewards.Count(r => r <= rewards[i]), rewards.Count(r => r == rewards[i]), Math.Exp(logProbs[i]));
            var mass = same == 1 ? p : Math.Max(p, same / (double)rewards.Count);
            var below = Math.Max(mass, same == 1 ? (notHigher - 0.5) / (rewards.Count + 0.5) : notHigher / (double)rewards.Count);
            // For a tiny mass the difference of powers would be all rounding: then it is P·n·F^(n − 1).
            var gain = mass < 1e-9 ? n * Math.Pow(below, n - 1) : (Math.Pow(below, n) - Math.Pow(below - mass, n)) / mass;
            return weights[i] * Math.Log(gain);
        });
    }

    /// <summary>How often each of m answers would be the best of n drawn from among them without putting back: weights for means of anything over best-of-n, at the price of one sample.</summary>
    /// <param name="rewards">The rewards of the m answers to one prompt.</param>
    /// <param name="n">Answers per draw, 1 to m.</param>
    /// <returns>One weight per answer, adding up to 1; of equal rewards the later counts as the higher.</returns>
    /// <exception cref="BestOfNException">n is not within 1 to m, or a reward is NaN.</exception>
    public static double[] Weights(IReadOnlyList<double> rewards, int n)
    {
        var m = rewards.Count;
        if (n < 1 || n > m) throw new BestOfNException($"Best-of-{n} out of {m} answers: n is at least 1 and at most {m}.");
        if (rewards.Any(double.IsNaN)) throw new BestOfNException("An answer has no reward: which one is the best cannot be said.");
        var weights = new double[m];
        var left = 1.0; // the probability that no answer above this rank was drawn
        foreach (var (place, above) in Enumerable.Range(0, m).OrderByDescending(i => rewards[i]).ThenByDescending(i => i).Select((place, above) => (place, above)))
        {
            weights[place] = left * Math.Min(1, n / (double)(m - above)); // drawn, given that the n all come from the m − above that remain
            left -= weights[place];
        }

        return weights;
    }
}

/// <summary>A best-of-n that does not exist.</summary>
public sealed class BestOfNException(string message) : AlignException(message);
