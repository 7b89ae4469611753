using System.Text;

namespace Align.Models;

/// <summary>Names and shapes of unknown origin, made fit for a message.</summary>
internal static class Quoted
{
    private const int Longest = 120;

    /// <summary>The name in quotes, with control characters and halves of pairs escaped, cut where it is long.</summary>
    public static string Name(string name)
    {
        var text = new StringBuilder("\"");
        foreach (var rune in name.EnumerateRunes())
        {
            if (text.Length > Longest) return text.Append("…\"").ToString();
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar) text.Append($"\\u{rune.Value:x4}");
            else text.Append(rune);
        }

        return text.Append('"').ToString();
    }

    /// <summary>A shape as PyTorch writes it: <c>[2, 3]</c>.</summary>
    public static string Shape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
