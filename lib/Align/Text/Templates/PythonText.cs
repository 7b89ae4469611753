using System.Globalization;
using System.Numerics;
using System.Text;

namespace Align.Text.Templates;

/// <summary>How Python writes texts: quoted, and as JSON.</summary>
internal static class PythonText
{
    private static readonly char[] Separators = ['\u001C', '\u001D', '\u001E', '\u001F'];

    /// <summary>Python's white space: .NET's and the four separators of ASCII.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || Separators.Contains(c);

    public static string TrimStart(string text, string? characters = null) => text[Start(text, characters)..];

    public static string TrimEnd(string text, string? characters = null) => text[..End(text, characters)];

    public static string Trim(string text, string? characters = null) => TrimStart(TrimEnd(text, characters), characters);

    /// <summary>The words between white space.</summary>
    public static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        foreach (var c in text)
        {
            if (!IsSpace(c)) word.Append(c);
            else if (word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
        }

        if (word.Length > 0) yield return word.ToString();
    }

    /// <summary>A text as Python shows it inside a list.</summary>
    public static string Quoted(string text)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var quoted = new StringBuilder().Append(quote);
        foreach (var rune in text.EnumerateRunes())
        {
            quoted.Append(rune.Value switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\\' => "\\\\",
                var v when v == quote => "\\" + quote,
                ' ' => " ",
                var v when Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator => v switch
                {
                    < 0x100 => $"\\x{v:x2}",
                    < 0x10000 => $"\\u{v:x4}",
                    _ => $"\\U{v:x8}",
                },
                _ => rune.ToString(),
            });
        }

        return quoted.Append(quote).ToString();
    }

    private static int Start(string text, string? characters)
    {
        var start = 0;
        while (start < text.Length && Strips(text[start], characters)) start++;
        return start;
    }

    private static int End(string text, string? characters)
    {
        var end = text.Length;
        while (end > 0 && Strips(text[end - 1], characters)) end--;
        return end;
    }

    private static bool Strips(char c, string? characters) => characters is null ? IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
}

/// <summary>Python's <c>json.dumps</c>.</summary>
internal sealed class JsonText(Python python, bool ascii, string? indent, string itemSeparator, string keySeparator, bool sorted)
{
    private readonly StringBuilder _text = new();

    public string Write(object? value)
    {
        Write(value, 0);
        return _text.ToString();
    }

    private void Write(object? value, int depth)
    {
        python.Budget.Step();
        switch (value)
        {
            case null: Add("null"); break;
            case bool b: Add(b ? "true" : "false"); break;
            case string s: Quote(s); break;
            case BigInteger or double: Add(Number(value)); break;
            case PyList list: Many('[', list.Items, ']', depth, item => Write(item, depth + 1)); break;
            case PyDict dict:
                var entries = sorted ? dict.Entries.OrderBy(e => e.Key, Comparer<object?>.Create((a, b) => python.Compare(a, b, "<"))) : dict.Entries.AsEnumerable();
                var keyed = new Dictionary<string, object?>();
                foreach (var (key, item) in entries) keyed[Key(key)] = item;
                Many('{', [.. keyed], '}', depth, entry =>
                {
                    Quote(entry.Key);
                    Add(keySeparator);
                    Write(entry.Value, depth + 1);
                });
                break;
            default: throw Python.Error($"Object of type {Python.TypeOf(value)} is not JSON serializable");
        }
    }

    private static string Key(object? key) => key switch
    {
        string s => s,
        null => "null",
        bool b => b ? "true" : "false",
        BigInteger or double => Number(key),
        _ => throw Python.Error($"keys must be str, int, float, bool or None, not {Python.TypeOf(key)}"),
    };

    private static string Number(object value) => value is double d
        ? double.IsNaN(d) ? "NaN" : double.IsInfinity(d) ? (d > 0 ? "Infinity" : "-Infinity") : Python.Number(d)
        : ((BigInteger)value).ToString(CultureInfo.InvariantCulture);

    private void Many<T>(char open, IReadOnlyList<T> items, char close, int depth, Action<T> write)
    {
        Add(open.ToString());
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) Add(itemSeparator);
            NewLine(depth + 1);
            write(items[i]);
        }

        if (items.Count > 0) NewLine(depth);
        Add(close.ToString());
    }

    private void NewLine(int depth)
    {
        if (indent is null) return;
        python.Budget.Room((long)indent.Length * depth);
        _text.Append('\n').Insert(_text.Length, indent, depth);
    }

    private void Quote(string text)
    {
        python.Budget.Room(text.Length);
        _text.Append('"');
        foreach (var c in text)
        {
            _text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\b' => "\\b",
                '\f' => "\\f",
                _ when c < ' ' || (ascii && c > '~') => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        _text.Append('"');
    }

    private void Add(string text)
    {
        python.Budget.Room(text.Length);
        _text.Append(text);
    }
}
