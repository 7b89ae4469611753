using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>Where π₀ comes from: log-probabilities kept in a file, and a reference that follows the policy.</summary>
public sealed class ReferenceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("align-reference-").FullName;

    private string KeptFile => Path.Combine(_folder, "reference.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Log_probabilities_come_back_from_their_file_bit_for_bit()
    {
        using var reference = TinyModels.Decoder();
        var pairs = Dpo.WithReference(TinyModels.Pairs(5), reference, padId: 0, cancellation: TestContext.Current.CancellationToken);
        ReferenceFile.Write(KeptFile, pairs, reference);
        Assert.Equal(Kept(pairs), Kept(ReferenceFile.Read(KeptFile, TinyModels.Pairs(5), reference)));

        TokenizedJudgement[] plain = [.. TinyModels.Texts(5).Select((t, i) => new TokenizedJudgement(t, i > 2))];
        foreach (var judgements in new[] { plain, Kto.Mismatch(plain, 2) })
        {
            var known = Kto.WithReference(judgements, reference, padId: 0, cancellation: TestContext.Current.CancellationToken);
            ReferenceFile.Write(KeptFile, known, reference);
            Assert.Equal(known.Select(j => (j.Reference, j.ReferenceMismatched)), ReferenceFile.Read(KeptFile, judgements, reference).Select(j => (j.Reference, j.ReferenceMismatched)));
        }

        static IEnumerable<(double?, double?)> Kept(IEnumerable<TokenizedPair> some) => some.Select(p => (p.ReferenceChosen, p.ReferenceRejected));
    }

    [Fact]
    public void A_file_of_another_model_or_of_other_data_is_refused()
    {
        using var reference = TinyModels.Decoder();
        using var other = TinyModels.Decoder(seed: 2);
        var pairs = TinyModels.Pairs(4);
        ReferenceFile.Write(KeptFile, Dpo.WithReference(pairs, reference, padId: 0, cancellation: TestContext.Current.CancellationToken), reference);
        Refused(() => ReferenceFile.Read(KeptFile, pairs, other), "another reference model");
        Refused(() => ReferenceFile.Read(KeptFile, [.. pairs.Reverse()], reference), "other data");
        Refused(() => ReferenceFile.Read(KeptFile, [.. pairs.Take(3)], reference), "other data");
        var trained = pairs[0].Chosen.Trained.Select(_ => true).ToArray(); // the same ids, other tokens trained
        Refused(() => ReferenceFile.Read(KeptFile, [pairs[0] with { Chosen = pairs[0].Chosen with { Trained = trained } }, .. pairs.Skip(1)], reference), "other data");
        using (no_grad()) reference.Parameters[^1].Value.add_(1e-9);
        Refused(() => ReferenceFile.Read(KeptFile, pairs, reference), "another reference model");
    }

    [Theory]
    [InlineData(0, "", "line 1")]
    [InlineData(0, "{}", "no file of reference log-probabilities")]
    [InlineData(0, "[1]", "line 1")]
    [InlineData(1, "[-1]", "array of 2 numbers")]
    [InlineData(1, "[-1, null]", "line 2")]
    [InlineData(1, "[-1, \"NaN\"]", "line 2")]
    [InlineData(2, null, "2 examples and there are 3")]
    [InlineData(3, "[-1,-2]\n[-1,-2]", "more lines than examples")]
    public void A_damaged_file_is_refused_with_its_line(int line, string? text, string message)
    {
        using var reference = TinyModels.Decoder();
        var pairs = TinyModels.Pairs(3);
        ReferenceFile.Write(KeptFile, Dpo.WithReference(pairs, reference, padId: 0, cancellation: TestContext.Current.CancellationToken), reference);
        var lines = File.ReadAllLines(KeptFile).ToList();
        lines.RemoveAt(line);
        if (text is not null) lines.Insert(line, text);
        File.WriteAllLines(KeptFile, lines);
        Refused(() => ReferenceFile.Read(KeptFile, pairs, reference), message);
    }

    [Fact]
    public void Pairs_without_log_probabilities_are_not_written()
    {
        using var reference = TinyModels.Decoder();
        Refused(() => ReferenceFile.Write(KeptFile, TinyModels.Pairs(2), reference), "Example 0");
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_synced_reference_moves_towards_the_policy_every_n_steps()
    {
        using var scope = NewDisposeScope();
        using var policy = TinyModels.Decoder();
        using var start = TinyModels.Decoder(seed: 2);
        using var model = start.Copy();
        var reference = new SyncedReference(policy, model, share: 0.25, every: 2);
        var pairs = TinyModels.Pairs(4);
        using var optimizer = new AdamW(policy.Parameters);
        var run = new Run<PreferenceBatch>(Dpo.Objective(policy, reference), Dpo.Batches(pairs, 4, 0), optimizer, Schedules.Constant(1e-2), 4);
        var expected = start.Parameters.Select(p => p.Value.Values()).ToArray();
        foreach (var step in reference.Follow(run.Train()))
        {
            if (step.Number is 2 or 4)
                expected = [.. expected.Zip(policy.Parameters, (old, p) => old.Zip(p.Value.Values(), (o, v) => 0.25 * v + 0.75 * o).ToArray())];
            foreach (var (old, p) in expected.Zip(model.Parameters)) Close.To(old, p.Value.Values(), 1e-12, $"{p.Name} after step {step.Number}");
        }

        // What the loss compares with is the model that moved.
        var batch = PreferenceBatch.Padded(pairs, 0);
        Close.To(model.Frozen(batch.Text).Values(), reference.Frozen(batch.Text).Values(), 0, "log π₀");
        Assert.Equal(4, run.Step);
    }

    [Theory]
    [InlineData(1)] // before the first move
    [InlineData(2)] // just after it
    [InlineData(3)]
    public void A_resumed_run_goes_on_bit_for_bit_with_the_reference_where_it_was(int stop)
    {
        var whole = Follow(1, null, 5, load: false);
        Follow(1, null, stop, load: false);
        Assert.Equal(whole.Skip(stop), Follow(seed: 9, null, 5, load: true)); // other weights in policy and reference, which loading replaces

        Assert.Contains("Resume with the same", Assert.Throws<RunStateException>(() => Follow(1, share: 0.5, 5, load: true)).Message, StringComparison.Ordinal);

        List<string> Follow(ulong seed, double? share, int steps, bool load)
        {
            using var scope = NewDisposeScope();
            using var policy = TinyModels.Decoder(seed, ScalarType.Float32);
            using var model = TinyModels.Decoder(seed + 1, ScalarType.Float32);
            var reference = new SyncedReference(policy, model, share ?? 0.25, every: 2);
            using var optimizer = new AdamW(policy.Parameters);
            var run = new Run<PreferenceBatch>(Dpo.Objective(policy, reference), Dpo.Batches(TinyModels.Pairs(5), 2, 0, new Rng(3)), optimizer, Schedules.Constant(1e-2), 5);
            if (load) Assert.NotNull(run.Load(_folder));
            var seen = new List<string>();
            foreach (var step in reference.Follow(run.Train()))
            {
                var weights = model.Parameters.Concat(policy.Parameters).Sum(p => p.Value.Values().Select((v, i) => v * Math.Sin(i + 1)).Sum());
                seen.Add($"{step.Number} {step["loss"]:R} {step["rewards/chosen"]:R} {weights:R}");
                if (step.Number == steps) break;
            }

            if (steps < 5) run.Save(_folder);
            return seen;
        }
    }

    [Fact]
    public void A_running_mean_and_a_reference_that_follows_are_one_state()
    {
        using var policy = TinyModels.Decoder();
        using var model = policy.Copy();
        var (running, reference) = (new RunningMoments(), new SyncedReference(policy, model));
        foreach (var state in new[] { Kto.Objective(policy, reference, running: running).State!, Bco.Objective(policy, reference, running: running).State! })
        {
            running.Update(ones(3));
            var saved = state.Save();
            running.Update(zeros(5));
            state.Load(saved);
            Assert.Equal(1, running.Mean);
            Assert.Equal(model.Parameters.Count, state.Weights.Count);
            Assert.Throws<RunStateException>(() => state.Load(running.Save()));
        }

        Assert.Null(Kto.Objective(policy, policy).State);
        Assert.Same(running, Kto.Objective(policy, policy, running: running).State);
    }

    [Fact]
    public void A_reference_that_cannot_follow_is_refused()
    {
        using var policy = TinyModels.Decoder();
        using var larger = TinyModels.Decoder(vocabulary: 41);
        using var copy = policy.Copy();
        Assert.Contains("same model", Assert.Throws<LossSettingException>(() => new SyncedReference(policy, policy)).Message, StringComparison.Ordinal);
        Assert.Contains("embed_tokens", Assert.Throws<LossSettingException>(() => new SyncedReference(policy, larger)).Message, StringComparison.Ordinal);
        Assert.Throws<LossSettingException>(() => new SyncedReference(policy, copy, share: 0));
        Assert.Throws<LossSettingException>(() => new SyncedReference(policy, copy, share: 1.1));
        Assert.Throws<LossSettingException>(() => new SyncedReference(policy, copy, every: 0));
    }

    private static void Refused(Action act, string message) => Assert.Contains(message, Assert.Throws<ReferenceFileException>(act).Message, StringComparison.Ordinal);
}
