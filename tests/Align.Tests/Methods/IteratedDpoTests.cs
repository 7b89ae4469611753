using Align.Annotation;
using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Tests.Annotation;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>Rounds of DPO on a tiny model: stopped anywhere they end as if they had not been.</summary>
public sealed class IteratedDpoTests : IDisposable
{
    private static readonly PromptFormat Format = new(new ByteTokenizer());

    private static readonly Annotator MoreLetters = Annotators.ByScore((_, c) => c.Count(char.IsAsciiLetter) - 0.1 * c.Length);

    /// <summary>Three rounds that nothing stopped.</summary>
    private static readonly Lazy<IReadOnlyList<(double Weight, double Loss)>> Whole = new(() =>
    {
        using var tests = new IteratedDpoTests();
        return [.. tests.Run(null).Select(r => (r.Metrics["weight"], r.History["loss"][^1]))];
    });

    private readonly TemporaryFolder _folder = new();
    private readonly Decoder _start = TinyModels.Decoder(TinyModels.Config(new ByteTokenizer().VocabularySize), seed: 3, ScalarType.Float32);

    public void Dispose()
    {
        _start.Dispose();
        _folder.Dispose();
    }

    private static IteratedDpoOptions Options => new(Rounds: 3, Samples: 3, BatchSize: 4, LearningRate: 3e-3, Epochs: 2) { MaxTokens = 6, SaveEvery = 1 };

    private static IReadOnlyList<string> Prompts(int round) => [.. Enumerable.Range(0, 10).Select(i => $"{round} {i}")];

    private IEnumerable<Round> Run(string? folder, Annotator? annotator = null, IteratedDpoOptions? options = null, CancellationToken cancellation = default) => IteratedDpo.Run(
        _start, Format, Prompts, annotator ?? MoreLetters, model => new Dictionary<string, double> { ["weight"] = Sum(model) }, folder, options ?? Options, cancellation);

    [Fact]
    public void Every_round_learns_from_the_answers_of_the_one_before()
    {
        var before = Sum(_start);
        var rounds = Run(null).Select(r => (r.Number, r.Pairs, Weight: r.Metrics["weight"], Loss: r.History["loss"])).ToList();
        Assert.Equal([1, 2, 3], rounds.Select(r => r.Number));
        Assert.All(rounds, r => Assert.Equal(10, r.Pairs.Count));
        Assert.All(rounds, r => Close.To(Math.Log(2), r.Loss[0], 1e-4, "the loss of a round's first step, whose reference is where it begins"));
        Assert.All(rounds, r => Assert.Equal(6, r.Loss.Length)); // two epochs of ten pairs in fours
        Assert.Equal(4, rounds.Select(r => r.Weight).Append(before).Distinct().Count());
        Assert.Equal(before, Sum(_start));
    }

    [Fact]
    public void With_the_first_model_as_the_reference_of_all_rounds_the_second_does_not_begin_at_ln_2()
    {
        var losses = Run(null, options: Options with { FixedReference = true, Rounds = 2 }).Select(r => r.History["loss"][0]).ToList();
        Close.To(Math.Log(2), losses[0], 1e-4);
        Assert.True(Math.Abs(losses[1] - Math.Log(2)) > 1e-3, $"{losses[1]}");
    }

    [Theory]
    [InlineData(4, false)] // in the first round's questions
    [InlineData(10, false)] // at the second round's first question
    [InlineData(17, false)]
    [InlineData(12, true)] // cancelled there
    public void Stopped_at_a_question_they_go_on_as_if_they_had_not_been(int question, bool cancels)
    {
        var expected = Whole.Value.Select(r => r.Weight).ToList();
        using var cancel = new CancellationTokenSource();
        var asked = 0;
        Annotator leaves = (p, c) =>
        {
            if (asked++ == question && !cancels) throw Annotators.Quit;
            if (asked - 1 == question) cancel.Cancel();
            return MoreLetters(p, c);
        };
        Assert.Equal(question / 10, Run(_folder.Path, leaves, cancellation: cancel.Token).Count());
        var again = 0;
        var rest = Run(_folder.Path, (p, c) => { again++; return MoreLetters(p, c); }).Select(r => r.Metrics["weight"]).ToList();
        Assert.Equal(expected, rest);
        Assert.Equal(30, question + (cancels ? 1 : 0) + again);
    }

    [Fact]
    public void Stopped_in_the_middle_of_a_training_it_goes_on_bit_for_bit_and_a_round_that_is_over_is_only_read()
    {
        var expected = Whole.Value;
        using var cancel = new CancellationTokenSource();
        var count = 0;
        foreach (var _ in Run(_folder.Path, (p, c) => { if (++count == 20) cancel.CancelAfter(0); return MoreLetters(p, c); }, cancellation: cancel.Token)) { }
        var measured = 0;
        var rounds = IteratedDpo.Run(
            _start, Format, Prompts, MoreLetters, model => { measured++; return new Dictionary<string, double> { ["weight"] = Sum(model) }; }, _folder.Path, Options)
            .Select(r => (r.Metrics["weight"], r.History["loss"][^1])).ToList();
        Assert.Equal(expected, rounds);
        Assert.Equal(2, measured);
        Assert.Equal(expected, Run(_folder.Path, (_, _) => throw new InvalidOperationException("asked")).Select(r => (r.Metrics["weight"], r.History["loss"][^1])));
    }

    [Fact]
    public void Other_settings_are_refused_and_more_rounds_are_not()
    {
        Assert.Single(Run(_folder.Path, options: Options with { Rounds = 1 }));
        Assert.Contains("was begun with", Assert.Throws<RunStateException>(() => Run(_folder.Path, options: Options with { Beta = 0.2 })).Message, StringComparison.Ordinal);
        Assert.Equal(2, Run(_folder.Path, options: Options with { Rounds = 2 }).Count());
        Assert.Throws<AnnotationException>(() => Run(null, (_, _) => null).Count());
    }

    [Fact]
    public void A_server_that_is_gone_in_between_loses_nothing()
    {
        var expected = Whole.Value.Select(r => r.Weight).ToList();
        var count = 0;
        Annotator fails = (p, c) => ++count == 14 ? throw new Align.Interactive.ChatServerException("gone") : MoreLetters(p, c);
        Assert.Throws<Align.Interactive.ChatServerException>(() => Run(_folder.Path, fails).Count());
        Assert.Equal(expected, Run(_folder.Path).Select(r => r.Metrics["weight"]));
    }

    [Fact]
    public void Rejection_sampling_keeps_the_best_answer_that_ended()
    {
        var writing = Writing.In(Format, 5) with { EndIds = [.. Enumerable.Range(100, 40), Format.End] }; // a random model ends now and then
        var prompts = Writing.Tokenize(Prompts(1), Format);
        var reward = new RewardSum(Reward.Each("length", a => a.Ids.Length));
        var written = new List<IReadOnlyList<Answer>>();
        var watched = new RewardSum(new Reward("length", answers => { written.Add(answers); return [.. answers.Select(a => (double?)a.Ids.Length)]; }));
        var kept = RejectionSampling.Demonstrations(_start, prompts, watched, writing, 6, new Rng(1), together: 4).ToList();
        var expected = written.SelectMany(w => w.Chunk(6)).Select(group => group.Where(a => a.Ended).MaxBy(a => a.Ids.Length)).OfType<Answer>().Select(a => (a.Prompt.Text, a.Text)).ToList();
        Assert.NotEmpty(expected);
        Assert.Equal(expected, kept.Select(d => (d.Prompt, d.Completion)));
        Assert.Equal(3, written.Count);
        Assert.Empty(RejectionSampling.Demonstrations(_start, prompts, reward, writing, 6, new Rng(1), atLeast: 99));
        Assert.Throws<BestOfNException>(() => RejectionSampling.Demonstrations(_start, prompts, reward, writing, 0, new Rng(1)).Count());
    }

    private static double Sum(Decoder model)
    {
        using var scope = NewDisposeScope();
        return model.Parameters.Sum(p => p.Value.detach().to(ScalarType.Float64).abs().sum().ToDouble());
    }
}
