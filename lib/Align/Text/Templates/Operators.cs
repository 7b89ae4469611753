using System.Numerics;

namespace Align.Text.Templates;

/// <summary>Arithmetic.</summary>
internal sealed class Operators(Python python, TextFormat format)
{
    private const int MostBits = 4096;

    public static object? Unary(string op, object? x)
    {
        if (op == "not") return !Python.Truth(x);
        if (x is Undefined undefined) throw undefined.Error();
        if (Python.AsInteger(x) is { } i) return op == "-" ? -i : i;
        if (x is double d) return op == "-" ? -d : d;
        throw Python.Error($"bad operand type for unary {op}: '{Python.TypeOf(x)}'");
    }

    public object? Binary(string op, object? a, object? b)
    {
        if (op == "~") return Joined(python.Text(a), python.Text(b));
        if (a is Undefined undefined) throw undefined.Error();
        if (b is Undefined other && !(op == "%" && a is string)) throw other.Error();
        if (op == "%" && a is string text) return format.Percent(text, b);
        if (Python.AsInteger(a) is { } i && Python.AsInteger(b) is { } j) return Whole(op, i, j);
        if (Python.AsDouble(a) is { } x && Python.AsDouble(b) is { } y) return Real(op, x, y);
        return (op, a, b) switch
        {
            ("+", string s, string t) => Joined(s, t),
            ("+", string, _) => throw Python.Error($"can only concatenate str (not \"{Python.TypeOf(b)}\") to str"),
            ("+", PyList l, PyList m) when l.IsTuple == m.IsTuple => Appended(l, m),
            ("*", string or PyList, _) when Python.AsInteger(b) is { } n => Repeated(a, n),
            ("*", _, string or PyList) when Python.AsInteger(a) is { } n => Repeated(b, n),
            _ => throw Python.Error($"unsupported operand type(s) for {op}: '{Python.TypeOf(a)}' and '{Python.TypeOf(b)}'"),
        };
    }

    private string Joined(string a, string b)
    {
        python.Budget.Room(a.Length + b.Length);
        return a + b;
    }

    private PyList Appended(PyList a, PyList b)
    {
        python.Budget.Step(a.Items.Count + b.Items.Count);
        return new([.. a.Items, .. b.Items], a.IsTuple);
    }

    private object Repeated(object? what, BigInteger times)
    {
        var n = BigInteger.Max(0, times);
        var size = n * (what is string s ? s.Length : ((PyList)what!).Items.Count);
        if (size > int.MaxValue) throw new TemplateException(TemplateFault.Limit, $"{times} repetitions are too many.");
        if (what is string text)
        {
            python.Budget.Room((long)size);
            return size.IsZero ? "" : string.Concat(Enumerable.Repeat(text, (int)n));
        }

        python.Budget.Step((long)size);
        var list = (PyList)what!;
        return new PyList(size.IsZero ? [] : [.. Enumerable.Repeat(list.Items, (int)n).SelectMany(x => x)], list.IsTuple);
    }

    private static object Whole(string op, BigInteger a, BigInteger b)
    {
        if (op is "/" or "//" or "%" && b.IsZero) throw Python.Error("division by zero");
        if (op == "**" && (b < 0 || b > MostBits || a.GetBitLength() * (long)b > MostBits))
            return b < 0 ? Real(op, (double)a, (double)b) : BigInteger.Abs(a) <= 1 ? BigInteger.Pow(a, b.IsEven ? 2 : 1) : throw new TemplateException(TemplateFault.Limit, $"{a} ** {b} is too large a number.");
        var result = op switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "**" => BigInteger.Pow(a, (int)b),
            "//" => Floor(a, b),
            "%" => a - Floor(a, b) * b,
            _ => (object)((double)a / (double)b),
        };
        return result is BigInteger big && big.GetBitLength() > MostBits ? throw new TemplateException(TemplateFault.Limit, "A number became too large.") : result;
    }

    private static double Real(string op, double a, double b)
    {
        if (op is "/" or "//" or "%" && b == 0) throw Python.Error("float division by zero");
        return op switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor(a / b),
            "%" => a - Math.Floor(a / b) * b,
            _ => a == 0 && b < 0 ? throw Python.Error("0.0 cannot be raised to a negative power") : Math.Pow(a, b),
        };
    }

    private static BigInteger Floor(BigInteger a, BigInteger b)
    {
        var quotient = BigInteger.DivRem(a, b, out var rest);
        return !rest.IsZero && rest.Sign != b.Sign ? quotient - 1 : quotient;
    }
}
