using System.Globalization;
using Align.Runtime;

namespace Align.Models;

/// <summary>How the next token is drawn: repetition penalty, temperature, top-k, top-p, min-p, in this order.</summary>
/// <param name="Temperature">Divides the logits; 0 takes the most likely token.</param>
/// <param name="TopK">Keeps the k most likely tokens and what ties with the last of them; 0 keeps all.</param>
/// <param name="TopP">Keeps the most likely tokens until their probability reaches p, at least one; 1 keeps all.</param>
/// <param name="MinP">Keeps what is at least this share of the most likely token's probability; 0 keeps all.</param>
/// <param name="RepetitionPenalty">Divides positive and multiplies negative logits of every token already in the row, once; 1 leaves them.</param>
public sealed record Sampling(double Temperature = 1, int TopK = 0, double TopP = 1, double MinP = 0, double RepetitionPenalty = 1)
{
    /// <summary>Always the most likely token.</summary>
    public static Sampling Greedy { get; } = new(Temperature: 0);

    /// <summary>The distribution that the next token is drawn from.</summary>
    /// <param name="logits">One per id.</param>
    /// <param name="seen">The ids of the row so far, prompt included; what the penalty looks at.</param>
    /// <returns>Probabilities, summing to 1; 0 for what is not kept.</returns>
    /// <exception cref="SamplingException">A setting is out of range, or no logit is finite.</exception>
    public double[] Probabilities(ReadOnlySpan<float> logits, IEnumerable<int> seen)
    {
        Check();
        var x = new double[logits.Length];
        for (var i = 0; i < x.Length; i++) x[i] = logits[i];
        if (RepetitionPenalty != 1)
            foreach (var id in seen.Distinct()) x[id] = x[id] < 0 ? x[id] * RepetitionPenalty : x[id] / RepetitionPenalty;

        var best = Best(x);
        if (!double.IsFinite(x[best])) throw new SamplingException($"The best logit is {x[best]}: the model's weights are broken, or training has diverged.");
        if (Temperature == 0)
        {
            Array.Clear(x);
            x[best] = 1;
            return x;
        }

        for (var i = 0; i < x.Length; i++) x[i] /= Temperature;
        if (TopK > 0 && TopK < x.Length)
        {
            var sorted = (double[])x.Clone();
            Array.Sort(sorted);
            var least = sorted[^TopK];
            for (var i = 0; i < x.Length; i++) if (x[i] < least) x[i] = double.NegativeInfinity;
        }

        Softmax(x);
        if (TopP < 1) KeepTop(x);
        if (MinP > 0)
        {
            var least = MinP * x[Best(x)];
            for (var i = 0; i < x.Length; i++) if (x[i] < least) x[i] = 0;
        }

        var sum = x.Sum();
        for (var i = 0; i < x.Length; i++) x[i] /= sum;
        return x;
    }

    /// <summary>Draws an id.</summary>
    public int Draw(ReadOnlySpan<float> logits, IEnumerable<int> seen, Rng rng)
    {
        var p = Probabilities(logits, seen);
        if (Temperature == 0) return Best(p);
        var u = rng.NextDouble();
        var last = 0;
        for (var i = 0; i < p.Length; i++)
        {
            if (p[i] == 0) continue;
            last = i;
            u -= p[i];
            if (u < 0) break;
        }

        return last; // rounding may leave a hair of u: then the last id that was kept
    }

    private void Check()
    {
        var wrong = !(Temperature >= 0) ? ("temperature", Temperature, "at least 0")
            : TopK < 0 ? ("top-k", TopK, "at least 0")
            : !(TopP is >= 0 and <= 1) ? ("top-p", TopP, "within [0, 1]")
            : !(MinP is >= 0 and <= 1) ? ("min-p", MinP, "within [0, 1]")
            : !(RepetitionPenalty > 0) ? ("repetition penalty", RepetitionPenalty, "above 0")
            : ((string, double, string)?)null;
        if (wrong is var (name, value, range)) throw new SamplingException(string.Create(CultureInfo.InvariantCulture, $"The {name} is {value}; it must be {range}."));
    }

    /// <summary>Drops from the least likely upwards while what is dropped holds at most 1 − p; the best stays.</summary>
    private void KeepTop(double[] p)
    {
        var order = Enumerable.Range(0, p.Length).OrderBy(i => p[i]).ToArray();
        var dropped = 0.0;
        for (var i = 0; i < order.Length - 1; i++)
        {
            dropped += p[order[i]];
            if (dropped > 1 - TopP) break;
            p[order[i]] = 0;
        }
    }

    private static void Softmax(double[] x)
    {
        var max = x.Max();
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++) sum += x[i] = Math.Exp(x[i] - max);
        for (var i = 0; i < x.Length; i++) x[i] /= sum;
    }

    private static int Best(double[] x)
    {
        var best = 0;
        for (var i = 1; i < x.Length; i++) if (x[i] > x[best] || double.IsNaN(x[i])) best = i;
        return best;
    }
}

/// <summary>Settings out of range, or logits from which nothing can be drawn.</summary>
public sealed class SamplingException(string message) : AlignException(message);
