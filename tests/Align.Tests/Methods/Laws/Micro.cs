using Align.Methods;
using Align.Models;
using Align.Text;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Tests.Methods.Laws;

/// <summary>Runs a whole method over the same examples in micro-batches of any sizes, as the loop does.</summary>
internal static class Micro
{
    /// <summary>The step's loss and its gradient with respect to the table of a <see cref="BigramPolicy"/>, flat.</summary>
    /// <param name="examples">One triple of prompt, first and second answer an example.</param>
    /// <param name="tables">The policy's and the reference's, V × V numbers.</param>
    /// <param name="sizes">Examples per micro-batch.</param>
    internal delegate double[] Method(IReadOnlyList<(int[] Prompt, int[] First, int[] Second)> examples, (double[] Policy, double[] Reference) tables, IReadOnlyList<int> sizes);

    public static Method Pairs(Func<IPolicy, IPolicy, Objective<PreferenceBatch>> method, bool promptsToo = false) => (examples, tables, sizes) =>
        Run(tables, method, sizes, (start, count) =>
        {
            TokenizedPair[] pairs = [.. examples.Skip(start).Take(count).Select(e => new TokenizedPair(TokenizedText.Of(e.Prompt, e.First), TokenizedText.Of(e.Prompt, e.Second)))];
            return promptsToo ? Orpo.Batch(pairs, padId: 0, [.. Enumerable.Range(start, count)]) : PreferenceBatch.Padded(pairs, padId: 0);
        });

    public static Method Judgements(Func<IPolicy, IPolicy, Objective<JudgementBatch>> method) => (examples, tables, sizes) =>
    {
        var judged = Kto.Mismatch([.. examples.Select((e, i) => new TokenizedJudgement(TokenizedText.Of(e.Prompt, e.First), i % 2 == 0))], 2);
        return Run(tables, method, sizes, (start, count) => JudgementBatch.Padded([.. judged.Skip(start).Take(count)], padId: 0));
    };

    public static Method Texts(Func<IPolicy, Objective<TextBatch>> method) => (examples, tables, sizes) =>
        Run(tables, (p, _) => method(p), sizes, (start, count) =>
            new TextBatch(Batching.Padded([.. examples.Skip(start).Take(count).Select(e => TokenizedText.Of(e.Prompt, e.First))], padId: 0), [0]));

    private static double[] Run<TBatch>(
        (double[] Policy, double[] Reference) tables, Func<IPolicy, IPolicy, Objective<TBatch>> method, IReadOnlyList<int> sizes, Func<int, int, TBatch> batchOf)
        where TBatch : IBatch
    {
        using var scope = NewDisposeScope();
        var leaf = Square(tables.Policy).requires_grad_(true);
        var objective = method(new BigramPolicy(leaf), new BigramPolicy(Square(tables.Reference)));
        var at = 0;
        var batches = sizes.Select(n => batchOf((at += n) - n, n)).ToArray();
        var weights = batches.Select(objective.Weights).Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);
        double loss = 0;
        foreach (var batch in batches)
        {
            var part = objective.Terms(batch).Losses.Select((t, i) => t.Sum * (t.Coefficient / weights[i])).Aggregate((a, b) => a + b);
            part.backward();
            loss += part.item<double>();
        }

        return [loss, .. leaf.grad!.Values()];
    }

    private static Tensor Square(double[] values) => tensor(values, [(long)Math.Sqrt(values.Length), (long)Math.Sqrt(values.Length)], ScalarType.Float64);
}
