using System.Globalization;

namespace Align.Rewards;

/// <summary>The criterion of truth, one function per rule. A wrong string in the answer halves what the rule gives.</summary>
internal static class GoldTruth
{
    public static double Of(GoldPrompt prompt, string answer)
    {
        var words = GoldWords.Of(answer);
        var value = prompt.Truth switch
        {
            TruthRule.One => prompt.Accepted.Any(a => GoldWords.Contains(answer, a)) ? 1 : 0,
            TruthRule.Number => Number(prompt.Accepted[0], words),
            TruthRule.Parts => InOrder(prompt.Accepted, words) / (double)prompt.Accepted.Count,
            TruthRule.Order => InOrder(prompt.Accepted, words) / (double)Math.Max(prompt.Accepted.Count, words.Count(w => prompt.Accepted.Any(p => Is(w, p)))),
            _ => Verse(prompt, answer),
        };
        return prompt.Wrong.Any(w => GoldWords.Contains(answer, w)) ? value / 2 : value;
    }

    /// <summary>1 where the last number is right, ½ where an earlier one is.</summary>
    private static double Number(string right, List<string> words)
    {
        var numbers = words.Where(w => int.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out _)).ToList();
        return numbers.Count > 0 && numbers[^1] == right ? 1 : numbers.Contains(right) ? 0.5 : 0;
    }

    /// <summary>The length of the longest common subsequence of the parts and the words.</summary>
    private static int InOrder(IReadOnlyList<string> parts, List<string> words)
    {
        var longest = new int[parts.Count + 1]; // [i]: with the first i parts and the words so far
        foreach (var word in words)
        {
            var before = 0;
            for (var i = 1; i <= parts.Count; i++)
            {
                var now = Is(word, parts[i - 1]) ? before + 1 : Math.Max(longest[i], longest[i - 1]);
                before = longest[i];
                longest[i] = now;
            }
        }

        return longest[^1];
    }

    private static bool Is(string word, string part) => part.EndsWith('*')
        ? word.StartsWith(part.AsSpan()[..^1], StringComparison.OrdinalIgnoreCase)
        : word.Equals(part, StringComparison.OrdinalIgnoreCase);

    /// <summary>½ for a sentence with a word of the theme, 1 when its lines end in different words that rhyme.</summary>
    private static double Verse(GoldPrompt prompt, string answer)
    {
        var best = 0.0;
        foreach (var sentence in GoldWords.Sentences(answer).Where(s => prompt.Accepted.Any(a => GoldWords.Contains(s, a))))
        {
            var ends = sentence.Split(',', '，', '\n').Select(GoldWords.Last).Where(w => prompt.Rhymes.Contains(w)).Distinct();
            best = Math.Max(best, ends.Count() > 1 ? 1 : 0.5);
        }

        return best;
    }
}
