using System.Globalization;
using System.Numerics;
using System.Text;

namespace Align.Text.Templates;

/// <summary>The filters, after <c>|</c>.</summary>
internal sealed class Filters(Python python, Access access, Methods methods, TextFormat format, Tests tests)
{
    private static readonly string[] Names =
    [
        "abs", "attr", "batch", "capitalize", "center", "count", "d", "default", "dictsort", "e", "escape", "filesizeformat", "first", "float", "forceescape", "format", "groupby", "indent", "int", "items",
        "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr", "slice", "sort", "string",
        "striptags", "sum", "title", "tojson", "trim", "truncate", "unique", "upper", "urlencode", "wordcount", "wordwrap",
    ];

    public static bool Exists(string name) => Names.Contains(name);

    public object? Run(string name, object? x, Arguments a) => name switch
    {
        "abs" => Python.AsInteger(x) is { } i ? BigInteger.Abs(i) : Math.Abs(Number(x)),
        "attr" => x is Undefined u ? throw u.Error() : methods.Find(x, Str(a, 0, "name")) is { } method ? method : new Undefined($"no attribute '{Str(a, 0, "name")}'"),
        "capitalize" => Methods.Capitalize(python.Text(x)),
        "center" => methods.Center(python.Text(x), a.Get(0, "width") is { } width ? Python.Int(width, "the width") : 80, " "),
        "length" or "count" => Python.Length(x),
        "default" or "d" => x is Undefined || (Python.Truth(a.Get(1, "boolean")) && !Python.Truth(x)) ? a.Get(0, "default_value", "") : x,
        "e" or "escape" or "forceescape" => Escape(python.Text(x)),
        "filesizeformat" => FileSize(Number(x), Python.Truth(a.Get(0, "binary"))),
        "first" => python.Iterate(x).DefaultIfEmpty(new Undefined("No first item, sequence was empty.")).First(),
        "last" => x is PyIterator ? throw Python.Error("'generator' object is not reversible") : python.Iterate(x).DefaultIfEmpty(new Undefined("No last item, sequence was empty.")).Last(),
        "float" => ToFloat(x, a),
        "int" => ToInt(x, a),
        "format" => a.Named.Count > 0 ? throw Python.Error("format with names is not supported") : format.Percent(python.Text(x), new PyList(a.Values, isTuple: true)),
        "indent" => Indent(python.Text(x), a),
        "join" => Join(x, a),
        "list" => python.List(x),
        "lower" => Methods.Lower(python.Text(x)),
        "upper" => Methods.Upper(python.Text(x)),
        "title" => Methods.Title(python.Text(x), apostrophesToo: false),
        "items" => x is Undefined ? new PyIterator([]) : x is PyDict d ? new PyIterator(new PyView("items", d).Items) : throw Python.Error("Can only get item pairs from a mapping."),
        "replace" => methods.Replace(python.Text(x), Str(a, 0, "old"), Str(a, 1, "new"), Python.AsInteger(a.Get(2, "count"))),
        "reverse" => x is string text ? string.Concat(Python.Characters(text).Reverse()) : new PyIterator([.. python.Iterate(x).Reverse()]),
        "round" => Round(x, a),
        "safe" or "string" => python.Text(x),
        "striptags" => StripTags(python.Text(x)),
        "tojson" => ToJson(x, a),
        "trim" => PythonText.Trim(python.Text(x), a.Get(0, "chars") is { } chars ? Python.Str(chars, "the characters") : null),
        "truncate" => Truncate(python.Text(x), a),
        "urlencode" => UrlEncode(x),
        "wordcount" => new BigInteger(WordCount(python.Text(x))),
        "wordwrap" => WordWrap(python.Text(x), a),
        _ => new SequenceFilters(python, tests, this).Run(name, x, a),
    };

    private static double Number(object? x) => Python.AsDouble(x) ?? throw Python.Error($"a number is needed, not {Python.TypeOf(x)}");

    private static string Str(Arguments a, int place, string name) => Python.Str(a.Get(place, name, new Undefined(name)), $"'{name}'");

    private string Join(object? x, Arguments a)
    {
        var separator = a.Get(0, "d") is { } d ? python.Text(d) : "";
        var items = python.Iterate(x);
        if (a.Get(1, "attribute") is { } attribute) items = items.Select(i => Path(i, attribute));
        return methods.Join(separator, [.. items.Select(python.Text)]);
    }

    /// <summary>An attribute of an item, given by a path with dots or a number.</summary>
    public object? Path(object? item, object? path) => path is string s
        ? s.Split('.').Aggregate(item, (at, part) => access.Item(at, BigInteger.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : part))
        : access.Item(item, path);

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal);

    private static string FileSize(double bytes, bool binary)
    {
        var unit = binary ? 1024.0 : 1000.0;
        if (bytes < unit) return bytes == 1 ? "1 Byte" : $"{(long)bytes} Bytes";
        string[] prefixes = binary ? ["KiB", "MiB", "GiB", "TiB", "PiB"] : ["kB", "MB", "GB", "TB", "PB"];
        var power = 0;
        while (power < prefixes.Length - 1 && bytes >= Math.Pow(unit, power + 2)) power++;
        return (bytes / Math.Pow(unit, power + 1)).ToString("F1", CultureInfo.InvariantCulture) + " " + prefixes[power];
    }

    private static object ToFloat(object? x, Arguments a)
    {
        if (Python.AsDouble(x) is { } d) return d;
        return x is string s && double.TryParse(PythonText.Trim(s), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed : a.Get(0, "default", 0.0)!;
    }

    private static object? ToInt(object? x, Arguments a)
    {
        if (Python.AsInteger(x) is { } i) return i;
        if (x is double d) return double.IsFinite(d) ? new BigInteger(Math.Truncate(d)) : a.Get(0, "default", BigInteger.Zero);
        if (x is not string s) return a.Get(0, "default", BigInteger.Zero);
        s = PythonText.Trim(s);
        var numberBase = a.Get(1, "base") is { } b ? Python.Int(b, "the base") : 10;
        if (numberBase == 16 && s.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) s = s[2..];
        if (s.Length > 1000) throw new TemplateException(TemplateFault.Limit, "A number has more than 1000 digits.");
        if (numberBase == 16 && BigInteger.TryParse("0" + s, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)) return hex;
        if (numberBase == 10 && BigInteger.TryParse(s, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return whole;
        return numberBase == 10 && double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? new BigInteger(Math.Truncate(real)) : a.Get(0, "default", BigInteger.Zero);
    }

    private string Indent(string text, Arguments a)
    {
        var by = a.Get(0, "width") switch
        {
            null => "    ",
            string s => s,
            var width => methods.Pad("", Python.Int(width, "the width"), " ", m => (m, 0)),
        };
        var (first, blank) = (Python.Truth(a.Get(1, "first")), Python.Truth(a.Get(2, "blank")));
        var lines = (text + "\n").Split('\n')[..^1];
        python.Budget.Room((long)lines.Length * (by.Length + 1) + text.Length);
        var indented = string.Join('\n', lines.Select((line, i) => i == 0 || (line.Length == 0 && !blank) ? line : by + line));
        return first ? by + indented : indented;
    }

    private static object Round(object? x, Arguments a)
    {
        var digits = a.Get(0, "precision") is { } p ? Python.Int(p, "the precision") : 0;
        var method = a.Get(1, "method") as string ?? "common";
        if (x is not double && Python.AsInteger(x) is { } whole && method == "common" && digits >= 0) return whole;
        var value = Number(x);
        if (Math.Abs(digits) > 15) return value;
        var scale = Math.Pow(10, digits);
        return method switch
        {
            "common" => digits >= 0 && Math.Abs(value) < 1e12 ? (double)Math.Round((decimal)value, digits, MidpointRounding.ToEven) : double.IsFinite(value) ? Math.Round(value * scale) / scale : throw Python.Error("cannot round what is not finite"),
            "ceil" => Math.Ceiling(value * scale) / scale,
            "floor" => Math.Floor(value * scale) / scale,
            _ => throw Python.Error("method must be common, ceil or floor"),
        };
    }

    private static int WordCount(string text)
    {
        var (count, inside) = (0, false);
        foreach (var rune in text.EnumerateRunes())
        {
            var word = Rune.IsLetter(rune) || Rune.IsNumber(rune) || rune.Value == '_';
            if (word && !inside) count++;
            inside = word;
        }

        return count;
    }

    private static string StripTags(string text)
    {
        var plain = new StringBuilder();
        var inside = false;
        foreach (var c in text)
        {
            if (c == '<') inside = true;
            else if (c == '>' && inside) inside = false;
            else if (!inside) plain.Append(c);
        }

        return string.Join(' ', PythonText.Words(plain.ToString()));
    }

    // In transformers' order: ensure_ascii, indent, separators, sort_keys.
    private string ToJson(object? x, Arguments a)
    {
        var indent = a.Get(1, "indent") switch
        {
            null => null,
            string s => s,
            var width => methods.Pad("", Python.Int(width, "the indent"), " ", m => (m, 0)),
        };
        var (item, key) = a.Get(2, "separators") is PyList { Items.Count: 2 } two
            ? (Python.Str(two.Items[0], "a separator"), Python.Str(two.Items[1], "a separator"))
            : (indent is null ? ", " : ",", ": ");
        return new JsonText(python, Python.Truth(a.Get(0, "ensure_ascii")), indent, item, key, Python.Truth(a.Get(3, "sort_keys"))).Write(x);
    }

    private static string Truncate(string text, Arguments a)
    {
        var length = a.Get(0, "length") is { } l ? Python.Int(l, "the length") : 255;
        var end = a.Get(2, "end") is { } e ? Python.Str(e, "the end") : "...";
        var leeway = a.Get(3, "leeway") is { } w ? Python.Int(w, "the leeway") : 5;
        var characters = Python.Characters(text);
        if (characters.Count <= length + leeway) return text;
        var cut = string.Concat(characters.Take(Math.Max(0, length - Python.LengthOf(end))));
        if (Python.Truth(a.Get(1, "killwords"))) return cut + end;
        var space = cut.LastIndexOf(' ');
        return (space < 0 ? cut : cut[..space]) + end;
    }

    private string UrlEncode(object? x)
    {
        if (x is string s) return Uri.EscapeDataString(s).Replace("%2F", "/", StringComparison.Ordinal);
        var pairs = x is PyDict d ? d.Entries.Select(e => (e.Key, e.Value)) : python.Iterate(x).Select(p => (access.Item(p, BigInteger.Zero), access.Item(p, BigInteger.One)));
        return string.Join('&', pairs.Select(p => $"{Quote(p.Item1)}={Quote(p.Item2)}"));

        string Quote(object? value) => Uri.EscapeDataString(python.Text(value)).Replace("%20", "+", StringComparison.Ordinal);
    }

    private static string WordWrap(string text, Arguments a)
    {
        var width = a.Get(0, "width") is { } w ? Math.Max(1, Python.Int(w, "the width")) : 79;
        return string.Join('\n', Methods.Lines(text).Select(Wrap));

        string Wrap(string line)
        {
            var lines = new List<string>();
            var current = "";
            foreach (var word in PythonText.Words(line))
            {
                if (current.Length > 0 && current.Length + 1 + word.Length > width)
                {
                    lines.Add(current);
                    current = word;
                }
                else
                {
                    current += current.Length > 0 ? " " + word : word;
                }
            }

            return string.Join('\n', lines.Append(current));
        }
    }
}
