namespace Align.Text.Templates;

/// <summary>Names and their values, inside those around them.</summary>
internal sealed class Scope(Scope? around)
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public void Set(string name, object? value) => _values[name] = value;

    public object? Get(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Around)
            if (scope._values.TryGetValue(name, out var value)) return value;
        return new Undefined($"'{name}' is undefined");
    }

    private Scope? Around => around;
}

/// <summary>What a loop tells its body.</summary>
internal sealed class LoopState(IReadOnlyList<object?> items, int depth, Func<object?, object?>? recurse)
{
    private object? _last = new Undefined("nothing yet");

    public IReadOnlyList<object?> Items => items;

    public int Index { get; set; }

    public Func<object?, object?>? Recurse => recurse;

    public object? Get(string name, Python python) => name switch
    {
        "index" => Number(Index),
        "index0" => Number(Index - 1),
        "revindex" => Number(items.Count - Index + 1),
        "revindex0" => Number(items.Count - Index),
        "first" => Index == 1,
        "last" => Index == items.Count,
        "length" => Number(items.Count),
        "depth" => Number(depth),
        "depth0" => Number(depth - 1),
        "previtem" => Index > 1 ? items[Index - 2] : new Undefined("there is no previous item"),
        "nextitem" => Index < items.Count ? items[Index] : new Undefined("there is no next item"),
        "cycle" => new Function("cycle", a => a.Values.Count > 0 ? a.Values[(Index - 1) % a.Values.Count] : throw Python.Error("no items for cycling given")),
        "changed" => new Function("changed", a =>
        {
            var now = new PyList([.. a.Values], isTuple: true);
            var changed = _last is Undefined || !python.Equal(_last, now);
            _last = now;
            return changed;
        }),
        _ => new Undefined($"'LoopContext object' has no attribute '{name}'"),
    };

    private static System.Numerics.BigInteger Number(int value) => value;
}
