using Align.Models;
using Align.Runtime;
using Align.Text;

namespace Align.Evaluation;

/// <summary>Where training with a KL penalty leads, in closed form: E[r] − β·KL(π ‖ π₀) is greatest at π*(y|x) = π₀(y|x)·e^{r(x, y)/β}/Z (Rafailov et al. 2023, https://arxiv.org/abs/2305.18290, eq. 4).</summary>
/// <remarks>It needs every completion of a prompt, so the vocabulary and the room have to be tiny; how far a training run still is from its optimum is then a number.</remarks>
public sealed class ExactOptimum
{
    private const int MaxCompletions = 100_000;

    private readonly RolloutBatch _all;

    private ExactOptimum(RolloutBatch all, double[] probabilities) => (_all, Probabilities) = (all, probabilities);

    /// <summary>Every completion: those that end, and those that fill the room.</summary>
    public IReadOnlyList<int[]> Completions => [.. _all.Rows.Select(r => r.Completion)];

    /// <summary>π* of each.</summary>
    public IReadOnlyList<double> Probabilities { get; }

    /// <summary>The optimum for one prompt.</summary>
    /// <param name="reference">π₀.</param>
    /// <param name="prompt">The prompt's ids.</param>
    /// <param name="reward">The reward of a completion.</param>
    /// <param name="beta">β, above 0.</param>
    /// <param name="endId">The id that ends a completion.</param>
    /// <param name="maxTokens">The room.</param>
    /// <exception cref="EnumerationException">β is not above 0, or there are more than 100 000 completions.</exception>
    public static ExactOptimum Of(IPolicy reference, int[] prompt, Func<int[], double> reward, double beta, int endId, int maxTokens)
    {
        if (!(beta > 0)) throw new EnumerationException("β has to be above 0: without a pull towards the reference the optimum is a single completion.");
        var completions = new List<int[]>();
        Extend([]);
        var all = RolloutBatch.Of([.. completions.Select(c => new Rollout(0, prompt, c, c[^1] == endId))], padId: 0);
        var logits = reference.FrozenValues(all.Text).Select((l, i) => l + reward(completions[i]) / beta).ToArray();
        var most = logits.Max();
        var z = logits.Sum(l => Math.Exp(l - most));
        return new(all, [.. logits.Select(l => Math.Exp(l - most) / z)]);

        void Extend(int[] begun)
        {
            for (var id = 0; id < reference.VocabularySize; id++)
            {
                int[] next = [.. begun, id];
                if (id != endId && next.Length < maxTokens) Extend(next);
                else completions.Add(next);
                if (completions.Count > MaxCompletions)
                    throw new EnumerationException($"More than {MaxCompletions} completions of up to {maxTokens} out of {reference.VocabularySize} ids: take fewer.");
            }
        }
    }

    /// <summary>π of every completion under a policy.</summary>
    public IReadOnlyList<double> Of(IPolicy policy) => [.. policy.FrozenValues(_all.Text).Select(Math.Exp)];

    /// <summary>½·Σ |π − π*|, the total variation: 0 at the optimum, 1 where the two share nothing.</summary>
    public double Distance(IPolicy policy) => Of(policy).Zip(Probabilities, (p, q) => Math.Abs(p - q)).Sum() / 2;
}

/// <summary>Too much to enumerate, or an optimum that does not exist.</summary>
public sealed class EnumerationException(string message) : AlignException(message);
