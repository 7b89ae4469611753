using System.Globalization;
using System.Text.RegularExpressions;
using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>Fills the slots of sentences: {pet1} and {pet2} are two pets, and the same two wherever they are named.</summary>
internal sealed partial class Slots(Rng rng)
{
    private readonly Dictionary<string, string> _filled = new(StringComparer.Ordinal);

    public string this[string slot]
    {
        get
        {
            if (_filled.TryGetValue(slot, out var value)) return value;
            var list = Fillers.Lists[slot.TrimEnd('1', '2', '3')];
            var free = list.Except(_filled.Values).ToArray();
            return _filled[slot] = free[rng.NextInt(free.Length)];
        }

        set => _filled[slot] = value;
    }

    /// <summary>A sentence with its slots filled.</summary>
    /// <param name="sentence">A sentence with slots.</param>
    /// <param name="swapped">Whether the first and the second of every kind change places: the one asked about is then told second.</param>
    public string Fill(string sentence, bool swapped = false) =>
        Slot.Replace(sentence, m => this[swapped ? m.Groups[1].Value + Other(m.Groups[2].Value) : m.Groups[1].Value + m.Groups[2].Value]);

    private static string Other(string index) => index switch { "1" => "2", "2" => "1", _ => index };

    [GeneratedRegex(@"\{(\w+?)([123]?)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Slot { get; }
}

/// <summary>Draws from lists.</summary>
internal static class Draws
{
    public static T One<T>(this Rng rng, IReadOnlyList<T> list) => list[rng.NextInt(list.Count)];

    /// <summary>Several different items, in random order.</summary>
    public static T[] Some<T>(this Rng rng, IReadOnlyList<T> list, int count)
    {
        var items = list.ToArray();
        rng.Shuffle<T>(items);
        return items[..count];
    }

    public static bool Chance(this Rng rng, double probability) => rng.NextDouble() < probability;

    /// <summary>An index drawn with these weights.</summary>
    public static int Index(this Rng rng, params ReadOnlySpan<double> weights)
    {
        var sum = 0.0;
        foreach (var w in weights) sum += w;
        var u = rng.NextDouble() * sum;
        var i = 0;
        while (i < weights.Length - 1 && (u -= weights[i]) >= 0) i++;
        return i;
    }

    public static string Capital(this string text) => text.Length == 0 ? text : char.ToUpper(text[0], CultureInfo.InvariantCulture) + text[1..];

    public static string Number(this int n) => n.ToString(CultureInfo.InvariantCulture);
}
