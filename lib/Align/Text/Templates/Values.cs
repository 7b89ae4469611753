using System.Numerics;

namespace Align.Text.Templates;

// A value of a template is null (none), bool, BigInteger, double, string, or one of these.

/// <summary>A list or a tuple; nothing in a template changes one.</summary>
internal sealed class PyList(IReadOnlyList<object?> items, bool isTuple = false)
{
    public IReadOnlyList<object?> Items => items;

    public bool IsTuple => isTuple;
}

/// <summary>A mapping that keeps the order of its keys.</summary>
internal sealed class PyDict(IEqualityComparer<object> comparer)
{
    private readonly Dictionary<object, int> _places = new(comparer);
    private readonly List<KeyValuePair<object?, object?>> _entries = [];

    public IReadOnlyList<KeyValuePair<object?, object?>> Entries => _entries;

    public bool TryGet(object? key, out object? value)
    {
        var found = _places.TryGetValue(Wrapped(key), out var place);
        value = found ? _entries[place].Value : null;
        return found;
    }

    /// <summary>Only while it is made. A key that is there keeps its place and its name.</summary>
    public PyDict With(object? key, object? value)
    {
        if (_places.TryAdd(Wrapped(key), _entries.Count)) _entries.Add(new(key, value));
        else _entries[_places[Wrapped(key)]] = new(_entries[_places[Wrapped(key)]].Key, value);
        return this;
    }

    private static object Wrapped(object? key) => key ?? typeof(void);
}

/// <summary>Values that come one at a time.</summary>
internal sealed class PyIterator(IEnumerable<object?> items)
{
    public IEnumerable<object?> Items => items;
}

/// <summary>The whole numbers from one to another.</summary>
internal sealed record PyRange(BigInteger Start, BigInteger Stop, BigInteger Step)
{
    public BigInteger Count => BigInteger.Max(0, Step > 0 ? (Stop - Start + Step - 1) / Step : (Start - Stop - Step - 1) / -Step);
}

/// <summary>Keys, values or both of a mapping.</summary>
internal sealed record PyView(string Kind, PyDict Of)
{
    public IEnumerable<object?> Items => Of.Entries.Select(e => Kind switch { "keys" => e.Key, "values" => e.Value, _ => new PyList([e.Key, e.Value], isTuple: true) });
}

/// <summary>Bytes, which only print.</summary>
internal sealed record PyBytes(string Text);

/// <summary>What is not there: it prints nothing, and says what it was when it is used.</summary>
/// <param name="Why">What was looked for.</param>
internal sealed record Undefined(string Why)
{
    public TemplateException Error() => new(TemplateFault.Undefined, Why);
}

/// <summary>Something that can be called.</summary>
internal sealed record Function(string Name, Func<Arguments, object?> Call, PyDict? Attributes = null);

/// <summary>The one object that a template may write to.</summary>
internal sealed class Namespace(Dictionary<string, object?> values)
{
    public Dictionary<string, object?> Values => values;
}

/// <summary>What a call was given.</summary>
/// <param name="Values">Values by place.</param>
/// <param name="Named">Values by name.</param>
internal sealed record Arguments(IReadOnlyList<object?> Values, IReadOnlyDictionary<string, object?> Named)
{
    public static Arguments None { get; } = new([], new Dictionary<string, object?>());

    /// <summary>The value of a parameter by place or name, or what it is where it was not given.</summary>
    public object? Get(int place, string name, object? absent = null) => place < Values.Count ? Values[place] : Named.GetValueOrDefault(name, absent);

    /// <summary>Throws where there are more values, or names that nobody knows.</summary>
    public Arguments Only(string function, int least, params string[] names)
    {
        if (Values.Count > names.Length) throw Wrong($"{function}() takes at most {names.Length} values, not {Values.Count}");
        if (Named.Keys.FirstOrDefault(n => !names.Contains(n)) is { } unknown) throw Wrong($"{function}() has no parameter '{unknown}'");
        if (names.Take(least).Where((n, i) => i >= Values.Count && !Named.ContainsKey(n)).FirstOrDefault() is { } missing) throw Wrong($"{function}() needs '{missing}'");
        return this;

        static TemplateException Wrong(string message) => new(TemplateFault.Value, message);
    }
}
