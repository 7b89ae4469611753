using Align.Evaluation;
using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Evaluation;

/// <summary>Tests that measure the whole process's memory: nothing runs beside them.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;

[Collection(nameof(MeasuredAlone))]
public sealed class ComparisonTests : IDisposable
{
    private const int Budget = 150;

    private readonly string _folder = Directory.CreateTempSubdirectory("align-comparison-").FullName;
    private readonly Decoder _start = TinyModels.Decoder(type: ScalarType.Float32);
    private readonly IReadOnlyList<TokenizedPair> _pairs = TinyModels.Pairs(8);
    private int _evaluated;

    private static Contender[] All =>
    [
        Contender.Loss("DPO", x => Dpo.Sigmoid(x, 0.1)),
        Contender.Of("ORPO", (policy, _) => Orpo.Objective(policy), Orpo.Batches),
        Contender.Judgements("KTO", (policy, reference) => Kto.Objective(policy, reference)),
        Contender.Texts(),
    ];

    private string Cells => Path.Combine(_folder, "cells.jsonl");

    public void Dispose()
    {
        _start.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void All_methods_get_the_same_budget_and_what_they_cost_is_counted()
    {
        var rows = Comparison().Run(All, [1, 2], TestContext.Current.CancellationToken).ToList();
        Assert.Equal([("DPO", 1ul), ("ORPO", 1ul), ("KTO", 1ul), ("SFT", 1ul), ("DPO", 2ul), ("ORPO", 2ul), ("KTO", 2ul), ("SFT", 2ul)], rows.Select(r => (r.Method, r.Seed)));
        Assert.Equal([2.0, 1, 4, 1], rows.Take(4).Select(r => r.ForwardPasses)); // policy and reference; KTO's mismatched answers too
        Assert.Equal([2, 1, 2, 1], rows.Take(4).Select(r => r.Models));
        foreach (var row in rows)
        {
            Assert.Null(row.Failure);
            Assert.InRange(row.Tokens, Budget, Budget + 2 * _pairs.Max(p => p.Chosen.Ids.Length + p.Rejected.Ids.Length));
            Assert.True(row.Seconds > 0 && row.Steps > 1 && row.PeakMegabytes > 0);
            Assert.Equal(8, row.Scores.Count);
            Assert.True(row["likelihood"] < 0);
        }

        Assert.True(rows[3].Steps > rows[0].Steps); // a text is shorter than a pair
        Assert.NotEqual(rows[0].Scores, rows[4].Scores); // another order of the pairs
        Assert.Equal(8, _evaluated);
    }

    [Fact]
    public void A_finished_cell_is_not_run_again_and_a_changed_one_is()
    {
        var first = Comparison().Run(All, [1], TestContext.Current.CancellationToken).ToList();
        Assert.Equal(4, File.ReadAllLines(Cells).Length);
        var again = Comparison().Run(All, [1], TestContext.Current.CancellationToken).ToList();
        Assert.Equal(4, _evaluated);
        Assert.Equal(first.Select(r => (r.Key, r.Seconds, r["likelihood"])), again.Select(r => (r.Key, r.Seconds, r["likelihood"])));
        Assert.Equal(first.SelectMany(r => r.Scores), again.SelectMany(r => r.Scores));
        Assert.Equal(first.Select(r => (r.Key, r["likelihood"])), ComparisonTable.Load(Cells).Rows.Select(r => (r.Key, r["likelihood"])));

        Runs(0, Contender.Loss("DPO", y => Dpo.Sigmoid(y, 0.1))); // the same loss, written anew
        Runs(1, Contender.Loss("DPO", x => Dpo.Sigmoid(x, 0.2)));
        Runs(1, Contender.Loss("DPO", x => Dpo.Sigmoid(x, 0.1)) with { LearningRate = 1e-4 });
        Runs(1, Contender.Loss("DPO", x => Dpo.Sigmoid(x, 0.1)) with { Settings = "another try" });
        Runs(1, Contender.Of("ORPO", (policy, _) => Orpo.Objective(policy, beta: 0.3), Orpo.Batches));
        Runs(1, Contender.Judgements("KTO", (policy, reference) => Kto.Objective(policy, reference, loss: x => Kto.Loss(x, 0.1, 1.3))));

        void Runs(int cells, Contender contender)
        {
            var before = _evaluated;
            Assert.Single(Comparison().Run([contender], [1]));
            Assert.Equal(cells, _evaluated - before);
        }
    }

    [Fact]
    public void A_run_that_was_cancelled_goes_on_and_ends_as_one_that_was_not()
    {
        var whole = Comparison(file: false).Run(All, [1], TestContext.Current.CancellationToken).ToList();
        using var stop = new CancellationTokenSource();
        var steps = 0;
        var partial = Comparison(watch: () => { if (++steps == whole[0].Steps + 1) stop.Cancel(); }).Run(All, [1], stop.Token).ToList();
        Assert.Equal("DPO", Assert.Single(partial).Method); // ORPO was at its first step
        Assert.Single(File.ReadAllLines(Cells));
        File.AppendAllText(Cells, "{\"method\":\"OR"); // and the machine went down while a line was written
        var rest = Comparison().Run(All, [1], TestContext.Current.CancellationToken).ToList();
        Assert.Equal(whole.Select(r => (r.Method, r.Key, r["likelihood"])), rest.Select(r => (r.Method, r.Key, r["likelihood"])));
        Assert.Equal(4, File.ReadAllLines(Cells).Length);
    }

    [Fact]
    public void A_cell_that_is_stopped_in_its_evaluation_is_not_kept()
    {
        var stop = new CancellationTokenSource();
        Comparison Stopped(bool throws) => new(_start, _pairs, new(Budget, 1e-2) { BatchSize = 2 }, (policy, seed) =>
        {
            var found = Evaluate(policy, seed);
            if (_evaluated != 2) return found;
            stop.Cancel();
            return throws ? throw new InvalidOperationException("no answers") : found with { Scores = found.Scores.Take(3).ToList() };
        }) { File = Path.Combine(_folder, "new", $"{throws}.jsonl") };

        Assert.Equal("DPO", Assert.Single(Stopped(throws: false).Run(All, [1], stop.Token)).Method);
        stop.Dispose();
        (stop, _evaluated) = (new CancellationTokenSource(), 0);
        var thrown = Stopped(throws: true);
        Assert.Single(thrown.Run(All, [1], stop.Token));
        Assert.Single(File.ReadAllLines(thrown.File!));
        stop.Dispose();
    }

    [Fact]
    public void Of_a_method_s_cells_at_a_seed_the_last_that_was_kept_counts()
    {
        Assert.Single(Comparison().Run([Contender.Loss("DPO", x => Dpo.Sigmoid(x, 0.1))], [1]));
        var last = Assert.Single(Comparison().Run([Contender.Loss("DPO", x => Dpo.Sigmoid(x, 0.2))], [1]));
        Assert.Equal(2, File.ReadAllLines(Cells).Length);
        Assert.Equal(last.Key, Assert.Single(ComparisonTable.Load(Cells).Rows).Key);
    }

    [Fact]
    public void A_method_that_diverges_is_a_row_that_says_so()
    {
        var rows = Comparison().Run([Contender.Loss("mine", x => Dpo.Sigmoid(x, 0.1) / (x.PolicyChosen.detach() * 0)), All[3]], [1]).ToList();
        Assert.Contains("Step 1: the loss is", rows[0].Failure, StringComparison.Ordinal);
        Assert.Empty(rows[0].Metrics);
        Assert.Null(rows[1].Failure);
        var table = new ComparisonTable(rows);
        Assert.Equal(0, table.Mean("mine", "likelihood").Count);
        Assert.Equal(0, table.Mean("mine", "seconds").Count);
        Assert.Equal(double.NaN, table.WinRates()[0, 1]);
        Assert.Equal("mine", Assert.Single(table.Failures).Method);
    }

    [Fact]
    public void A_method_that_writes_its_own_answers_takes_part()
    {
        var writing = new Writing(4, [3], 0);
        var rloo = Contender.Of<RolloutBatch>("RLOO", "beta 0.05", trial => (
            Rloo.Objective(trial.Policy),
            new Rollouts(
                new Examples<TokenizedPrompt, PromptBatch>([new("a", [5, 6]), new("b", [7, 8])], 2, (some, places) => new PromptBatch(some, places)),
                Rloo.Collect(trial.Policy, trial.Reference, new RewardSum(Reward.Each("length", a => a.Ids.Length)), writing), 0, trial.Rng("writing")),
            trial.Model));
        var row = Assert.Single(Comparison().Run([rloo], [1], TestContext.Current.CancellationToken));
        Assert.Equal(2, row.Models);
        Assert.True(row.ForwardPasses > 4); // a pass to train, two to score, one a token to write
        Assert.True(row.Tokens >= Budget);
    }

    [Fact]
    public void What_is_trained_before_the_policy_comes_out_of_the_same_budget_and_its_models_count()
    {
        var rates = new List<double>();
        Contender Judged(double share) => Contender.Of<PreferenceBatch>("judged", $"{share}", trial =>
        {
            var judge = trial.Count(RewardModel.From(_start));
            trial.TrainFirst(share, RewardModelling.Objective(judge), Dpo.Batches(trial.Pairs, 2, 0, trial.Rng("judge")), judge, 1e-3);
            Assert.InRange(trial.Tokens, share * Budget, share * Budget + 2 * _pairs.Max(p => p.Chosen.Ids.Length + p.Rejected.Ids.Length));
            Assert.Equal(trial.Steps, trial.ForwardPasses); // a pass a step
            Assert.Equal(1, trial.Models);
            return (Dpo.Objective(trial.Policy, trial.Reference, 0.1), Dpo.Batches(trial.Pairs, 2, 0, trial.Rng("order")), trial.Model);
        });
        var cells = new Comparison(_start, _pairs, new(Budget, 1e-2) { BatchSize = 2 }, Evaluate) { Watch = (_, _, step) => rates.Add(step["learning_rate"]) };
        var row = Assert.Single(cells.Run([Judged(0.5)], [1], TestContext.Current.CancellationToken));
        Assert.InRange(row.Tokens, Budget, Budget + 2 * _pairs.Max(p => p.Chosen.Ids.Length + p.Rejected.Ids.Length));
        Assert.Equal(3, row.Models);
        Assert.InRange(row.ForwardPasses, 1.01, 1.99); // one for the judge, two for the policy
        Assert.True(rates.Count < row.Steps);          // the policy's own steps are watched
        Assert.InRange(rates.Max(), 2e-3, 1e-2);       // and its rate goes up and down over what the judge left
        foreach (var share in new[] { 0, 1, double.NaN })
            Assert.Contains("share", Assert.Throws<ComparisonException>(() => cells.Run([Judged(share)], [1]).ToList()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_score_that_is_no_number_ends_the_grid_with_the_cell_s_name_and_keeps_the_finished_cells()
    {
        var cells = new Comparison(_start, _pairs, new(Budget, 1e-2) { BatchSize = 2 }, (policy, seed) => Evaluate(policy, seed) is var found && _evaluated == 2 ? found with { Scores = [1, double.NaN] } : found) { File = Cells };
        Assert.Contains("ORPO, seed 1: prompt 1 has the score NaN", Assert.Throws<ComparisonException>(() => cells.Run(All, [1]).ToList()).Message, StringComparison.Ordinal);
        Assert.Single(File.ReadAllLines(Cells));
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        Assert.Contains("called 'SFT'", Assert.Throws<ComparisonException>(() => Comparison().Run([All[3], All[3]], [1])).Message, StringComparison.Ordinal);
        Assert.Throws<ComparisonException>(() => new Comparison(_start, _pairs, new(0, 1e-3), Evaluate).Run(All, [1]));
        Assert.Contains("no such file", Assert.Throws<ComparisonException>(() => ComparisonTable.Load(Cells)).Message, StringComparison.Ordinal);
        File.WriteAllText(Cells, "{\"method\":\"DPO\"}\n");
        Assert.Contains("line 1", Assert.Throws<ComparisonException>(() => Comparison().Run(All, [1]).ToList()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_behind_but_the_model_that_was_given()
    {
        using var scope = NewDisposeScope();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.Equal(4, Comparison(file: false).Run(All, [1]).Count());
        Assert.Equal(0, scope.DisposablesCount);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private Comparison Comparison(bool file = true, Action? watch = null) =>
        new(_start, _pairs, new ComparisonOptions(Budget, 1e-2) { BatchSize = 2 }, Evaluate) { File = file ? Cells : null, Watch = watch is null ? null : (_, _, _) => watch() };

    private Assessment Evaluate(Decoder policy, ulong seed)
    {
        _evaluated++;
        using var scope = NewDisposeScope();
        var scores = policy.Frozen(PreferenceBatch.Padded(_pairs, 0).Text).Values()[..8];
        return new(new Dictionary<string, double> { ["likelihood"] = scores.Average() }, scores);
    }
}
