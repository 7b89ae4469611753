namespace Align.Text;

/// <summary>Byte-level byte-pair encoding, trained as Hugging Face <c>tokenizers</c> trains it: the same merges in the same order, ties included.</summary>
/// <remarks>
/// Ids: specials as given, then the letters of bytes in code-point order, then merges. Each round joins the most frequent neighbouring pair
/// of tokens within words; among equals the smallest left id, then the smallest right id. A pair whose joint string is a token already is still a
/// merge but adds no token. It stops when the vocabulary is full, when no pair is left, or when the best is rarer than asked.
/// </remarks>
public static class BpeTrainer
{
    /// <summary>Trains on texts.</summary>
    /// <param name="texts">Texts; no word spans two of them.</param>
    /// <param name="size">How many tokens at most, specials and alphabet counted; the alphabet is never cut.</param>
    /// <param name="specials">Special tokens, which get the first ids. Their names are not looked for in the texts.</param>
    /// <param name="split">How texts are cut into words; GPT-2's way unless given.</param>
    /// <param name="minFrequency">Pairs seen less often are not joined.</param>
    /// <param name="wholeAlphabet">Whether all 256 bytes are tokens (then any text can be encoded) or only those seen.</param>
    /// <param name="maxTokenLength">A pair that arises from a merge is joined only if its bytes are fewer than this.</param>
    /// <exception cref="TokenizerException">A special token is empty or given twice.</exception>
    public static BpeVocabulary Train(
        IEnumerable<string> texts,
        int size,
        IReadOnlyList<string>? specials = null,
        WordSplit? split = null,
        int minFrequency = 0,
        bool wholeAlphabet = true,
        int? maxTokenLength = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        split ??= WordSplit.Gpt2;
        specials ??= [];
        var counts = CountWords(texts, split);

        var tokens = new TokenList();
        foreach (var name in specials)
            if (name.Length == 0 || !tokens.Add(name)) throw new TokenizerException($"The special token \"{name}\" is empty or given twice.");
        foreach (var letter in wholeAlphabet ? ByteAlphabet.InOrder : counts.Keys.SelectMany(w => w).Distinct().Order())
            tokens.Add(letter.ToString());

        var pairs = new PairCounts(tokens, counts, maxTokenLength ?? int.MaxValue);
        var merges = new List<(string, string)>();
        while (tokens.Count < size && pairs.Best() is { } best && best.Count >= Math.Max(1, minFrequency))
        {
            var (left, right) = (tokens[best.Left], tokens[best.Right]);
            tokens.Add(left + right);
            merges.Add((left, right));
            pairs.Merge(best.Left, best.Right, tokens.IdOf(left + right));
        }

        return new BpeVocabulary(tokens.All, merges, specials, split);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, WordSplit split)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            Utf8.Check(text);
            foreach (var word in split.Words(text)) counts[word] = counts.GetValueOrDefault(word) + 1;
        }

        return counts.ToDictionary(c => ByteAlphabet.Spell(c.Key), c => c.Value, StringComparer.Ordinal);
    }

    /// <summary>Tokens by id and ids by token.</summary>
    private sealed class TokenList
    {
        private readonly List<string> _tokens = [];
        private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

        public int Count => _tokens.Count;

        public IReadOnlyList<string> All => _tokens;

        public string this[int id] => _tokens[id];

        public int IdOf(string token) => _ids[token];

        public bool Add(string token)
        {
            if (!_ids.TryAdd(token, _tokens.Count)) return false;
            _tokens.Add(token);
            return true;
        }
    }

    /// <summary>How often each pair of neighbours occurs, kept right under merges.</summary>
    private sealed class PairCounts
    {
        private readonly TokenList _tokens;
        private readonly int _maxLength;
        private readonly (List<int> Ids, long Count)[] _words;
        private readonly Dictionary<(int, int), long> _counts = [];
        private readonly Dictionary<(int, int), HashSet<int>> _wordsWith = [];
        private readonly PriorityQueue<(int Left, int Right, long Count), (long, int, int)> _queue = new();

        public PairCounts(TokenList tokens, Dictionary<string, long> wordCounts, int maxLength)
        {
            (_tokens, _maxLength) = (tokens, maxLength);
            _words = [.. wordCounts.Select(w => (w.Key.Select(c => _tokens.IdOf(c.ToString())).ToList(), w.Value))];
            for (var w = 0; w < _words.Length; w++)
                for (var i = 0; i + 1 < _words[w].Ids.Count; i++)
                    Change((_words[w].Ids[i], _words[w].Ids[i + 1]), _words[w].Count, w);
            foreach (var pair in _counts.Keys) Queue(pair);
        }

        /// <summary>The most frequent pair. The queue may hold counts that were right earlier: they are passed over.</summary>
        public (int Left, int Right, long Count)? Best()
        {
            while (_queue.TryPeek(out var top, out _))
            {
                if (_counts[(top.Left, top.Right)] == top.Count) return top;
                _queue.Dequeue();
            }

            return null;
        }

        public void Merge(int left, int right, int joined)
        {
            var changed = new HashSet<(int, int)>();
            foreach (var w in _wordsWith[(left, right)])
            {
                var (ids, count) = _words[w];
                for (var i = 0; i + 1 < ids.Count; i++)
                {
                    if (ids[i] != left || ids[i + 1] != right) continue;
                    if (i > 0) Replace((ids[i - 1], left), (ids[i - 1], joined), w, count, changed);
                    if (i + 2 < ids.Count) Replace((right, ids[i + 2]), (joined, ids[i + 2]), w, count, changed);
                    ids[i] = joined;
                    ids.RemoveAt(i + 1);
                }
            }

            _counts[(left, right)] = 0;
            changed.Remove((left, right));
            foreach (var pair in changed) Queue(pair);
        }

        private void Replace((int, int) old, (int Left, int Right) made, int word, long count, HashSet<(int, int)> changed)
        {
            Change(old, -count, word);
            changed.Add(old);
            if (_tokens[made.Left].Length + _tokens[made.Right].Length >= _maxLength) return;
            Change(made, count, word);
            changed.Add(made);
        }

        private void Change((int, int) pair, long by, int word)
        {
            _counts[pair] = _counts.GetValueOrDefault(pair) + by;
            if (by <= 0) return;
            if (!_wordsWith.TryGetValue(pair, out var with)) _wordsWith[pair] = with = [];
            with.Add(word);
        }

        private void Queue((int Left, int Right) pair)
        {
            if (_counts[pair] > 0) _queue.Enqueue((pair.Left, pair.Right, _counts[pair]), (-_counts[pair], pair.Left, pair.Right));
        }
    }
}
