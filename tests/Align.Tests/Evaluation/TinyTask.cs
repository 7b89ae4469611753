using Align.Data;
using Align.Evaluation;
using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Tests.Evaluation;

/// <summary>One prompt, few ids, little room: every answer can be counted, and so the optimum is known.</summary>
/// <param name="vocabulary">V; id 0 ends an answer.</param>
/// <param name="room">The most tokens of an answer.</param>
internal sealed class TinyTask(int vocabulary, int room) : IDisposable
{
    public const double Beta = 0.5;

    private const int End = 0;

    private static readonly TokenizedPrompt Prompt = new("", [1]);

    public TablePolicy Reference { get; } = new TablePolicy(vocabulary, room, ScalarType.Float64).Randomise(new Rng(1), 0.5);

    public ExactOptimum Optimum => ExactOptimum.Of(Reference, Prompt.Ids, Score, Beta, End, room);

    public RewardSum Reward { get; } = new(Align.Rewards.Reward.Each("score", a => Score(a.Ids)));

    public Writing Writing { get; } = new(room, [End], PadId: End);

    /// <summary>Each token is worth its id squared, by turns more and less; an answer that ends gets something too.</summary>
    public static double Score(int[] ids) => ids.Select((id, i) => id * id * (i % 2 == 0 ? 0.25 : -0.25)).Sum() + (ids[^1] == End ? 0.3 : 0);

    /// <summary>So many copies of the prompt make a rollout.</summary>
    public static IBatchSource<PromptBatch> Prompts(int copies) =>
        new Examples<TokenizedPrompt, PromptBatch>([.. Enumerable.Repeat(Prompt, copies)], copies, (prompts, places) => new PromptBatch(prompts, places));

    /// <summary>How far the policy is from the optimum before and after training, with a rate that falls to 0.</summary>
    public (double Before, double After) Train<TBatch>(TablePolicy policy, ITrainable trained, Objective<TBatch> objective, IBatchSource<TBatch> source, int steps, double rate = 0.05)
        where TBatch : IBatch
    {
        using var optimizer = new AdamW(trained.Parameters);
        var (optimum, before) = (Optimum, Optimum.Distance(policy));
        Assert.Equal(steps, new Run<TBatch>(objective, source, optimizer, Schedules.Linear(rate, steps), steps).Train().Count());
        return (before, optimum.Distance(policy));
    }

    /// <summary>Every ordered pair of answers, and the chance that the first is preferred: σ(r(a) − r(b)).</summary>
    public (TokenizedPair[] Pairs, double[] Chances) Preferences()
    {
        var answers = Optimum.Completions;
        var all = answers.SelectMany(a => answers.Where(b => !ReferenceEquals(a, b)).Select(b => (a, b))).ToArray();
        return (
            [.. all.Select(p => new TokenizedPair(TokenizedText.Of(Prompt.Ids, p.a), TokenizedText.Of(Prompt.Ids, p.b)))],
            [.. all.Select(p => 1 / (1 + Math.Exp(Score(p.b) - Score(p.a))))]);
    }

    /// <summary>
    /// Where a policy ends whose tokens pay for their own KL alone and not for what they lead to: π†(a|s) ∝ π₀(a|s)·e^{Q(s, a)/β}, with Q the reward that π† then expects.
    /// </summary>
    /// <returns>Over the optimum's completions.</returns>
    public double[] Shortsighted()
    {
        var (completions, reference) = (Optimum.Completions, Optimum.Of(Reference));
        return From([]).Given;

        (double Value, double[] Given) From(int[] begun)
        {
            if (completions.Any(c => c.SequenceEqual(begun))) return (Score(begun), [.. completions.Select(c => c.SequenceEqual(begun) ? 1.0 : 0)]);
            int[][] next = [.. Enumerable.Range(0, vocabulary).Select(id => (int[])[.. begun, id])];
            var after = next.Select(From).ToArray();
            var weights = next.Zip(after, (n, a) => completions.Zip(reference, (c, p) => c.AsSpan().StartsWith(n) ? p : 0).Sum() * Math.Exp(a.Value / Beta)).ToArray();
            double[] chances = [.. weights.Select(w => w / weights.Sum())];
            return (chances.Zip(after, (p, a) => p * a.Value).Sum(), [.. completions.Select((_, c) => chances.Zip(after, (p, a) => p * a.Given[c]).Sum())]);
        }
    }

    public void Dispose() => Reference.Dispose();
}
