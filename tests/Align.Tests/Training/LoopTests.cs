using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Training;

public sealed class LoopTests
{
    [Fact]
    public void Step_0_of_dpo_is_ln_2()
    {
        foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32 })
        {
            using var policy = TinyModels.Decoder(type: type);
            using var reference = policy.Copy();
            var pairs = TinyModels.Pairs(6);
            foreach (var kept in new[] { false, true })
            {
                using var scope = NewDisposeScope();
                var data = kept ? Dpo.WithReference(pairs, reference, padId: 0, batchSize: 4) : pairs;
                var objective = Dpo.Objective(policy, kept ? null : reference);
                var terms = objective.Terms(PreferenceBatch.Padded(data, padId: 0));
                Close.To(Math.Log(2), terms.Losses[0].Sum.ToDouble() / 6, 1e-6, $"loss ({type}, kept: {kept})");
                Close.To(0, terms.Metrics["rewards/margins"].Sum, 1e-5, "margins");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Accumulating_small_batches_equals_the_big_batch(int size)
    {
        using var scope = NewDisposeScope();
        using var big = TinyModels.Decoder();
        using var small = TinyModels.Decoder();
        using var reference = TinyModels.Decoder(seed: 2);
        var texts = TinyModels.Texts(6);
        Compare(
            Once(big, Sft.Objective(big), Sft.Batches(texts, 6, 0), 1), Once(small, Sft.Objective(small), Sft.Batches(texts, size, 0), 6 / size), big, small);

        var pairs = TinyModels.Pairs(6);
        Compare(
            Once(big, Dpo.Objective(big, reference), Dpo.Batches(pairs, 6, 0), 1), Once(small, Dpo.Objective(small, reference), Dpo.Batches(pairs, size, 0), 6 / size), big, small);
    }

    [Fact]
    public void A_compact_batch_of_pairs_gives_the_same_loss_and_step_with_fewer_tokens()
    {
        using var scope = NewDisposeScope();
        using var plain = TinyModels.Decoder();
        using var compact = TinyModels.Decoder();
        using var reference = TinyModels.Decoder(seed: 2);
        TokenizedPair[] pairs = [.. TinyModels.Pairs(6).OrderBy(p => p.Chosen.Ids.Length + p.Rejected.Ids.Length)]; // the order within a compact batch
        var expected = Once(plain, Dpo.Objective(plain, reference), Dpo.Batches(pairs, 6, 0), 1);
        var actual = Once(compact, Dpo.Objective(compact, reference), Dpo.CompactBatches(pairs, 6, 0), 1);
        Assert.True(actual["num_tokens"] < expected["num_tokens"]);
        Compare(expected with { Metrics = expected.Metrics.Where(m => m.Key != "num_tokens").ToDictionary() }, actual, plain, compact);
    }

    [Fact]
    public void Compact_batches_of_texts_hold_every_text_once_and_fewer_padded_places()
    {
        var texts = TinyModels.Texts(12);
        (HashSet<int> Places, int Area) Of(Examples<TokenizedText, TextBatch> source)
        {
            var batches = Enumerable.Range(0, 4).Select(_ => source.Next()!).ToList();
            return ([.. batches.SelectMany(b => b.Examples)], batches.Sum(b => b.Text.Rows * b.Text.Columns));
        }

        var (plain, compact) = (Of(Sft.Batches(texts, 3, 0, new Rng(1))), Of(Sft.CompactBatches(texts, 3, 0, new Rng(1))));
        Assert.Equal(12, compact.Places.Count);
        Assert.True(compact.Area < plain.Area, $"{compact.Area} places and not below {plain.Area}");
    }

    [Fact]
    public void A_loss_or_gradient_that_is_not_finite_stops_before_the_step_and_names_the_examples()
    {
        using var policy = TinyModels.Decoder();
        using var optimizer = new AdamW(policy.Parameters);
        var objective = Sft.Objective(policy);
        var step = 0;
        var poisoned = objective with
        {
            Terms = batch =>
            {
                var terms = objective.Terms(batch);
                if (++step < 3) return terms;
                var bad = ones(batch.Examples.Count, ScalarType.Float64);
                bad[0] = double.NaN;
                return new Terms(new LossTerm("nll", terms.Losses[0].Sum * double.NaN)).PerExample("nll", bad);
            },
        };
        var run = new Run<TextBatch>(poisoned, Sft.Batches(TinyModels.Texts(6), 2, 0), optimizer, Schedules.Constant(1e-2), 10);
        double[][] before = [];
        var error = Assert.Throws<NonFiniteException>(() =>
        {
            foreach (var _ in run.Train()) before = [.. policy.Parameters.Select(p => p.Value.Values())];
        });
        Assert.Equal(3, error.Step);
        Assert.Equal([4], error.Examples); // the first example of the third batch of two
        Assert.Contains("nll", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, policy.Parameters.Select(p => p.Value.Values())); // every bit
        Assert.Equal(2, run.Step);

        // The gradient alone: sqrt at 0 has none.
        step = 3;
        var root = objective with { Terms = batch => new Terms(new LossTerm("nll", (objective.Terms(batch).Losses[0].Sum * 0).sqrt())) };
        var second = new Run<TextBatch>(root, Sft.Batches(TinyModels.Texts(6), 2, 0), optimizer, Schedules.Constant(1e-2), 10);
        Assert.Contains("model.embed_tokens.weight", Assert.Throws<NonFiniteException>(() => second.Train().ToList()).Message, StringComparison.Ordinal);
        Assert.Equal(before, policy.Parameters.Select(p => p.Value.Values()));
    }

    [Fact]
    public void A_run_leaves_no_tensor_behind()
    {
        using var policy = TinyModels.Decoder(type: ScalarType.Float32);
        using var reference = policy.Copy();
        using var optimizer = new AdamW(policy.Parameters);
        var run = new Run<PreferenceBatch>(Dpo.Objective(policy, reference), Dpo.Batches(TinyModels.Pairs(8), 2, 0), optimizer, Schedules.Constant(1e-3), 40, accumulate: 2);
        using var steps = run.Train().GetEnumerator();
        steps.MoveNext(); // the gradients come to be in the first step, and stay
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        while (steps.MoveNext()) Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        policy.Complete([[1, 2], [3, 4, 5]], new Sampling(), 6, [7], 0, new Rng(1));
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void All_tokens_masked_gives_loss_0_and_no_NaN()
    {
        using var policy = TinyModels.Decoder();
        using var optimizer = new AdamW(policy.Parameters);
        TokenizedText[] texts = [new([1, 2, 3], new bool[3]), new([4, 5], new bool[2])];
        var run = new Run<TextBatch>(Sft.Objective(policy), Sft.Batches(texts, 2, 0), optimizer, Schedules.Constant(1e-2), 1);
        var step = run.Train().Single();
        Assert.Equal(0, step["loss"]);
        Assert.Equal(0, step["grad_norm"]);
    }

    [Fact]
    public void A_time_out_that_is_not_ours_is_an_error_and_no_end()
    {
        using var policy = TinyModels.Decoder();
        using var optimizer = new AdamW(policy.Parameters);
        var objective = Sft.Objective(policy) with { Terms = _ => throw new TaskCanceledException("a judge that did not answer") };
        var run = new Run<TextBatch>(objective, Sft.Batches(TinyModels.Texts(6), 2, 0), optimizer, Schedules.Constant(1e-2), 3);
        Assert.Throws<TaskCanceledException>(() => run.Train().ToList());
    }

    [Fact]
    public void Cancelling_keeps_what_was_trained()
    {
        using var policy = TinyModels.Decoder();
        using var optimizer = new AdamW(policy.Parameters);
        using var source = new CancellationTokenSource();
        var run = new Run<TextBatch>(Sft.Objective(policy), Sft.Batches(TinyModels.Texts(6), 2, 0), optimizer, Schedules.Constant(1e-2), 100);
        foreach (var step in run.Train(source.Token)) if (step.Number == 3) source.Cancel();
        Assert.Equal(3, run.History.Count);
        Assert.Equal(4, run.Train().First().Number);
    }

    [Fact]
    public void A_history_comes_back_from_its_file()
    {
        var path = Path.GetTempFileName();
        var history = new History { new Step(1, new Dictionary<string, double> { ["loss"] = 0.1, ["x"] = double.NaN }, new Dictionary<string, double[]> { ["rewards/chosen"] = [1, double.NegativeInfinity] }) };
        history.Write(path);
        var back = History.Read(path);
        Assert.Equal(history[0].Metrics, back[0].Metrics);
        Assert.Equal(history[0].Examples["rewards/chosen"], back[0].Examples["rewards/chosen"]);
        File.AppendAllText(path, "{}\n");
        Assert.Contains("line 2", Assert.Throws<HistoryException>(() => History.Read(path)).Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    private static Step Once<TBatch>(Decoder policy, Objective<TBatch> objective, IBatchSource<TBatch> source, int accumulate)
        where TBatch : class, IBatch
    {
        using var optimizer = new AdamW(policy.Parameters);
        return new Run<TBatch>(objective, source, optimizer, Schedules.Constant(1e-3), 1, accumulate).Train().Single();
    }

    private static void Compare(Step expected, Step actual, Decoder a, Decoder b)
    {
        foreach (var (name, value) in expected.Metrics) Close.To(value, actual[name], 1e-12, name);
        foreach (var (name, values) in expected.Examples) Close.To(values, actual.Examples[name], 1e-12, name);
        foreach (var (x, y) in a.Parameters.Zip(b.Parameters))
        {
            Close.To(x.Value.grad!, y.Value.grad!, 1e-11, $"gradient of {x.Name}"); // fp64, hundreds of terms summed in another order
            Close.To(x.Value, y.Value, 1e-9, x.Name);
        }
    }
}
