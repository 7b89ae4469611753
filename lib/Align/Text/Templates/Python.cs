using System.Globalization;
using System.Numerics;
using System.Text;

namespace Align.Text.Templates;

/// <summary>Python's view of values, as far as templates see it: truth, text, equality, order, iteration.</summary>
internal sealed class Python(Budget budget) : IEqualityComparer<object>
{
    public Budget Budget => budget;

    public static TemplateException Error(string message) => new(TemplateFault.Value, message);

    public static string TypeOf(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        BigInteger => "int",
        double => "float",
        string => "str",
        PyList list => list.IsTuple ? "tuple" : "list",
        PyDict => "dict",
        PyIterator => "generator",
        PyRange => "range",
        PyView view => "dict_" + view.Kind,
        PyBytes => "bytes",
        Undefined => "Undefined",
        Function => "function",
        Namespace => "Namespace",
        LoopState => "LoopContext",
        _ => value.GetType().Name,
    };

    public static bool IsNumber(object? value) => value is bool or BigInteger or double;

    public static BigInteger? AsInteger(object? value) => value switch { bool b => b ? 1 : 0, BigInteger i => i, _ => null };

    public static int Int(object? value, string what)
    {
        var i = AsInteger(value) ?? throw Error($"{what} must be a whole number, not {TypeOf(value)}");
        return i >= int.MinValue && i <= int.MaxValue ? (int)i : throw Error($"{what} is too large");
    }

    public static string Str(object? value, string what) => value as string ?? throw Error($"{what} must be text, not {TypeOf(value)}");

    public static double? AsDouble(object? value) => value is double d ? d : AsInteger(value) is { } i ? (double)i : null;

    public static bool Truth(object? value) => value switch
    {
        null or Undefined => false,
        bool b => b,
        BigInteger i => !i.IsZero,
        double d => d != 0,
        string s => s.Length > 0,
        PyList l => l.Items.Count > 0,
        PyDict d => d.Entries.Count > 0,
        PyRange r => r.Count > 0,
        PyView v => v.Of.Entries.Count > 0,
        PyBytes b => b.Text.Length > 0,
        _ => true,
    };

    /// <summary>The characters of a text, astral ones whole.</summary>
    public static IReadOnlyList<string> Characters(string text) => [.. text.EnumerateRunes().Select(r => r.ToString())];

    public static int LengthOf(string text) => text.Length - text.Count(char.IsLowSurrogate);

    public static BigInteger Length(object? value) => value switch
    {
        string s => LengthOf(s),
        PyList l => l.Items.Count,
        PyDict d => d.Entries.Count,
        PyRange r => r.Count,
        PyView v => v.Of.Entries.Count,
        PyBytes b => b.Text.Length,
        LoopState l => l.Items.Count,
        Undefined => 0,
        _ => throw Error($"object of type '{TypeOf(value)}' has no len()"),
    };

    public IEnumerable<object?> Iterate(object? value) => value switch
    {
        string s => Counted(Characters(s)),
        PyList l => Counted(l.Items),
        PyDict d => Counted(d.Entries.Select(e => e.Key)),
        PyIterator i => Counted(i.Items),
        PyRange r => Counted(Range(r)),
        PyView v => Counted(v.Items),
        Undefined => [],
        _ => throw Error($"'{TypeOf(value)}' object is not iterable"),
    };

    public PyList List(object? value) => new([.. Iterate(value)]);

    public PyDict Dict() => new(this);

    public string Text(object? value)
    {
        var text = value switch
        {
            string s => s,
            Undefined => "",
            LoopState l => $"<LoopContext {l.Index}/{l.Items.Count}>",
            _ => Repr(value),
        };
        return text;
    }

    public string Repr(object? value)
    {
        budget.Step();
        var text = value switch
        {
            null => "None",
            bool b => b ? "True" : "False",
            BigInteger i => i.ToString(CultureInfo.InvariantCulture),
            double d => Number(d),
            string s => PythonText.Quoted(s),
            PyList l when l.IsTuple => Joined("(", l.Items.Select(Repr), l.Items.Count == 1 ? ",)" : ")"),
            PyList l => Joined("[", l.Items.Select(Repr), "]"),
            PyDict d => Joined("{", d.Entries.Select(e => $"{Repr(e.Key)}: {Repr(e.Value)}"), "}"),
            PyView v => Joined($"dict_{v.Kind}([", v.Items.Select(Repr), "])"),
            PyRange r => r.Step.IsOne ? $"range({r.Start}, {r.Stop})" : $"range({r.Start}, {r.Stop}, {r.Step})",
            PyBytes b => "b" + PythonText.Quoted(b.Text),
            Undefined => "Undefined",
            Function f => $"<function {f.Name}>",
            _ => $"<{TypeOf(value)} object>",
        };
        budget.Room(text.Length);
        return text;
    }

    public static string Number(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        if (value == 0) return double.IsNegative(value) ? "-0.0" : "0.0";
        var scientific = value.ToString("E16", CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var exponent = int.Parse(scientific[(scientific.IndexOf('E', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
        var digits = string.Concat((shortest.Contains('E', StringComparison.Ordinal) ? shortest[..shortest.IndexOf('E', StringComparison.Ordinal)] : shortest).Where(char.IsAsciiDigit)).Trim('0');
        var sign = value < 0 ? "-" : "";
        if (exponent is < -4 or >= 16)
            return $"{sign}{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        if (exponent < 0) return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        var whole = digits.Length <= exponent + 1 ? digits.PadRight(exponent + 1, '0') : digits[..(exponent + 1)];
        return $"{sign}{whole}.{(digits.Length > exponent + 1 ? digits[(exponent + 1)..] : "0")}";
    }

    public bool Equal(object? a, object? b)
    {
        budget.Step();
        if (IsNumber(a) && IsNumber(b)) return AsInteger(a) is { } i && AsInteger(b) is { } j ? i == j : AsDouble(a) == AsDouble(b);
        return (a, b) switch
        {
            (null, null) => true,
            (string x, string y) => x == y,
            (PyList x, PyList y) => x.IsTuple == y.IsTuple && x.Items.Count == y.Items.Count && x.Items.Zip(y.Items).All(p => Equal(p.First, p.Second)),
            (PyDict x, PyDict y) => x.Entries.Count == y.Entries.Count && x.Entries.All(e => y.TryGet(e.Key, out var other) && Equal(e.Value, other)),
            (PyRange x, PyRange y) => x == y,
            (Undefined, Undefined) => true,
            _ => ReferenceEquals(a, b) && a is not null,
        };
    }

    public int Compare(object? a, object? b, string op)
    {
        budget.Step();
        if (AsInteger(a) is { } i && AsInteger(b) is { } j) return i.CompareTo(j);
        if (AsDouble(a) is { } x && AsDouble(b) is { } y) return x.CompareTo(y);
        if (a is string s && b is string t) return CompareText(s, t);
        if (a is PyList l && b is PyList m && l.IsTuple == m.IsTuple)
        {
            for (var k = 0; k < Math.Min(l.Items.Count, m.Items.Count); k++)
                if (!Equal(l.Items[k], m.Items[k])) return Compare(l.Items[k], m.Items[k], op);
            return l.Items.Count.CompareTo(m.Items.Count);
        }

        if (a is Undefined u) throw u.Error();
        if (b is Undefined v) throw v.Error();
        throw Error($"'{op}' not supported between instances of '{TypeOf(a)}' and '{TypeOf(b)}'");
    }

    public bool Contains(object? container, object? item)
    {
        if (container is string text)
            return item is string part ? text.Contains(part, StringComparison.Ordinal) : throw Error($"'in <string>' requires string as left operand, not {TypeOf(item)}");
        if (container is PyDict dict) return dict.TryGet(item, out _);
        if (container is PyView { Kind: "keys" } keys) return keys.Of.TryGet(item, out _);
        return container is PyList or PyIterator or PyRange or PyView or Undefined
            ? Iterate(container).Any(x => Equal(x, item))
            : throw Error($"argument of type '{TypeOf(container)}' is not iterable");
    }

    bool IEqualityComparer<object>.Equals(object? a, object? b) => Equal(a, b);

    int IEqualityComparer<object>.GetHashCode(object value) => value switch
    {
        PyList { IsTuple: true } l => l.Items.Aggregate(17, (hash, item) => hash * 31 + (item is null ? 0 : ((IEqualityComparer<object>)this).GetHashCode(item))),
        PyList or PyDict => throw Error($"unhashable type: '{TypeOf(value)}'"),
        string s => s.GetHashCode(StringComparison.Ordinal),
        Type => 0,
        _ => AsDouble(value) is { } d ? d.GetHashCode() : 1,
    };

    private IEnumerable<object?> Counted(IEnumerable<object?> items)
    {
        foreach (var item in items)
        {
            budget.Step();
            yield return item;
        }
    }

    private static IEnumerable<object?> Range(PyRange r)
    {
        for (var (i, n) = (r.Start, r.Count); n > 0; i += r.Step, n--) yield return i;
    }

    // By code points: UTF-16 order puts astral characters before the last of the basic plane.
    private static int CompareText(string a, string b)
    {
        foreach (var (x, y) in a.EnumerateRunes().Zip(b.EnumerateRunes()))
            if (x != y) return x.CompareTo(y);
        return LengthOf(a).CompareTo(LengthOf(b));
    }

    private string Joined(string open, IEnumerable<string> items, string close)
    {
        var text = new StringBuilder(open);
        foreach (var item in items)
        {
            budget.Room(item.Length);
            text.Append(text.Length > open.Length ? ", " : "").Append(item);
        }

        return text.Append(close).ToString();
    }
}
