using System.Globalization;
using System.Security;
using System.Text;

namespace Align.Interactive.Drawing;

/// <summary>Text that comes from data: escaped, measured, shortened and wrapped.</summary>
internal static class Words
{
    /// <summary>The width of a column of monospaced text at the usual size.</summary>
    public const double Cell = 8.8;

    /// <summary>Text as the content or an attribute of XML and HTML.</summary>
    public static string Escape(string text) => SecurityElement.Escape(Clean(text));

    /// <summary>The text with U+FFFD for control characters, halves of surrogate pairs and what else XML and JSON forbid.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            clean.Append(rune.Value is (< 0x20 and not ('\t' or '\n' or '\r')) or 0xfffe or 0xffff ? "\ufffd" : rune.ToString());
        return clean.ToString();
    }

    /// <summary>An estimate that holds for the usual sans-serif fonts: 0.6 em a letter, 1 em for Chinese and emoji.</summary>
    public static double Width(string text, double size)
    {
        var em = 0.0;
        foreach (var rune in text.EnumerateRunes()) em += IsWide(rune) ? 1.02 : Em(rune.Value);
        return em * size;
    }

    /// <summary>Columns in a monospaced font.</summary>
    public static int Columns(string text) => text.EnumerateRunes().Sum(r => Rune.GetUnicodeCategory(r) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format ? 0 : IsWide(r) ? 2 : 1);

    /// <summary>The text, cut with an ellipsis where it is wider than that.</summary>
    public static string Shorten(string text, double width, double size)
    {
        if (Width(text, size) <= width) return text;
        var kept = new StringBuilder();
        var left = width - size;
        foreach (var rune in text.EnumerateRunes())
        {
            if ((left -= Width(rune.ToString(), size)) < 0) break;
            kept.Append(rune);
        }

        return kept.ToString().TrimEnd() + "…";
    }

    /// <summary>Lines no wider than that, broken at spaces, three at most.</summary>
    public static IEnumerable<string> Wrap(string text, double width, double size)
    {
        var lines = new List<string>();
        foreach (var word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines.Count > 0 && (lines.Count == 3 || Width(lines[^1] + " " + word, size) <= width)) lines[^1] += " " + word;
            else lines.Add(word);
        }

        return lines.Select(l => Shorten(l, width, size));
    }

    private static double Em(int rune) => rune switch
    {
        'i' or 'j' or 'l' or 'I' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or ' ' or '/' or '(' or ')' => 0.34,
        'f' or 'r' or 't' => 0.41,
        'm' or 'w' or 'M' or 'W' or '%' => 0.92,
        '−' or '+' or '=' => 0.75,
        >= 'A' and <= 'Z' => 0.7,
        >= '0' and <= '9' => 0.62,
        _ => 0.61,
    };

    private static bool IsWide(Rune rune) => rune.Value is (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0xa4cf) or (>= 0xac00 and <= 0xd7a3)
        or (>= 0xf900 and <= 0xfaff) or (>= 0xfe30 and <= 0xfe6f) or (>= 0xff00 and <= 0xff60) or (>= 0x1f300 and <= 0x1faff) or (>= 0x20000 and <= 0x3fffd);
}
