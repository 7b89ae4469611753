using Align.Data;
using Align.Runtime;

namespace Align.Rewards;

/// <summary>The toy world's reward, known exactly: a mark out of 10 that any reader can check by hand.</summary>
/// <remarks>
/// <list type="table">
/// <item><term>truth, 2.5</term><description><see cref="TruthRule"/> says how; a wrong string halves it</description></item>
/// <item><term>topic, 1.5</term><description>the share of sentences with a word that the prompt, its facts or its keywords hold; courtesies, rude and grovelling sentences aside</description></item>
/// <item><term>polite, 2</term><description>a rude sentence 0, a grovelling one 0.1, else by courtesies: none 0.4, one 1, two 0.8, more 0.3</description></item>
/// <item><term>concise, 1.5</term><description>1 from the prompt's least to its most words; below, words/least; above, falling to 0 at twice the most</description></item>
/// <item><term>fresh, 1</term><description>distinct triples of neighbouring words / triples; 0 where there is none</description></item>
/// <item><term>ending, 1.5</term><description>½ for stopping, ½ for stopping at the end of a sentence</description></item>
/// </list>
/// A word is a Latin word, a number, one Chinese character or one emoji. A sentence that repeats one of the prompt says nothing: it is neither
/// true nor about the matter. An answer without words gets 0.
/// </remarks>
public sealed class GoldReward
{
    private static readonly char[] SentenceEnds = ['.', '!', '?', '…', '。', '！', '？'];

    private readonly Dictionary<string, Known> _prompts = new(StringComparer.Ordinal);

    /// <summary>Creates the reward for prompts whose facts are known.</summary>
    /// <exception cref="GoldRewardException">A prompt occurs twice, or its facts cannot be right.</exception>
    public GoldReward(IEnumerable<GoldPrompt> prompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        foreach (var p in prompts)
        {
            if (p.Accepted.Count == 0 || p.Accepted.Any(string.IsNullOrEmpty)) throw new GoldRewardException($"Nothing is accepted as an answer to \"{p.Prompt}\".");
            if (p.Least < 1 || p.Most < p.Least) throw new GoldRewardException($"An answer to \"{p.Prompt}\" cannot have {p.Least} to {p.Most} words.");
            if (!_prompts.TryAdd(p.Prompt, new Known(p))) throw new GoldRewardException($"The prompt \"{p.Prompt}\" is there twice.");
        }
    }

    /// <summary>The prompts it can judge, in the order given.</summary>
    public IEnumerable<GoldPrompt> Prompts => _prompts.Values.Select(p => p.Facts);

    /// <summary>The reward for the prompts of files such as <c>data/toy/prompts-report.jsonl</c>.</summary>
    /// <exception cref="DataException">A file cannot be read, or a row is no prompt with facts.</exception>
    /// <exception cref="GoldRewardException">A prompt occurs twice, or its facts cannot be right.</exception>
    public static GoldReward Load(params IReadOnlyList<string> files) => new(files.SelectMany(GoldPromptFile.Read));

    /// <summary>The mark of an answer, 0 to 10.</summary>
    /// <param name="prompt">A prompt whose facts are known.</param>
    /// <param name="answer">The answer, without the end token.</param>
    /// <param name="ended">Whether the writer stopped by itself, and was not cut off for lack of room.</param>
    /// <exception cref="GoldRewardException">The prompt's facts are not known.</exception>
    public double Score(string prompt, string answer, bool ended = true) => Breakdown(prompt, answer, ended).Mark;

    /// <summary>The six criteria of an answer.</summary>
    /// <inheritdoc cref="Score"/>
    public GoldMark Breakdown(string prompt, string answer, bool ended = true)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(answer);
        if (!_prompts.TryGetValue(prompt, out var known))
            throw new GoldRewardException($"The gold reward knows the facts of {_prompts.Count} prompts, and \"{prompt}\" is none of them. Load the file that this prompt is in.");
        var words = GoldWords.Of(answer);
        if (words.Count == 0) return new GoldMark(0, 0, 0, 0, 0, 0);
        return new GoldMark(
            GoldTruth.Of(known.Facts, known.Said(answer)), Topic(known, answer), Polite(answer, words), Concise(known.Facts, words.Count), Fresh(words), Ending(answer, ended));
    }

    private static double Topic(Known known, string answer)
    {
        var rest = GoldManners.Courtesies.Aggregate(answer, (text, c) => text.Replace(c, "\n", StringComparison.Ordinal));
        var sentences = GoldWords.Sentences(rest).Where(s => GoldWords.Of(s) is { Count: > 0 } w && !w.Any(GoldManners.RudeWords.Contains) && !w.Any(GoldManners.GrovelWords.Contains)).ToList();
        return sentences.Count == 0 ? 0 : sentences.Count(s => known.IsNew(s) && GoldWords.Of(s).Any(known.About.Contains)) / (double)sentences.Count;
    }

    private static double Polite(string answer, List<string> words)
    {
        if (words.Any(GoldManners.RudeWords.Contains)) return 0;
        if (words.Any(GoldManners.GrovelWords.Contains)) return 0.1;
        return Courtesies(answer) switch { 0 => 0.4, 1 => 1, 2 => 0.8, _ => 0.3 };
    }

    private static int Courtesies(string answer)
    {
        var count = 0;
        foreach (var courtesy in GoldManners.Courtesies)
            for (var at = 0; (at = answer.IndexOf(courtesy, at, StringComparison.Ordinal)) >= 0; at += courtesy.Length) count++;
        return count;
    }

    private static double Concise(GoldPrompt facts, int words) =>
        words < facts.Least ? words / (double)facts.Least : Math.Clamp(2 - words / (double)facts.Most, 0, 1);

    private static double Fresh(List<string> words)
    {
        if (words.Count < 3) return 0;
        var triples = Enumerable.Range(0, words.Count - 2).Select(i => (words[i], words[i + 1], words[i + 2])).ToList();
        return triples.Distinct().Count() / (double)triples.Count;
    }

    private static double Ending(string answer, bool ended)
    {
        if (!ended) return 0;
        var text = answer.AsSpan().TrimEnd();
        var last = text[^1];
        var emoji = char.IsSurrogate(last) || last is >= '\u2600' and <= '\u27BF' or '\u2B50';
        return SentenceEnds.Contains(last) || emoji ? 1 : 0.5;
    }

    /// <summary>A prompt, the words that are about it, and its sentences.</summary>
    private sealed class Known(GoldPrompt facts)
    {
        private readonly HashSet<string> _sentences = GoldWords.Sentences(facts.Prompt).Select(Key).ToHashSet(StringComparer.Ordinal);

        public GoldPrompt Facts => facts;

        public HashSet<string> About { get; } =
            GoldWords.Content(facts.Prompt).Concat(facts.Accepted.Concat(facts.Keywords).SelectMany(GoldWords.Content)).ToHashSet(StringComparer.Ordinal);

        public bool IsNew(string sentence) => !_sentences.Contains(Key(sentence));

        /// <summary>The answer without the sentences that the prompt has too.</summary>
        public string Said(string answer) => string.Join(". ", GoldWords.Sentences(answer).Where(IsNew));

        private static string Key(string sentence) => string.Join(' ', GoldWords.Of(sentence));
    }
}

/// <summary>A prompt that the gold reward cannot judge, or a file of facts that is broken.</summary>
public sealed class GoldRewardException(string message, Exception? inner = null) : AlignException(message, inner);
