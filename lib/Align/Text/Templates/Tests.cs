using System.Numerics;
using System.Text;

namespace Align.Text.Templates;

/// <summary>The tests behind <c>is</c>.</summary>
internal sealed class Tests(Python python)
{
    private static readonly string[] Names =
    [
        "boolean", "callable", "defined", "divisibleby", "eq", "equalto", "==", "escaped", "even", "false", "filter", "float", "ge", ">=", "gt", "greaterthan", ">", "in", "integer", "iterable",
        "le", "<=", "lower", "lt", "lessthan", "<", "mapping", "ne", "!=", "none", "number", "odd", "sameas", "sequence", "string", "test", "true", "undefined", "upper",
    ];

    public static bool Exists(string name) => Names.Contains(name);

    public bool Run(string name, object? x, Arguments given)
    {
        if (name is "even" or "odd" or "divisibleby" or "lower" or "upper" or "filter" or "test" && x is Undefined undefined) throw undefined.Error();
        return name switch
        {
            "boolean" => x is bool,
            "callable" => x is Function,
            "defined" => x is not Undefined,
            "undefined" => x is Undefined,
            "divisibleby" => Modulo(x, Other()).IsZero,
            "even" => Modulo(x, new BigInteger(2)).IsZero,
            "odd" => !Modulo(x, new BigInteger(2)).IsZero,
            "eq" or "equalto" or "==" => python.Equal(x, Other()),
            "ne" or "!=" => !python.Equal(x, Other()),
            "ge" or ">=" => python.Compare(x, Other(), ">=") >= 0,
            "gt" or "greaterthan" or ">" => python.Compare(x, Other(), ">") > 0,
            "le" or "<=" => python.Compare(x, Other(), "<=") <= 0,
            "lt" or "lessthan" or "<" => python.Compare(x, Other(), "<") < 0,
            "in" => python.Contains(Other(), x),
            "true" => x is true,
            "false" => x is false,
            "none" => x is null,
            "integer" => x is BigInteger,
            "float" => x is double,
            "number" => Python.IsNumber(x),
            "string" => x is string,
            "mapping" => x is PyDict,
            "iterable" => x is string or PyList or PyDict or PyIterator or PyRange or PyView or Undefined or PyBytes or LoopState,
            "sequence" => x is string or PyList or PyDict or PyRange or Undefined or PyBytes,
            "lower" => Methods.IsCased(python.Text(x), Rune.IsLower, Rune.IsUpper),
            "upper" => Methods.IsCased(python.Text(x), Rune.IsUpper, Rune.IsLower),
            "sameas" => x is null ? Other() is null : x is bool b && Other() is bool c ? b == c : ReferenceEquals(x, Other()),
            "filter" => x is string s && Filters.Exists(s),
            "test" => x is string t && Exists(t),
            "escaped" => false,
            _ => throw new TemplateException(TemplateFault.Syntax, $"There is no test named '{name}'."),
        };

        object? Other() => given.Values.Count > 0 ? given.Values[0] : throw Python.Error($"the test {name} needs a value");
    }

    private static BigInteger Modulo(object? x, object? by)
    {
        var (a, b) = (Whole(x), Whole(by));
        return b.IsZero ? throw Python.Error("modulo by zero") : a % b;

        static BigInteger Whole(object? value) => Python.AsInteger(value) ?? (value is double d && double.IsInteger(d) ? new BigInteger(d) : throw Python.Error($"a whole number is needed, not {Python.TypeOf(value)}"));
    }
}
