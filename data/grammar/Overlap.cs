using Align.Rewards;

namespace Align.ToyWorld;

/// <summary>How much of a prompt another one shares, in runs of four words.</summary>
internal static class Overlap
{
    /// <summary>The different runs of four words; of a shorter text, the text.</summary>
    public static IReadOnlySet<string> Runs(string text)
    {
        var words = GoldWords.Of(text);
        return words.Count < 4
            ? new HashSet<string>([string.Join(' ', words)])
            : Enumerable.Range(0, words.Count - 3).Select(i => string.Join(' ', words.Skip(i).Take(4))).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>For each prompt the share of its runs that the nearest other prompt has too.</summary>
    public static double[] Nearest(IReadOnlyList<string> prompts)
    {
        var index = new Index();
        var runs = prompts.Select(Runs).ToArray();
        foreach (var r in runs) index.Add(r);
        return [.. runs.Select((r, i) => index.Shared(r, except: i) / (double)r.Count)];
    }

    /// <summary>Prompts by their runs.</summary>
    public sealed class Index
    {
        private readonly Dictionary<string, List<int>> _having = new(StringComparer.Ordinal);
        private readonly List<int> _counts = [];

        public void Add(IReadOnlySet<string> runs)
        {
            foreach (var run in runs)
            {
                if (!_having.TryGetValue(run, out var list)) _having[run] = list = [];
                list.Add(_counts.Count);
            }

            _counts.Add(runs.Count);
        }

        /// <summary>How many runs the nearest prompt shares.</summary>
        public int Shared(IReadOnlySet<string> runs, int except = -1)
        {
            var shared = SharedBy(runs);
            shared.Remove(except);
            return shared.Values.DefaultIfEmpty().Max();
        }

        /// <summary>Whether none of the prompts shares more than half of its own runs, or of these.</summary>
        public bool IsFarFrom(IReadOnlySet<string> runs) => SharedBy(runs).All(s => 2 * s.Value <= Math.Min(runs.Count, _counts[s.Key]));

        private Dictionary<int, int> SharedBy(IReadOnlySet<string> runs)
        {
            var shared = new Dictionary<int, int>();
            foreach (var run in runs)
                foreach (var prompt in _having.GetValueOrDefault(run, []))
                    shared[prompt] = shared.GetValueOrDefault(prompt) + 1;
            return shared;
        }
    }
}
