using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Training;

public sealed class ResumeTests : IDisposable
{
    private const int Steps = 9;

    private readonly string _folder = Directory.CreateTempSubdirectory("align-resume-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>9 pairs in micro-batches of 2 are five a pass; two make a step, so that step 3 takes the last of one pass and the first of the next.</summary>
    [Theory]
    [InlineData(2)] // mid-epoch
    [InlineData(3)] // a step whose accumulation crosses from one pass into the next
    [InlineData(Steps)] // the last step
    public void What_follows_a_save_is_bit_for_bit_what_follows_without_one(int stop)
    {
        using var whole = new Fixture();
        var expected = whole.Run.Train().ToList();

        using var first = new Fixture();
        foreach (var step in first.Run.Train()) if (step.Number == stop) break;
        first.Run.Save(_folder);
        using var second = new Fixture(seed: 77); // other weights, which loading replaces
        Assert.EndsWith($"step-{stop:D8}", second.Run.Load(_folder));
        Assert.Equal(stop, second.Run.History.Count);
        var rest = second.Run.Train().ToList();

        Assert.Equal(Steps - stop, rest.Count);
        for (var i = 0; i < Steps; i++) SameStep(expected[i], i < stop ? second.Run.History[i] : rest[i - stop]);
        SameWeights(whole, second);
    }

    [Fact]
    public void A_stop_inside_an_accumulation_is_undone_and_resumed_at_the_step_s_first_micro_batch()
    {
        using var whole = new Fixture();
        var expected = whole.Run.Train().ToList();

        using var source = new CancellationTokenSource();
        var micro = 0;
        using var first = new Fixture(watch: () => { if (++micro == 7) source.Cancel(); }); // the 1st micro-batch of step 4: the 2nd is not computed
        Assert.Equal(3, first.Run.Train(source.Token).Count());
        first.Run.Save(_folder);
        using var second = new Fixture(seed: 77);
        second.Run.Load(_folder);
        var rest = second.Run.Train().ToList();
        for (var i = 3; i < Steps; i++) SameStep(expected[i], rest[i - 3]);
        SameWeights(whole, second);

        // And the stopped run itself goes on the same way.
        rest = [.. first.Run.Train()];
        for (var i = 3; i < Steps; i++) SameStep(expected[i], rest[i - 3]);
        SameWeights(whole, first);
    }

    [Fact]
    public void A_damaged_save_is_passed_over_for_the_one_before()
    {
        using var fixture = new Fixture();
        foreach (var step in fixture.Run.Train())
            if (step.Number is 2 or 4) fixture.Run.Save(_folder);
        var newest = Path.Combine(_folder, "step-00000004", "tensors.safetensors");
        var bytes = File.ReadAllBytes(newest);
        bytes[^5] ^= 1; // one flipped bit of the payload
        File.WriteAllBytes(newest, bytes);

        using var second = new Fixture(seed: 77);
        Assert.EndsWith("step-00000002", second.Run.Load(_folder));
        File.Delete(Path.Combine(_folder, "step-00000002", "state.json"));
        using var third = new Fixture(seed: 77);
        Assert.Contains("damaged", Assert.Throws<RunStateException>(() => third.Run.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Leftovers_are_swept_and_old_saves_deleted()
    {
        Directory.CreateDirectory(Path.Combine(_folder, ".unfinished-step-00000001"));
        using var fixture = new Fixture();
        foreach (var _ in fixture.Run.Train()) fixture.Run.Save(_folder, keep: 2);
        Assert.Equal(["step-00000008", "step-00000009"], Directory.GetDirectories(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_state_of_something_else_is_refused_before_anything_changes()
    {
        using var fixture = new Fixture();
        Assert.Equal(1, fixture.Run.Train().First().Number);
        fixture.Run.Save(_folder);

        using var other = new Fixture(pairs: 7);
        Assert.Contains("examples", Assert.Throws<RunStateException>(() => other.Run.Load(_folder)).Message, StringComparison.Ordinal);
        using var settings = new Fixture(beta: 0.2);
        Assert.Contains("beta", Assert.Throws<RunStateException>(() => settings.Run.Load(_folder)).Message, StringComparison.Ordinal);
        using var larger = new Fixture(vocabulary: 41);
        Assert.Contains("model.embed_tokens.weight", Assert.Throws<RunStateException>(() => larger.Run.Load(_folder)).Message, StringComparison.Ordinal);
        Assert.Null(fixture.Run.Load(Path.Combine(_folder, "nothing")));
    }

    [Fact]
    public void A_save_of_a_run_that_went_back_replaces_the_later_ones_and_is_never_deleted_itself()
    {
        using var fixture = new Fixture();
        foreach (var step in fixture.Run.Train()) if (step.Number is 5 or 6) fixture.Run.Save(_folder);
        using var again = new Fixture();
        foreach (var step in again.Run.Train()) if (step.Number is 2) break;
        var place = again.Run.Save(_folder);
        Assert.Equal([place], Directory.GetDirectories(_folder));
        Assert.Equal(place, again.Run.Save(_folder)); // the same step once more
        using var third = new Fixture(seed: 77);
        Assert.Equal(place, third.Run.Load(_folder));
    }

    [Fact]
    public void Another_batch_size_order_or_number_type_is_refused()
    {
        using var policy = TinyModels.Decoder();
        Run<TextBatch> Run(Decoder model, int batch, Rng? shuffle) =>
            new(Sft.Objective(model), Sft.Batches(TinyModels.Texts(6), batch, 0, shuffle), new AdamW(model.Parameters), Schedules.Constant(1e-3), 4);
        var run = Run(policy, 2, null);
        foreach (var _ in run.Train()) break;
        run.Save(_folder);
        Assert.Contains("batches of 2", Assert.Throws<RunStateException>(() => Run(policy, 3, null).Load(_folder)).Message, StringComparison.Ordinal);
        Assert.Contains("without shuffling", Assert.Throws<RunStateException>(() => Run(policy, 2, new Rng(1)).Load(_folder)).Message, StringComparison.Ordinal);
        using var single = TinyModels.Decoder(seed: 3, type: ScalarType.Float32);
        var before = single.Parameters.Select(p => p.Value.Values()).ToArray();
        Assert.Contains("Float32", Assert.Throws<RunStateException>(() => Run(single, 2, null).Load(_folder)).Message, StringComparison.Ordinal);
        Assert.Equal(before, single.Parameters.Select(p => p.Value.Values()));
    }

    private static void SameStep(Step expected, Step actual)
    {
        Assert.Equal(expected.Number, actual.Number);
        Assert.Equal(expected.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal), actual.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal)); // every bit
        foreach (var (name, values) in expected.Examples) Assert.Equal(values, actual.Examples[name]);
    }

    private static void SameWeights(Fixture expected, Fixture actual)
    {
        using var scope = NewDisposeScope();
        foreach (var (a, b) in expected.Policy.Parameters.Zip(actual.Policy.Parameters)) Assert.True(a.Value.eq(b.Value).all().ToBoolean(), a.Name);
    }

    private sealed class Fixture : IDisposable
    {
        private readonly Decoder _reference = TinyModels.Decoder(seed: 1, ScalarType.Float32);

        public Fixture(ulong seed = 1, int pairs = 9, double beta = 0.1, int vocabulary = 40, Action? watch = null)
        {
            Policy = TinyModels.Decoder(seed, ScalarType.Float32, vocabulary);
            Optimizer = new AdamW(Policy.Parameters, weightDecay: 0.01);
            var objective = Dpo.Objective(Policy, _reference, beta);
            var watched = objective with { Terms = batch => { watch?.Invoke(); return objective.Terms(batch); } };
            Run = new Run<PreferenceBatch>(watched, Dpo.Batches(TinyModels.Pairs(pairs), 2, padId: 0, new Rng(4)), Optimizer, Schedules.Linear(1e-2, Steps), Steps, accumulate: 2)
            {
                Settings = new Dictionary<string, string> { ["beta"] = beta.ToString(System.Globalization.CultureInfo.InvariantCulture) },
            };
        }

        public Decoder Policy { get; }

        public AdamW Optimizer { get; }

        public Run<PreferenceBatch> Run { get; }

        public void Dispose()
        {
            Policy.Dispose();
            _reference.Dispose();
            Optimizer.Dispose();
        }
    }
}
