using Align.Annotation;
using Align.Data;
using Align.Evaluation;
using Align.Runtime;

namespace Align.Tests.Annotation;

/// <summary>Collecting preferences: lazily, line by line, stopped at any place and gone on with.</summary>
public sealed class FeedbackTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static readonly string[] Prompts = [.. Enumerable.Range(0, 24).Select(i => $"question {i}")];

    private static readonly Annotator Highest = Annotators.ByScore((_, c) => double.Parse(c.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));

    public void Dispose() => _folder.Dispose();

    private string File_ => _folder["pairs.jsonl"];

    /// <summary>Answers that are numbers out of the generator; counts how often it was asked.</summary>
    private sealed class Numbers(int kinds = 1_000_000, int together = 4)
    {
        public int Asked { get; private set; }

        public Responder Responder => new(
            (prompts, each, _, rng, _) =>
            {
                Asked += prompts.Count;
                return [.. prompts.Select(p => (IReadOnlyList<string>)[.. Enumerable.Range(0, each).Select(_ => $"{p}: {rng.NextInt(kinds)}")])];
            },
            together);
    }

    [Fact]
    public void One_pair_per_prompt_of_best_and_worst()
    {
        var pairs = Feedback.Collect(new Numbers().Responder, Prompts, Highest).ToList();
        Assert.Equal(Prompts, pairs.Select(p => p.Prompt));
        var journal = new Journal(repeatEvery: 0);
        pairs = [.. Feedback.Collect(new Numbers().Responder, Prompts, Highest, journal: journal)];
        Assert.Equal(pairs, journal.Pairs);
        foreach (var (choice, pair) in journal.Choices.Zip(pairs))
        {
            var numbers = choice.Completions.Select(c => int.Parse(c.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(3, numbers.Count);
            Assert.Equal((choice.Completions[numbers.IndexOf(numbers.Max())], choice.Completions[numbers.IndexOf(numbers.Min())]), (pair.Chosen, pair.Rejected));
        }
    }

    [Fact]
    public void Nothing_is_written_before_it_is_asked_for_and_every_pair_is_on_the_disk_before_it_is_yielded()
    {
        var numbers = new Numbers();
        var collecting = Feedback.Collect(numbers.Responder, Prompts, Highest, journal: Journal.Open(File_));
        Assert.Equal(0, numbers.Asked);
        var seen = 0;
        foreach (var pair in collecting)
        {
            Assert.Equal(++seen, Jsonl.ReadPairs(File_).Count());
            Assert.Equal(pair, Jsonl.ReadPairs(File_).Last());
            if (seen == 5) break;
        }

        Assert.Equal(8, numbers.Asked); // two groups of four
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(23)]
    public void A_session_that_was_stopped_and_gone_on_with_is_the_session_that_was_not(int stop)
    {
        var whole = new Journal(seed: 5, repeatEvery: 3);
        var expected = Feedback.Collect(new Numbers().Responder, Prompts, Sometimes(), journal: whole).ToList();

        var asked = 0;
        Annotator leaves = (p, c) => asked++ == stop ? throw Annotators.Quit : Sometimes()(p, c);
        _ = Feedback.Collect(new Numbers().Responder, Prompts, leaves, journal: Journal.Open(File_, seed: 5, repeatEvery: 3)).Count();
        var again = Journal.Open(File_, seed: 5, repeatEvery: 3);
        Assert.Equal(stop, again.Choices.Count);
        var pairs = Feedback.Collect(new Numbers().Responder, Prompts, Sometimes(), journal: again).ToList();

        Assert.Equal(expected, pairs);
        Assert.Equal(Texts(whole.Choices), Texts(Journal.Open(File_).Choices));
        Assert.Equal(expected, Jsonl.ReadPairs(File_));

        // Skips by the question alone, so that two sessions skip the same ones.
        static Annotator Sometimes() => (p, c) => p.EndsWith('3') ? null : Highest(p, c);
    }

    [Fact]
    public void What_was_skipped_is_not_asked_again_and_what_was_answered_is_not_drawn_again()
    {
        Annotator skipping = (p, c) => p is "question 2" or "question 9" ? null : Highest(p, c);
        Assert.Equal(22, Feedback.Collect(new Numbers().Responder, Prompts, skipping, journal: Journal.Open(File_)).Count());
        var numbers = new Numbers();
        Assert.Equal(22, Feedback.Collect(numbers.Responder, Prompts, (_, _) => throw new InvalidOperationException("asked"), journal: Journal.Open(File_)).Count());
        Assert.Equal(0, numbers.Asked);
    }

    [Fact]
    public void Identical_answers_are_drawn_again_and_a_question_without_two_answers_is_not_asked()
    {
        var journal = new Journal(repeatEvery: 0);
        _ = Feedback.Collect(new Numbers(kinds: 4).Responder, Prompts, Highest, samples: 3, journal: journal).Count();
        Assert.All(journal.Choices, c => Assert.Equal(3, c.Completions.Distinct().Count()));
        var one = new Journal(repeatEvery: 0);
        Assert.Empty(Feedback.Collect(new Numbers(kinds: 1).Responder, Prompts, Highest, journal: one));
        Assert.All(one.Choices, c => Assert.Equal((1, null), (c.Completions.Count, c.Best)));
    }

    [Fact]
    public void The_order_is_shuffled_for_every_question_and_recorded()
    {
        var journal = new Journal(repeatEvery: 0);
        var shown = new List<IReadOnlyList<string>>();
        _ = Feedback.Collect(new Numbers().Responder, [.. Enumerable.Range(0, 300).Select(i => $"{i}")], (p, c) => { shown.Add(c); return Highest(p, c); }, journal: journal).Count();
        foreach (var (choice, order) in journal.Choices.Zip(shown)) Assert.Equal(order, choice.Order.Select(i => choice.Completions[i]));
        Assert.InRange(journal.Choices.GroupBy(c => string.Join(' ', c.Order)).Min(g => g.Count()), 30, 50); // six orders, 50 of each expected
        Assert.Equal(6, journal.Choices.GroupBy(c => string.Join(' ', c.Order)).Count());
        Assert.All(journal.Choices, c => Assert.Equal(c.Best, c.Order[c.BestPlace!.Value]));
    }

    [Fact]
    public void A_repeat_comes_now_and_then_in_another_order_and_gives_no_pair()
    {
        var journal = new Journal(repeatEvery: 4);
        var pairs = Feedback.Collect(new Numbers().Responder, Prompts, Highest, journal: journal).ToList();
        Assert.Equal(24, pairs.Count);
        var repeats = journal.Choices.Index().Where(c => c.Item.Repeat).ToList();
        Assert.Equal([4, 9, 14, 19, 24], repeats.Select(r => r.Index));
        foreach (var (at, repeat) in repeats)
        {
            var first = Assert.Single(journal.Choices, c => !c.Repeat && c.Prompt == repeat.Prompt);
            Assert.Equal(first.Completions, repeat.Completions);
            Assert.NotEqual(first.Order, repeat.Order);
            Assert.Equal(first.Best, repeat.Best);
            Assert.Null(repeat.Pair);
        }
    }

    [Fact]
    public void An_annotator_that_goes_by_a_score_is_consistent_whatever_the_order_in_which_equal_answers_are_shown()
    {
        Responder few = new((prompts, each, _, rng, _) => [.. prompts.Select(p => (IReadOnlyList<string>)[.. Enumerable.Range(0, each).Select(_ => $"{p}: {rng.NextInt(1_000_000)}")])]);
        var journal = new Journal(seed: 3, repeatEvery: 1);
        _ = Feedback.Collect(few, Prompts, Annotators.ByScore((_, c) => c[^1] % 2), samples: 4, journal: journal).Count();
        var same = AnnotatorReport.Of("", journal.Choices).Consistent!;
        Assert.True(same.Count > 15, $"{same.Count}");
        Assert.Equal(same.Count, same.Wins);
        string[] answers = ["x1", "x3", "x2", "x4", "x5"];
        var judge = new ChatJudge(new ChatFunction(text => text.Contains("Answer A:\nx1", StringComparison.Ordinal) ? "B" : text.Contains("Answer B:\nx1", StringComparison.Ordinal) ? "A" : "no"));
        foreach (var annotator in new[] { Annotators.ByScore((_, c) => c[^1] % 2), judge.Annotator() })
        {
            (string, string) Said(string[] shown) => annotator("p", shown) is var (best, worst) ? (shown[best], shown[worst]) : default;
            var said = Said(answers);
            foreach (var rng in Enumerable.Range(0, 20).Select(i => new Rng((ulong)i)))
            {
                string[] shuffled = [.. answers];
                rng.Shuffle<string>(shuffled);
                Assert.Equal(said, Said(shuffled));
            }
        }
    }

    [Fact]
    public void Its_folder_is_made_before_the_first_question_and_one_that_cannot_be_is_an_error_then()
    {
        var deep = Path.Combine(_folder.Path, "not", "yet", "pairs.jsonl");
        Assert.Single(Feedback.Collect(new Numbers().Responder, Prompts, Highest, journal: Journal.Open(deep)).Take(1));
        Assert.Single(Jsonl.ReadPairs(deep));
        Assert.Throws<DataException>(() => Journal.Open(Path.Combine(deep, "pairs.jsonl")));
        Assert.Throws<DataException>(() => new JudgeCache(Path.Combine(deep, "cache.jsonl")));
    }

    [Fact]
    public void A_line_that_a_crash_cut_off_is_asked_again_and_a_pair_that_it_prevented_is_written()
    {
        _ = Feedback.Collect(new Numbers().Responder, Prompts, Highest, journal: Journal.Open(File_)).Take(6).Count();
        var (pairs, journal) = (File.ReadAllBytes(File_), File.ReadAllBytes(Journal.NameOf(File_)));
        var lastPair = Array.LastIndexOf(pairs, (byte)'\n', pairs.Length - 2) + 1;
        File.WriteAllBytes(File_, pairs[..(lastPair + 9)]); // half of the sixth pair
        File.WriteAllBytes(Journal.NameOf(File_), [.. journal, .. journal[..20]]); // and half of a seventh line
        Assert.Equal(6, Journal.Open(File_).Choices.Count);
        Assert.Equal(pairs, File.ReadAllBytes(File_));
        Assert.Equal(journal, File.ReadAllBytes(Journal.NameOf(File_)));
    }

    [Fact]
    public void Files_that_do_not_belong_together_and_broken_lines_are_refused_by_name_and_line()
    {
        Jsonl.Append(File_, new PreferencePair("p", "a", "b"));
        Assert.Contains("not collected here", Assert.Throws<AnnotationException>(() => Journal.Open(File_)).Message, StringComparison.Ordinal);
        File.Delete(File_);
        foreach (var broken in new[] { "{\"prompt\":\"p\"}", "{\"prompt\":\"p\",\"completions\":[\"a\",\"b\"],\"order\":[0,0]}", "[]", "{\"prompt\":\"p\",\"completions\":[\"a\",\"b\"],\"order\":[0,1],\"best\":1,\"worst\":1}" })
        {
            File.WriteAllText(Journal.NameOf(File_), broken + "\n");
            Assert.Contains("pairs.journal.jsonl, line 1", Assert.Throws<AnnotationException>(() => Journal.Open(File_)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_annotator_who_points_at_nothing_is_an_error_that_keeps_what_was_answered()
    {
        var count = 0;
        Annotator wrong = (p, c) => count++ < 3 ? Highest(p, c) : (0, 3);
        var error = Assert.Throws<AnnotationException>(() => Feedback.Collect(new Numbers().Responder, Prompts, wrong, journal: Journal.Open(File_)).Count());
        Assert.Contains("question 3", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, Jsonl.ReadPairs(File_).Count());
        Assert.Throws<AnnotationException>(() => Feedback.Collect(new Numbers().Responder, Prompts, Highest, samples: 1));
    }

    [Fact]
    public void Cancelled_it_ends_before_the_next_question()
    {
        using var cancel = new CancellationTokenSource();
        var count = 0;
        foreach (var _ in Feedback.Collect(new Numbers().Responder, Prompts, Highest, journal: Journal.Open(File_), cancellation: cancel.Token))
            if (++count == 5) cancel.Cancel();
        Assert.Equal((5, 5), (count, Journal.Open(File_).Choices.Count));
        Responder stops = new((_, _, _, _, token) => { cancel.Cancel(); token.ThrowIfCancellationRequested(); return []; });
        Assert.Empty(Feedback.Collect(stops, Prompts, Highest, cancellation: cancel.Token));
    }

    [Fact]
    public void A_recording_answers_its_own_questions_whatever_the_order_and_no_others()
    {
        var journal = new Journal(seed: 2, repeatEvery: 0);
        var pairs = Feedback.Collect(new Numbers().Responder, Prompts, Highest, journal: journal).ToList();
        var replayed = Feedback.Collect(Responder.Recorded(journal.Choices), Prompts, Annotators.Recorded(journal.Choices), journal: new Journal(seed: 99, repeatEvery: 0)).ToList();
        Assert.Equal(pairs, replayed);
        Assert.Throws<AnnotationException>(() => Annotators.Recorded(journal.Choices)("question 1", ["other", "answers"]));
    }

    [Fact]
    public void The_noisy_gold_annotator_prefers_one_of_two_as_often_as_its_formula_says()
    {
        // τ = 0.7 and marks that differ by 0.5: σ(0.5/0.7) = 0.671
        var scores = new Dictionary<string, double> { ["short"] = 0.5, ["a long answer of six words"] = 0 };
        var wins = 0;
        var luck = new Rng(3);
        for (var i = 0; i < 4000; i++)
        {
            var (a, b) = (0.5 - 0.7 * Math.Log(-Math.Log(1 - luck.Fork($"{i} a").NextDouble())), -0.7 * Math.Log(-Math.Log(1 - luck.Fork($"{i} b").NextDouble())));
            if (a > b) wins++;
        }

        Assert.InRange(wins / 4000.0, 0.671 - 0.025, 0.671 + 0.025);
        Assert.Equal((1, 0), Annotators.Longest("p", [.. scores.Keys]));
    }

    private static IEnumerable<string> Texts(IEnumerable<Choice> choices) =>
        choices.Select(c => $"{c.Prompt} | {string.Join(" / ", c.Completions)} | {string.Join(' ', c.Order)} | {c.Best} {c.Worst} {c.Repeat}");
}
