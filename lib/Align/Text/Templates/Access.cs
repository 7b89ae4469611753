using System.Numerics;

namespace Align.Text.Templates;

/// <summary>Attributes, items and slices. Nothing that changes a value, and nothing with underscores before it, can be reached.</summary>
internal sealed class Access(Python python, Methods methods)
{
    private static readonly string[] Changing =
        ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort", "update", "setdefault", "popitem"];

    /// <summary><c>of.name</c>: a method or attribute first, then a key.</summary>
    public object? Attribute(object? of, string name)
    {
        if (of is Undefined undefined) throw undefined.Error();
        if (name.StartsWith("__", StringComparison.Ordinal) || (of is PyList or PyDict && Changing.Contains(name))) return new Undefined($"access to attribute '{name}' of '{Python.TypeOf(of)}' object is unsafe");
        if (of is Namespace space) return space.Values.TryGetValue(name, out var kept) ? kept : new Undefined($"'Namespace object' has no attribute '{name}'");
        return Own(of, name) ?? (of is PyDict dict && dict.TryGet(name, out var value) ? value : new Undefined($"'{Python.TypeOf(of)} object' has no attribute '{name}'"));
    }

    /// <summary><c>of[key]</c>: an item first, then an attribute.</summary>
    public object? Item(object? of, object? key)
    {
        switch (of)
        {
            case Undefined undefined: throw undefined.Error();
            case PyDict dict when dict.TryGet(key, out var value): return value;
            case PyList or string or PyRange when Python.AsInteger(key) is { } index && key is not double:
                if (At(of, index) is { } found) return found.Value;
                return new Undefined($"{Python.TypeOf(of)} object has no element {index}");
        }

        return key is string name ? Attribute(of, name) : new Undefined($"{Python.TypeOf(of)} object has no element {python.Text(key)}");
    }

    /// <summary><c>of[start:stop:step]</c>.</summary>
    public object? Slice(object? of, object? start, object? stop, object? step)
    {
        if (of is Undefined undefined) throw undefined.Error();
        IReadOnlyList<object?> items = of switch
        {
            string s => Python.Characters(s),
            PyList l => l.Items,
            PyRange => python.List(of).Items,
            _ => throw Python.Error($"'{Python.TypeOf(of)}' object is not subscriptable"),
        };
        python.Budget.Step(items.Count);
        var stride = step is null ? 1 : Clamp(step, "step");
        if (stride == 0) throw Python.Error("slice step cannot be zero");
        var (low, high) = stride > 0 ? (0, items.Count) : (-1, items.Count - 1);
        var from = start is null ? (stride > 0 ? low : high) : Place(Clamp(start, "start"));
        var to = stop is null ? (stride > 0 ? high : low) : Place(Clamp(stop, "stop"));
        var taken = new List<object?>();
        for (long i = from; stride > 0 ? i < to : i > to; i += stride) taken.Add(items[(int)i]);
        return of is string ? string.Concat(taken) : new PyList(taken, of is PyList { IsTuple: true });

        int Place(int index) => Math.Clamp(index < 0 ? index + items.Count : index, low, high);
    }

    private static int Clamp(object? value, string what)
    {
        var i = Python.AsInteger(value) ?? throw Python.Error($"slice indices must be whole numbers: {what} is {Python.TypeOf(value)}");
        return (int)BigInteger.Max(int.MinValue / 2, BigInteger.Min(int.MaxValue / 2, i));
    }

    private static (object? Value, bool)? At(object of, BigInteger index)
    {
        var count = Python.Length(of);
        if (index < 0) index += count;
        if (index < 0 || index >= count) return null;
        return of switch
        {
            string s => (Python.Characters(s)[(int)index], true),
            PyList l => (l.Items[(int)index], true),
            PyRange r => (r.Start + r.Step * index, true),
            _ => null,
        };
    }

    private object? Own(object? of, string name) => of switch
    {
        LoopState loop => loop.Get(name, python),
        Function { Attributes: { } attributes } => attributes.TryGet(name, out var value) ? value : null,
        PyList { IsTuple: true, Items.Count: 2 } pair when name is "grouper" or "list" && pair.Items[1] is PyList => pair.Items[name == "grouper" ? 0 : 1],
        _ => methods.Find(of, name),
    };
}
