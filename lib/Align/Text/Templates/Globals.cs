using System.Numerics;

namespace Align.Text.Templates;

/// <summary>The functions that every chat template may call.</summary>
internal sealed class Globals(Python python, DateTime now)
{
    public IEnumerable<Function> All =>
    [
        new("range", Range),
        new("dict", a => Filled(a, python.Dict())),
        new("namespace", MakeNamespace),
        new("joiner", MakeJoiner),
        new("cycler", _ => throw Python.Error("cycler is not supported")),
        new("lipsum", _ => throw Python.Error("lipsum is not supported")),
        new("raise_exception", a => throw new TemplateException(TemplateFault.Raised, python.Text(a.Only("raise_exception", 1, "message").Get(0, "message")))),
        new("strftime_now", a => TextFormat.Date(now, Python.Str(a.Only("strftime_now", 1, "format").Get(0, "format"), "the format"))),
    ];

    public static void CheckName(string name)
    {
        if (name.StartsWith('_')) throw new TemplateException(TemplateFault.Undefined, $"Chat templates cannot store '{name}': names that start with an underscore are refused.");
    }

    private static PyRange Range(Arguments a)
    {
        a.Only("range", 1, "start", "stop", "step");
        if (a.Named.Count > 0) throw Python.Error("range() takes no keyword arguments");
        BigInteger[] n = [.. a.Values.Select(v => Python.AsInteger(v) ?? throw Python.Error($"'{Python.TypeOf(v)}' object cannot be interpreted as an integer"))];
        var range = n.Length == 1 ? new PyRange(0, n[0], 1) : new PyRange(n[0], n[1], n.Length > 2 ? n[2] : 1);
        return range.Step.IsZero ? throw Python.Error("range() arg 3 must not be zero")
            : range.Count > 100_000 ? throw new TemplateException(TemplateFault.Limit, $"A range of {range.Count} numbers is too long: the sandbox allows 100000.") : range;
    }

    private PyDict Filled(Arguments a, PyDict dict)
    {
        if (a.Values.Count > 1) throw Python.Error($"dict expected at most 1 argument, got {a.Values.Count}");
        if (a.Values.Count == 1)
        {
            if (a.Values[0] is PyDict other) foreach (var (key, value) in other.Entries) dict.With(key, value);
            else
                foreach (var pair in python.Iterate(a.Values[0]))
                {
                    var items = python.List(pair).Items;
                    if (items.Count != 2) throw Python.Error("a mapping is made of pairs");
                    dict.With(items[0], items[1]);
                }
        }

        foreach (var (name, value) in a.Named) dict.With(name, value);
        return dict;
    }

    private Namespace MakeNamespace(Arguments a)
    {
        var space = new Namespace(new Dictionary<string, object?>(StringComparer.Ordinal));
        foreach (var (key, value) in Filled(a, python.Dict()).Entries)
        {
            var name = Python.Str(key, "a name");
            CheckName(name);
            space.Values[name] = value;
        }

        return space;
    }

    private static Function MakeJoiner(Arguments a)
    {
        var separator = a.Get(0, "sep", ", ");
        var used = false;
        return new Function("joiner", _ =>
        {
            var text = used ? separator : "";
            used = true;
            return text;
        });
    }
}
