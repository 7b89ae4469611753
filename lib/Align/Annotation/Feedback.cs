using Align.Data;
using Align.Runtime;

namespace Align.Annotation;

/// <summary>Collects preferences: lets a model answer, asks an annotator which answers are best and worst, and keeps both as a pair.</summary>
public static class Feedback
{
    /// <summary>Identical answers are drawn again so many times; then the question is asked with those that differ.</summary>
    private const int Tries = 8;

    /// <summary>One pair per prompt, lazily: a prompt is answered when its turn comes, and its pair is on the disk before it is yielded.</summary>
    /// <remarks>
    /// Stop at any time and call again with the same journal: what was answered or skipped is not asked again, the pairs that were there come first, and the rest are
    /// the questions that would have come. The order of the answers is shuffled for every question; where the journal asks for it, an earlier question comes again in between,
    /// in another order, and gives no pair.
    /// </remarks>
    /// <param name="policy">Who writes: <see cref="Responder.Of(Models.IPolicy, Text.PromptFormat, int, int)"/>.</param>
    /// <param name="prompts">What is asked; the same prompt twice is two questions.</param>
    /// <param name="annotator">Who chooses.</param>
    /// <param name="samples">Answers to each prompt, at least 2.</param>
    /// <param name="temperature">The temperature at which they are written.</param>
    /// <param name="journal">Where everything is kept; in memory and without repeats when absent.</param>
    /// <param name="cancellation">Ends the collection before the next question.</param>
    /// <exception cref="AnnotationException">There are fewer than two samples, or the annotator chose an answer that is not there.</exception>
    public static IEnumerable<PreferencePair> Collect(
        Responder policy, IEnumerable<string> prompts, Annotator annotator, int samples = 3, double temperature = 0.8, Journal? journal = null, CancellationToken cancellation = default)
    {
        if (samples < 2) throw new AnnotationException($"{nameof(samples)} is {samples}: to choose from, there have to be at least 2.");
        journal ??= new Journal(repeatEvery: 0);
        return Asked(Questions(policy, prompts, samples, temperature, new Rng(journal.Seed), cancellation), c => c.Prompt, annotator, journal, cancellation)
            .Select(c => c.Pair).OfType<PreferencePair>();
    }

    /// <summary>Asks an annotator about answers that are there already, with the same journal, order and repeats. One journal may hold several such comparisons: what was answered is known by prompt and answers.</summary>
    /// <param name="questions">A prompt and its answers.</param>
    /// <param name="annotator">Who chooses.</param>
    /// <param name="journal">Where everything is kept; in memory and without repeats when absent.</param>
    /// <param name="cancellation">Ends the asking before the next question.</param>
    /// <returns>What was chosen, one per question and without the repeats; fewer where the annotator quit.</returns>
    public static IEnumerable<Choice> Ask(
        IEnumerable<(string Prompt, IReadOnlyList<string> Completions)> questions, Annotator annotator, Journal? journal = null, CancellationToken cancellation = default) =>
        Asked(
            questions.Select(q => (q.Prompt, Choice.KeyOf(q.Prompt, q.Completions.Distinct(StringComparer.Ordinal)), (Func<IReadOnlyList<string>>)(() => q.Completions))),
            c => c.Key, annotator, journal ?? new Journal(repeatEvery: 0), cancellation);

    /// <summary>The questions that are still open, in the order in which their answers are to be shown, with a repeat now and then: for a form that is filled in elsewhere. <see cref="Journal.Take"/> takes what came of them.</summary>
    /// <inheritdoc cref="Collect"/>
    public static IEnumerable<Choice> Questions(Responder policy, IEnumerable<string> prompts, Journal journal, int samples = 3, double temperature = 0.8, CancellationToken cancellation = default)
    {
        if (samples < 2) throw new AnnotationException($"{nameof(samples)} is {samples}: to choose from, there have to be at least 2.");
        return Open(Questions(policy, prompts, samples, temperature, new Rng(journal.Seed), cancellation), journal, cancellation);
    }

    private static IEnumerable<Choice> Open(IEnumerable<(string Prompt, string Key, Func<IReadOnlyList<string>> Completions)> questions, Journal journal, CancellationToken cancellation)
    {
        var (rng, seen) = (new Rng(journal.Seed), new Dictionary<string, int>(StringComparer.Ordinal));
        var (answered, repeats) = (Answered(journal), journal.Choices.Count(c => c.Repeat));
        foreach (var (prompt, _, completions) in questions)
        {
            var number = seen[prompt] = seen.GetValueOrDefault(prompt) + 1;
            if (journal.Choices.Count(c => !c.Repeat && c.Prompt == prompt) >= number) continue;
            if (Drawn(completions, cancellation) is not { } drawn) yield break;
            if (drawn.Length < 2) continue;
            if (Again(answered, repeats, journal.RepeatEvery, rng) is { } again)
            {
                repeats++;
                yield return again;
            }

            answered.Add(Question(prompt, number, drawn, rng));
            yield return answered[^1];
        }
    }

    private static Choice Question(string prompt, int number, string[] drawn, Rng rng) => new(prompt, drawn, Order(drawn.Length, rng.Fork($"order {number} {prompt}")));

    /// <param name="questions">A prompt, what its answer is known by, and the answers to choose from.</param>
    /// <param name="key">What a choice of the journal is known by.</param>
    /// <param name="annotator">Who chooses.</param>
    /// <param name="journal">Where everything is kept.</param>
    /// <param name="cancellation">Ends the asking before the next question.</param>
    private static IEnumerable<Choice> Asked(
        IEnumerable<(string Prompt, string Key, Func<IReadOnlyList<string>> Completions)> questions, Func<Choice, string> key, Annotator annotator, Journal journal, CancellationToken cancellation)
    {
        var rng = new Rng(journal.Seed);
        var known = journal.Choices.Where(c => !c.Repeat).GroupBy(key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => new Queue<Choice>(g), StringComparer.Ordinal);
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (prompt, asked, completions) in questions)
        {
            var number = seen[prompt] = seen.GetValueOrDefault(prompt) + 1;
            if (known.GetValueOrDefault(asked) is { } old && old.TryDequeue(out var before))
            {
                yield return before;
                continue;
            }

            if (cancellation.IsCancellationRequested || !Repeated(journal, annotator, rng, cancellation) || Drawn(completions, cancellation) is not { } drawn) yield break;
            if (!Chosen(Question(prompt, number, drawn, rng), annotator, cancellation, out var choice)) yield break;
            journal.Add(choice);
            yield return choice;
        }
    }

    /// <summary>The prompts with their answers, which are written for several prompts at once when the first of these is asked.</summary>
    /// <remarks>Groups and their luck do not depend on what was answered before: a session that goes on draws what the one before would have drawn.</remarks>
    private static IEnumerable<(string Prompt, string Key, Func<IReadOnlyList<string>> Completions)> Questions(
        Responder policy, IEnumerable<string> prompts, int samples, double temperature, Rng rng, CancellationToken cancellation)
    {
        foreach (var (number, some) in prompts.Chunk(Math.Max(1, policy.Together)).Index())
        {
            var luck = rng.Fork($"samples {number}");
            var answers = new Lazy<IReadOnlyList<string>[]>(() => Different(policy, some, samples, temperature, luck, cancellation));
            for (var i = 0; i < some.Length; i++)
            {
                var place = i;
                yield return (some[i], some[i], () => answers.Value[place]);
            }
        }
    }

    /// <summary>Answers to each prompt, what is identical drawn again.</summary>
    private static IReadOnlyList<string>[] Different(Responder policy, string[] prompts, int samples, double temperature, Rng luck, CancellationToken cancellation)
    {
        var answers = policy.Write(prompts, samples, temperature, luck.Fork("first"), cancellation).Select(a => a.Distinct(StringComparer.Ordinal).ToList()).ToArray();
        if (answers.Length != prompts.Length) throw new AnnotationException($"{prompts.Length} prompts were asked and {answers.Length} answered.");
        for (var t = 0; t < Tries; t++)
        {
            var few = Enumerable.Range(0, prompts.Length).Where(i => answers[i].Count < samples).ToArray();
            if (few.Length == 0) break;
            var more = policy.Write([.. few.Select(i => prompts[i])], samples, temperature, luck.Fork($"again {t}"), cancellation);
            foreach (var (i, drawn) in few.Zip(more)) answers[i] = [.. answers[i].Concat(drawn).Distinct(StringComparer.Ordinal).Take(samples)];
        }

        return answers;
    }

    /// <summary>The answers of a question; null where their writing was cancelled.</summary>
    private static string[]? Drawn(Func<IReadOnlyList<string>> completions, CancellationToken cancellation)
    {
        try
        {
            string[] drawn = [.. completions().Distinct(StringComparer.Ordinal)];
            return cancellation.IsCancellationRequested ? null : drawn;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Asks an earlier question again where one is due; false where the annotator quit.</summary>
    private static bool Repeated(Journal journal, Annotator annotator, Rng rng, CancellationToken cancellation)
    {
        if (Again(Answered(journal), journal.Choices.Count(c => c.Repeat), journal.RepeatEvery, rng) is not { } again) return true;
        if (!Chosen(again, annotator, cancellation, out var choice)) return false;
        journal.Add(choice);
        return true;
    }

    private static List<Choice> Answered(Journal journal) => [.. journal.Choices.Where(c => c is { Repeat: false, Best: not null })];

    /// <summary>An earlier question in another order; null where none is due.</summary>
    private static Choice? Again(List<Choice> answered, int repeats, int every, Rng rng)
    {
        if (every == 0 || answered.Count / every <= repeats) return null;
        var luck = rng.Fork($"repeat {repeats}");
        var again = answered[luck.NextInt((answered.Count + 1) / 2)]; // an early one, which is no longer remembered
        var order = again.Order;
        while (order.SequenceEqual(again.Order)) order = Order(again.Completions.Count, luck);
        return again with { Order = order, Repeat = true, Best = null, Worst = null };
    }

    /// <summary>Lets the annotator choose; false where nothing more is to be asked.</summary>
    private static bool Chosen(Choice question, Annotator annotator, CancellationToken cancellation, out Choice choice)
    {
        choice = question;
        var shown = question.Order.Select(i => question.Completions[i]).ToArray();
        if (shown.Length < 2) return true;
        try
        {
            if (annotator(question.Prompt, shown) is not var (best, worst)) return true;
            if (best == worst || best < 0 || worst < 0 || best >= shown.Length || worst >= shown.Length)
                throw new AnnotationException($"The annotator chose answer {best} as the best and {worst} as the worst of {shown.Length} to \"{Choice.Short(question.Prompt)}\": two different places from 0 are needed, or null for none.");
            choice = question with { Best = question.Order[best], Worst = question.Order[worst] };
            return true;
        }
        catch (Exception e) when (e is QuitException || (e is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            return false;
        }
    }

    private static int[] Order(int count, Rng rng)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        rng.Shuffle<int>(order);
        return order;
    }
}
