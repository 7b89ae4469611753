using Align.Data;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

public sealed class KtoTests
{
    [Fact]
    public void A_completion_meets_the_prompt_before_it_never_its_own()
    {
        Gen.Select(Gen.Int[2, 30], Gen.Int[2, 8]).Sample((count, block) =>
        {
            var judged = Kto.Mismatch(Judgements(count), block);
            for (var i = 0; i < count; i++)
            {
                var (prompt, completion) = (judged[i].Mismatched!.Ids[0], judged[i].Mismatched!.Ids[1] - 100);
                Assert.Equal(i, prompt);
                Assert.NotEqual(i, completion);
                Assert.Equal([false, true], judged[i].Mismatched!.Trained);
            }

            // Every completion is met once, and inside its block: the blocks are those of the data, but for a last one of one, which joins the one before.
            Assert.Equal(Enumerable.Range(0, count), judged.Select(j => j.Mismatched!.Ids[1] - 100).Order());
            var tail = count % block == 1 && count > block ? count / block - 1 : int.MaxValue;
            Assert.All(judged, j => Assert.Equal(Math.Min(j.Mismatched!.Ids[0] / block, tail), Math.Min((j.Mismatched.Ids[1] - 100) / block, tail)));
        });
    }

    [Fact]
    public void A_judgement_that_could_only_meet_itself_is_refused()
    {
        Assert.Contains("blocks of 1", Assert.Throws<BatchException>(() => Kto.Mismatch(Judgements(4), block: 1)).Message, StringComparison.Ordinal);
        Assert.Contains("its own completion", Assert.Throws<BatchException>(() => Kto.Mismatch(Judgements(1), block: 4)).Message, StringComparison.Ordinal);
        Assert.Empty(Kto.Mismatch([], block: 4));
        var half = Kto.Mismatch(Judgements(2), 2);
        Assert.Contains("1 of 2", Assert.Throws<BatchException>(() => JudgementBatch.Padded([half[0], Judgements(2)[1]], 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pairs_become_judgements_the_chosen_ones_first() =>
        Assert.Equal(
            [new Judgement("a", "good", true), new Judgement("b", "fine", true), new Judgement("a", "bad", false), new Judgement("b", "poor", false)],
            Kto.Unpair([new PreferencePair("a", "good", "bad"), new PreferencePair("b", "fine", "poor")]));

    [Fact]
    public void The_reference_point_is_never_below_0_and_is_a_constant()
    {
        using var scope = NewDisposeScope();
        var ratios = tensor(new[] { 3.0, -1 }).requires_grad_(true);
        var point = Kto.ReferencePoint(ratios);
        Assert.Equal(1, point.item<double>());
        Assert.False(point.requires_grad);
        Assert.Equal(0, Kto.ReferencePoint(-ratios).item<double>());
    }

    [Fact]
    public void A_running_reference_point_is_the_mean_of_all_batches_or_forgets_old_ones()
    {
        using var scope = NewDisposeScope();
        var (plain, forgetful) = (new RunningMoments(), new RunningMoments(keep: 0.5));
        double Point(RunningMoments running, params double[] ratios) => Kto.ReferencePoint(tensor(ratios), running).item<double>();
        Assert.Equal(2, Point(plain, 1, 3), 12);
        Assert.Equal((1 + 3 + 8) / 3.0, Point(plain, 8), 12);
        Assert.Equal(2, Point(forgetful, 1, 3), 12);
        Assert.Equal((0.5 * (1 + 3) + 8) / (0.5 * 2 + 1), Point(forgetful, 8), 12);
        Assert.Equal(0, Point(new RunningMoments(), -5), 12);
    }

    [Fact]
    public void Running_moments_are_those_of_everything_seen()
    {
        using var scope = NewDisposeScope();
        Gen.Double[-100, 100].Array[1, 5].Array[1, 5].Sample(batches =>
        {
            var (running, all) = (new RunningMoments(), batches.SelectMany(b => b).ToArray());
            foreach (var batch in batches)
            {
                using var inner = NewDisposeScope();
                running.Update(tensor(batch));
            }

            var copy = new RunningMoments();
            copy.Load(running.Save());
            foreach (var r in new[] { running, copy })
            {
                Close.To(all.Average(), r.Mean, 1e-10, "mean");
                Close.To(all.Average(v => Math.Pow(v - all.Average(), 2)), r.Variance, 1e-10, "variance");
                Assert.Equal(all.Length, r.Count);
            }
        });
    }

    [Fact]
    public void Margins_are_the_difference_of_the_step_s_means_whatever_the_micro_batches()
    {
        using var scope = NewDisposeScope();
        using var policy = TinyModels.Decoder();
        using var reference = TinyModels.Decoder(seed: 2);
        var judged = Texts(6).Select((t, i) => new TokenizedJudgement(t, i < 4)).ToArray(); // good ones in both micro-batches, bad ones in the second alone
        var objective = Kto.Objective(policy, reference, 0.2, x => Kto.ApoZeroUnpaired(x, 0.2));
        var (whole, micro) = (Train(policy, objective, Kto.Batches(judged, 6, 0)), Train(policy, objective, Kto.Batches(judged, 3, 0), accumulate: 2));
        foreach (var (name, value) in whole.Metrics) Close.To(value, micro[name], 1e-12, name);
        Assert.Equal(whole.Examples["rewards/chosen"].Average() - whole.Examples["rewards/rejected"].Average(), whole["rewards/margins"], 12);

        var oneSided = Train(policy, objective, Kto.Batches(judged[..2], 2, 0));
        Assert.DoesNotContain("rewards/rejected", oneSided.Metrics.Keys);
        Assert.DoesNotContain("rewards/margins", oneSided.Metrics.Keys);
    }

    [Fact]
    public void Kept_log_probabilities_give_the_same_step_as_the_reference_itself()
    {
        using var scope = NewDisposeScope();
        using var policy = TinyModels.Decoder(seed: 2);
        using var reference = TinyModels.Decoder();
        var judged = Kto.Mismatch([.. Texts(7).Select((t, i) => new TokenizedJudgement(t, i % 3 == 0))], 3);
        var kept = Kto.WithReference(judged, reference, padId: 0, batchSize: 2, TestContext.Current.CancellationToken);
        var (live, cached) = (Train(policy, Kto.Objective(policy, reference), Kto.Batches(judged, 7, 0)), Train(policy, Kto.Objective(policy), Kto.Batches(kept, 7, 0)));
        Assert.NotEqual(0, live["kl"]);
        foreach (var (name, value) in live.Metrics) Close.To(value, cached[name], 1e-12, name);
        Assert.Contains("judgement 0", Assert.Throws<MissingLogProbsException>(() => Train(policy, Kto.Objective(policy), Kto.Batches(judged, 7, 0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_that_is_not_taken_leaves_the_running_mean_where_it_was()
    {
        using var scope = NewDisposeScope();
        using var policy = TinyModels.Decoder();
        using var reference = TinyModels.Decoder(seed: 2);
        var running = new RunningMoments();
        var judged = Kto.Mismatch([.. Texts(4).Select((t, i) => new TokenizedJudgement(t, i % 2 == 0))], 2);
        var calls = 0;
        var objective = Kto.Objective(policy, reference, loss: x => Kto.Loss(x, 0.1) * (++calls < 3 ? 1 : double.NaN), running: running);
        Train(policy, objective, Kto.Batches(judged, 2, 0));
        var before = running.Save().ToJsonString();
        Assert.Throws<NonFiniteException>(() => Train(policy, objective, Kto.Batches(judged, 2, 0), accumulate: 2)); // the second micro-batch fails
        Assert.Equal(before, running.Save().ToJsonString());
    }

    [Fact]
    public void A_resumed_run_goes_on_with_the_running_mean()
    {
        using var scope = NewDisposeScope();
        using var reference = TinyModels.Decoder(seed: 2);
        var judged = Texts(6).Select((t, i) => new TokenizedJudgement(t, i % 2 == 0)).ToArray();
        var folder = Directory.CreateTempSubdirectory("align-bco-").FullName;
        try
        {
            var (whole, _) = Steps(seed: 1, steps => steps.ToList());
            Steps(seed: 1, steps => steps.Take(2).ToList(), save: true);
            var (rest, _) = Steps(seed: 9, steps => steps.ToList(), load: true);
            Assert.Equal(whole.Skip(2).Select(s => s["delta"]), rest.Select(s => s["delta"]));
            Assert.Equal(whole[^1]["loss"], rest[^1]["loss"]);

            using var policy = TinyModels.Decoder();
            using var optimizer = new AdamW(policy.Parameters);
            var other = new Run<JudgementBatch>(Kto.Objective(policy, reference), Kto.Batches(judged, 2, 0), optimizer, Schedules.Constant(1e-3), 4);
            Assert.Contains("state of the method", Assert.Throws<RunStateException>(() => other.Load(folder)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        (List<Step> Taken, Run<JudgementBatch> Run) Steps(ulong seed, Func<IEnumerable<Step>, List<Step>> take, bool save = false, bool load = false)
        {
            using var policy = TinyModels.Decoder(seed);
            using var optimizer = new AdamW(policy.Parameters);
            var run = new Run<JudgementBatch>(Bco.Objective(policy, reference), Kto.Batches(judged, 2, 0), optimizer, Schedules.Constant(1e-3), 4);
            if (load) run.Load(folder);
            var taken = take(run.Train());
            if (save) run.Save(folder);
            return (taken, run);
        }
    }

    [Fact]
    public void Judgements_without_texts_or_completions_are_refused_or_defined()
    {
        using var scope = NewDisposeScope();
        using var policy = TinyModels.Decoder();
        var judged = Judgements(2);
        var odd = JudgementBatch.Padded(judged, 0) with { Judgements = [judged[0]] };
        Assert.Contains("1 judgements need as many texts", Assert.Throws<BatchException>(() => Kto.Objective(policy, policy).Terms(odd)).Message, StringComparison.Ordinal);

        var empty = new TokenizedJudgement(new([1, 2], [false, false]), true);
        var masked = Kto.Objective(policy, policy).Terms(JudgementBatch.Padded(Kto.Mismatch([empty, empty], 2), 0));
        Assert.Equal([0.5, 0.5], masked.Examples["loss"]); // no token, no log-ratio
        Assert.All(masked.Metrics.Values, m => Assert.True(double.IsFinite(m.Sum)));
    }

    [Fact]
    public void A_step_leaves_nothing_behind_but_its_loss()
    {
        using var outer = NewDisposeScope();
        using var policy = TinyModels.Decoder();
        var batch = JudgementBatch.Padded(Kto.Mismatch([.. Texts(3).Select(t => new TokenizedJudgement(t, true))], 3), 0);
        foreach (var objective in new[] { Kto.Objective(policy, policy, running: new()), Bco.Objective(policy, policy) })
        {
            using var scope = NewDisposeScope();
            objective.Terms(batch);
            Assert.Equal(1, scope.DisposablesCount);
        }
    }

    /// <summary>Judgement i has the prompt i and the completion 100 + i.</summary>
    private static TokenizedJudgement[] Judgements(int count) => [.. Enumerable.Range(0, count).Select(i => new TokenizedJudgement(TokenizedText.Of([i], [100 + i]), i % 2 == 0))];

    private static IReadOnlyList<TokenizedText> Texts(int count) => TinyModels.Texts(count);

    private static Step Train(Decoder policy, Objective<JudgementBatch> objective, IBatchSource<JudgementBatch> source, int accumulate = 1)
    {
        using var optimizer = new AdamW(policy.Parameters);
        return new Run<JudgementBatch>(objective, source, optimizer, Schedules.Constant(0), steps: 1, accumulate).Train().Single();
    }
}
