using System.Globalization;
using System.Text;

namespace Align.Text.Parts;

/// <summary>Unicode's normalization form C. .NET's own needs a system library that may be absent, and changes nothing in the invariant mode that this library runs in.</summary>
internal static class Composed
{
    private const int HangulFirst = 0xAC00, HangulCount = 11172, LeadFirst = 0x1100, VowelFirst = 0x1161, TailFirst = 0x11A7, Leads = 19, Vowels = 21, Tails = 28;

    private static readonly Dictionary<int, int> Classes = [];
    private static readonly Dictionary<int, int[]> Parts = [];
    private static readonly Dictionary<(int, int), int> Wholes = [];
    private static readonly HashSet<int> Restless = [];

    static Composed()
    {
        using var stream = typeof(Composed).Assembly.GetManifestResourceStream("composition.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (line[0] != '#') Learn(line.Split(' '));
    }

    /// <summary>Whether this character may change, or change its neighbour before it: others stand for themselves and begin a run of their own.</summary>
    public static bool IsRestless(int codePoint) =>
        codePoint >= 0x300 && (Restless.Contains(codePoint) || codePoint is >= VowelFirst and < VowelFirst + Vowels or > TailFirst and < TailFirst + Tails);

    /// <summary>The form C of a run: one character that is not restless, and the restless ones after it.</summary>
    public static string Of(string run)
    {
        var apart = new List<int>();
        foreach (var rune in run.EnumerateRunes()) TakeApart(rune.Value, apart);
        Order(apart);
        var text = new StringBuilder();
        foreach (var codePoint in Join(apart)) text.Append(char.ConvertFromUtf32(codePoint));
        return text.ToString();
    }

    private static void Learn(string[] words)
    {
        if (words.Length == 2)
        {
            var ends = words[0].Split('-');
            for (var c = Hex(ends[0]); c <= Hex(ends[1]); c++)
            {
                Classes[c] = int.Parse(words[1], CultureInfo.InvariantCulture);
                Restless.Add(c);
            }

            return;
        }

        var whole = Hex(words[0]);
        int[] parts = [.. words[2..].Select(Hex)];
        Parts[whole] = parts;
        if (words[1] == "=")
        {
            Wholes[(parts[0], parts[1])] = whole;
            Restless.Add(parts[1]);
        }
        else
        {
            Restless.Add(whole);
        }
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static void TakeApart(int c, List<int> into)
    {
        if (c is >= HangulFirst and < HangulFirst + HangulCount)
        {
            var i = c - HangulFirst;
            into.Add(LeadFirst + i / (Vowels * Tails));
            into.Add(VowelFirst + i % (Vowels * Tails) / Tails);
            if (i % Tails > 0) into.Add(TailFirst + i % Tails);
        }
        else if (Parts.TryGetValue(c, out var parts))
        {
            foreach (var part in parts) TakeApart(part, into);
        }
        else
        {
            into.Add(c);
        }
    }

    private static int ClassOf(int c) => Classes.GetValueOrDefault(c);

    private static void Order(List<int> codePoints)
    {
        for (var i = 0; i < codePoints.Count;)
        {
            var end = i + 1;
            if (ClassOf(codePoints[i]) > 0)
            {
                while (end < codePoints.Count && ClassOf(codePoints[end]) > 0) end++;
                var marks = codePoints[i..end].OrderBy(ClassOf).ToArray();
                for (var k = i; k < end; k++) codePoints[k] = marks[k - i];
            }

            i = end;
        }
    }

    private static List<int> Join(List<int> apart)
    {
        var joined = new List<int>();
        var starter = -1;
        foreach (var c in apart)
        {
            var adjacent = starter == joined.Count - 1;
            var blocked = !adjacent && ClassOf(joined[^1]) >= ClassOf(c);
            if (starter >= 0 && !blocked && Whole(joined[starter], c) is { } whole)
            {
                joined[starter] = whole;
                continue;
            }

            if (ClassOf(c) == 0) starter = joined.Count;
            joined.Add(c);
        }

        return joined;
    }

    private static int? Whole(int first, int second)
    {
        if (first is >= LeadFirst and < LeadFirst + Leads && second is >= VowelFirst and < VowelFirst + Vowels)
            return HangulFirst + ((first - LeadFirst) * Vowels + second - VowelFirst) * Tails;
        if (first is >= HangulFirst and < HangulFirst + HangulCount && (first - HangulFirst) % Tails == 0 && second is > TailFirst and < TailFirst + Tails)
            return first + second - TailFirst;
        return Wholes.TryGetValue((first, second), out var whole) ? whole : null;
    }
}
