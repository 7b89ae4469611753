using System.Globalization;
using System.Numerics;
using System.Text;

namespace Align.Text.Templates;

/// <summary>The methods of texts, lists, mappings and numbers.</summary>
internal sealed class Methods(Python python)
{
    /// <summary>A method of a value by its name; null where it has none.</summary>
    public Function? Find(object? of, string name)
    {
        Func<Arguments, object?>? call = of switch
        {
            string s => OfText(s, name),
            PyDict d => OfDict(d, name),
            PyList l => OfList(l, name),
            double d when name == "is_integer" => _ => double.IsInteger(d),
            _ => null,
        };
        return call is null ? null : new Function(name, call);
    }

    public static string Title(string text, bool apostrophesToo)
    {
        var title = new StringBuilder();
        var inside = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var cased = Rune.IsLetter(rune);
            title.Append(inside ? Lower(rune.ToString()) : Upper(rune.ToString()));
            inside = apostrophesToo ? cased : cased || rune.Value is not ('-' or '(' or '{' or '[' or '<') && !Rune.IsWhiteSpace(rune);
        }

        return title.ToString();
    }

    public static string Capitalize(string text)
    {
        var first = text.EnumerateRunes().FirstOrDefault().Utf16SequenceLength;
        return text.Length == 0 ? "" : Title(text[..first], apostrophesToo: true) is var head && text[..first] == "ß" ? "Ss" + Lower(text[first..]) : head + Lower(text[first..]);
    }

    public static string Upper(string text) => text.Replace("ß", "SS", StringComparison.Ordinal).Replace("ŉ", "ʼN", StringComparison.Ordinal).ToUpperInvariant();

    public static string Lower(string text) => text.ToLowerInvariant();

    public string Replace(string text, string old, string with, BigInteger? most)
    {
        var count = most is null || most < 0 ? int.MaxValue : (int)BigInteger.Min(int.MaxValue, most.Value);
        var result = new StringBuilder();
        var at = 0;
        if (old.Length == 0)
        {
            foreach (var character in Python.Characters(text))
            {
                if (count-- > 0) Append(with);
                Append(character);
            }

            if (count > 0) Append(with);
            return result.ToString();
        }

        for (var next = text.IndexOf(old, StringComparison.Ordinal); next >= 0 && count-- > 0; next = text.IndexOf(old, at, StringComparison.Ordinal))
        {
            Append(text[at..next]);
            Append(with);
            at = next + old.Length;
        }

        Append(text[at..]);
        return result.ToString();

        void Append(string part)
        {
            python.Budget.Room(part.Length);
            result.Append(part);
        }
    }

    public string Pad(string text, int width, string fill, Func<int, (int Left, int Right)> sides)
    {
        var missing = Math.Max(0, width - Python.LengthOf(text));
        python.Budget.Room(missing);
        var (left, right) = sides(missing);
        return string.Concat(Enumerable.Repeat(fill, left)) + text + string.Concat(Enumerable.Repeat(fill, right));
    }

    public string Center(string text, int width, string fill) => Pad(text, width, fill, missing => (missing / 2 + (missing & width & 1), missing - missing / 2 - (missing & width & 1)));

    private Func<Arguments, object?>? OfText(string s, string name) => name switch
    {
        "strip" => a => PythonText.Trim(s, Characters(a)),
        "lstrip" => a => PythonText.TrimStart(s, Characters(a)),
        "rstrip" => a => PythonText.TrimEnd(s, Characters(a)),
        "split" => a => Split(s, a.Only(name, 0, "sep", "maxsplit"), fromRight: false),
        "rsplit" => a => Split(s, a.Only(name, 0, "sep", "maxsplit"), fromRight: true),
        "splitlines" => _ => new PyList([.. Lines(s)]),
        "partition" => a => Partition(s, Text(a, 0), s.IndexOf(Text(a, 0), StringComparison.Ordinal), first: true),
        "rpartition" => a => Partition(s, Text(a, 0), s.LastIndexOf(Text(a, 0), StringComparison.Ordinal), first: false),
        "startswith" => a => Any(a, prefix => s.StartsWith(prefix, StringComparison.Ordinal)),
        "endswith" => a => Any(a, suffix => s.EndsWith(suffix, StringComparison.Ordinal)),
        "replace" => a => Replace(s, Text(a, 0), Text(a, 1), Python.AsInteger(a.Get(2, "count"))),
        "removeprefix" => a => s.StartsWith(Text(a, 0), StringComparison.Ordinal) ? s[Text(a, 0).Length..] : s,
        "removesuffix" => a => Text(a, 0).Length > 0 && s.EndsWith(Text(a, 0), StringComparison.Ordinal) ? s[..^Text(a, 0).Length] : s,
        "upper" => _ => Upper(s),
        "lower" => _ => Lower(s),
        "casefold" => _ => Lower(s).Replace("ß", "ss", StringComparison.Ordinal),
        "title" => _ => Title(s, apostrophesToo: true),
        "capitalize" => _ => Capitalize(s),
        "swapcase" => _ => string.Concat(s.EnumerateRunes().Select(r => Rune.IsUpper(r) ? Lower(r.ToString()) : Upper(r.ToString()))),
        "find" => a => Find(s, Text(a, 0), last: false),
        "rfind" => a => Find(s, Text(a, 0), last: true),
        "index" => a => Find(s, Text(a, 0), last: false) is var i && i >= 0 ? i : throw Python.Error("substring not found"),
        "rindex" => a => Find(s, Text(a, 0), last: true) is var i && i >= 0 ? i : throw Python.Error("substring not found"),
        "count" => a => new BigInteger(Text(a, 0).Length == 0 ? Python.LengthOf(s) + 1 : (s.Length - s.Replace(Text(a, 0), "", StringComparison.Ordinal).Length) / Text(a, 0).Length),
        "join" => a => Join(s, python.List(a.Only(name, 1, "iterable").Get(0, "iterable")).Items),
        "isdigit" => _ => s.Length > 0 && s.EnumerateRunes().All(Rune.IsDigit),
        "isdecimal" => _ => s.Length > 0 && s.EnumerateRunes().All(Rune.IsDigit),
        "isnumeric" => _ => s.Length > 0 && s.EnumerateRunes().All(Rune.IsNumber),
        "isalpha" => _ => s.Length > 0 && s.EnumerateRunes().All(Rune.IsLetter),
        "isalnum" => _ => s.Length > 0 && s.EnumerateRunes().All(r => Rune.IsLetter(r) || Rune.IsNumber(r)),
        "isspace" => _ => s.Length > 0 && s.All(PythonText.IsSpace),
        "islower" => _ => IsCased(s, Rune.IsLower, Rune.IsUpper),
        "isupper" => _ => IsCased(s, Rune.IsUpper, Rune.IsLower),
        "center" => a => Center(s, Width(a), Fill(a)),
        "ljust" => a => Pad(s, Width(a), Fill(a), missing => (0, missing)),
        "rjust" => a => Pad(s, Width(a), Fill(a), missing => (missing, 0)),
        "zfill" => a => s is ['-' or '+', ..] ? s[0] + Pad(s[1..], Width(a) - 1, "0", m => (m, 0)) : Pad(s, Width(a), "0", m => (m, 0)),
        "expandtabs" => a => ExpandTabs(s, a.Values.Count > 0 ? Python.Int(a.Values[0], "the width") : 8),
        "encode" => _ => new PyBytes(string.Concat(Encoding.UTF8.GetBytes(s).Select(b => (char)b))),
        "format" => a => new TextFormat(python, this).Braces(s, a),
        _ => null,
    };

    public static bool IsCased(string s, Predicate<Rune> wanted, Predicate<Rune> unwanted) =>
        s.EnumerateRunes().Any(r => wanted(r)) && !s.EnumerateRunes().Any(r => unwanted(r));

    private static Func<Arguments, object?>? OfDict(PyDict d, string name) => name switch
    {
        "get" => a => d.TryGet(a.Only(name, 1, "key", "default").Get(0, "key"), out var value) ? value : a.Get(1, "default"),
        "keys" or "values" or "items" => a => new PyView(a.Only(name, 0) is var _ ? name : "", d),
        "copy" => _ => d,
        _ => null,
    };

    private Func<Arguments, object?>? OfList(PyList l, string name) => name switch
    {
        "index" => a => l.Items.ToList().FindIndex(i => python.Equal(i, a.Get(0, "value"))) is >= 0 and var at ? new BigInteger(at) : throw Python.Error("the value is not in the list"),
        "count" => a => new BigInteger(l.Items.Count(i => python.Equal(i, a.Get(0, "value")))),
        "copy" when !l.IsTuple => _ => l,
        _ => null,
    };

    public string Join(string separator, IReadOnlyList<object?> items)
    {
        var text = new StringBuilder();
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i] as string ?? throw Python.Error($"sequence item {i}: expected str instance, {Python.TypeOf(items[i])} found");
            python.Budget.Room(item.Length + separator.Length);
            text.Append(i > 0 ? separator : "").Append(item);
        }

        return text.ToString();
    }

    private static string? Characters(Arguments a) => a.Get(0, "chars") is { } chars ? Python.Str(chars, "the characters to strip") : null;

    private static string Text(Arguments a, int place) => Python.Str(a.Get(place, "", new Undefined("")), "a parameter");

    private static int Width(Arguments a) => Python.Int(a.Get(0, "width"), "the width");

    private static string Fill(Arguments a) => a.Get(1, "fillchar") is { } fill ? Python.Str(fill, "the fill character") : " ";

    private static bool Any(Arguments a, Func<string, bool> test) => a.Get(0, "prefix") is PyList { IsTuple: true } several
        ? several.Items.Any(p => test(Python.Str(p, "a prefix")))
        : test(Text(a, 0));

    private static BigInteger Find(string s, string part, bool last)
    {
        var at = last ? s.LastIndexOf(part, StringComparison.Ordinal) : s.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1 : Python.LengthOf(s[..at]);
    }

    private static PyList Partition(string s, string separator, int at, bool first)
    {
        if (separator.Length == 0) throw Python.Error("empty separator");
        return new(at >= 0 ? [s[..at], separator, s[(at + separator.Length)..]] : first ? [s, "", ""] : ["", "", s], isTuple: true);
    }

    private PyList Split(string s, Arguments a, bool fromRight)
    {
        var most = a.Get(1, "maxsplit") is { } m && Python.AsInteger(m) is { Sign: >= 0 } limit ? (int)BigInteger.Min(int.MaxValue - 1, limit) : int.MaxValue - 1;
        python.Budget.Room(s.Length);
        if (a.Get(0, "sep") is { } given)
        {
            var separator = Python.Str(given, "the separator");
            if (separator.Length == 0) throw Python.Error("empty separator");
            if (!fromRight) return new([.. s.Split(separator, most + 1)]);
            var parts = s.Split(separator);
            var kept = Math.Min(most, parts.Length - 1);
            return new([string.Join(separator, parts[..^kept]), .. parts[^kept..]]);
        }

        string[] words = [.. PythonText.Words(s)];
        if (words.Length <= most + 1) return new([.. words]);
        if (fromRight) throw Python.Error("rsplit() at white space with a limit is not supported");
        var rest = PythonText.TrimStart(s);
        for (var i = 0; i < most; i++) rest = PythonText.TrimStart(rest[words[i].Length..]);
        return new([.. words[..most], rest]);
    }

    public static IEnumerable<string> Lines(string s)
    {
        var start = 0;
        for (var i = 0; i < s.Length; i++)
        {
            if (s[i] is not ('\n' or '\r' or '\v' or '\f' or '\u001C' or '\u001D' or '\u001E' or '\u0085' or '\u2028' or '\u2029')) continue;
            yield return s[start..i];
            if (s[i] == '\r' && i + 1 < s.Length && s[i + 1] == '\n') i++;
            start = i + 1;
        }

        if (start < s.Length) yield return s[start..];
    }

    private string ExpandTabs(string s, int width)
    {
        var text = new StringBuilder();
        var column = 0;
        foreach (var c in s)
        {
            var spaces = c == '\t' && width > 0 ? width - column % width : 0;
            python.Budget.Room(spaces + 1);
            if (c == '\t') text.Append(' ', spaces);
            else text.Append(c);
            column = c is '\n' or '\r' ? 0 : column + (c == '\t' ? spaces : 1);
        }

        return text.ToString();
    }
}
