using System.Numerics;

namespace Align.Text.Templates;

/// <summary>The filters over sequences and mappings.</summary>
internal sealed class SequenceFilters(Python python, Tests tests, Filters filters)
{
    public object? Run(string name, object? x, Arguments a) => name switch
    {
        "batch" => Batch(x, a),
        "slice" => Sliced(x, a),
        "dictsort" => DictSort(x, a),
        "groupby" => GroupBy(x, a),
        "map" => Map(x, a),
        "max" => Extreme(x, a, 1),
        "min" => Extreme(x, a, -1),
        "select" => Where(x, a, attribute: false, wanted: true),
        "reject" => Where(x, a, attribute: false, wanted: false),
        "selectattr" => Where(x, a, attribute: true, wanted: true),
        "rejectattr" => Where(x, a, attribute: true, wanted: false),
        "sort" => Sort(x, a),
        "sum" => Sum(x, a),
        "unique" => Unique(x, a),
        _ => throw new TemplateException(TemplateFault.Syntax, $"There is no filter named '{name}'."),
    };

    private PyIterator Batch(object? x, Arguments a)
    {
        var size = Python.Int(a.Get(0, "linecount"), "the size");
        if (size < 1) throw Python.Error("a batch needs at least one item");
        var lists = python.Iterate(x).Chunk(size).ToList();
        if (a.Get(1, "fill_with") is { } fill && lists.Count > 0 && lists[^1].Length < size)
        {
            python.Budget.Step(size);
            lists[^1] = [.. lists[^1], .. Enumerable.Repeat(fill, size - lists[^1].Length)];
        }

        return new(lists.Select(l => new PyList(l)));
    }

    private PyIterator Sliced(object? x, Arguments a)
    {
        var count = Python.Int(a.Get(0, "slices"), "the number of slices");
        if (count < 1) throw Python.Error("at least one slice is needed");
        python.Budget.Step(count);
        var items = python.List(x).Items;
        var slices = new List<object?>();
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var length = items.Count / count + (i < items.Count % count ? 1 : 0);
            var slice = items.Skip(at).Take(length).ToList();
            at += length;
            if (a.Get(1, "fill_with") is { } fill && i >= items.Count % count && items.Count % count > 0) slice.Add(fill);
            slices.Add(new PyList(slice));
        }

        return new(slices);
    }

    private PyList DictSort(object? x, Arguments a)
    {
        var dict = x as PyDict ?? throw Python.Error("dictsort needs a mapping");
        var by = a.Get(1, "by", "key") as string == "value" ? 1 : 0;
        var pairs = dict.Entries.Select(e => new PyList([e.Key, e.Value], isTuple: true));
        return Sorted(pairs, p => ((PyList)p!).Items[by], Python.Truth(a.Get(0, "case_sensitive")), Python.Truth(a.Get(2, "reverse")));
    }

    private PyList GroupBy(object? x, Arguments a)
    {
        var attribute = a.Get(0, "attribute");
        object? Key(object? item) => filters.Path(item, attribute) is Undefined && a.Get(1, "default") is { } absent ? absent : filters.Path(item, attribute);
        var groups = new List<(object? Key, List<object?> Items)>();
        foreach (var item in Sorted(python.Iterate(x), Key, Python.Truth(a.Get(2, "case_sensitive")), false).Items)
        {
            var key = Key(item);
            if (groups.Count == 0 || !python.Equal(Folded(groups[^1].Key, false), Folded(key, false))) groups.Add((key, []));
            groups[^1].Items.Add(item);
        }

        return new([.. groups.Select(g => new PyList([g.Key, new PyList(g.Items)], isTuple: true))]);
    }

    private PyIterator Map(object? x, Arguments a)
    {
        if (a.Named.TryGetValue("attribute", out var attribute))
        {
            var absent = a.Named.GetValueOrDefault("default");
            return new(python.Iterate(x).Select(i => filters.Path(i, attribute) is var value && value is Undefined && absent is not null ? absent : value));
        }

        if (a.Values.Count == 0) throw Python.Error("map requires a filter argument");
        var name = Python.Str(a.Values[0], "the filter's name");
        if (!Filters.Exists(name)) throw new TemplateException(TemplateFault.Undefined, $"There is no filter named '{name}'.");
        var rest = new Arguments([.. a.Values.Skip(1)], a.Named);
        return new(python.Iterate(x).Select(i => filters.Run(name, i, rest)));
    }

    private PyIterator Where(object? x, Arguments a, bool attribute, bool wanted)
    {
        var skip = attribute ? 1 : 0;
        if (a.Values.Count < skip) throw Python.Error("an attribute is needed");
        var name = a.Values.Count > skip ? Python.Str(a.Values[skip], "the test's name") : null;
        if (name is not null && !Tests.Exists(name)) throw new TemplateException(TemplateFault.Undefined, $"There is no test named '{name}'.");
        var rest = new Arguments([.. a.Values.Skip(skip + 1)], a.Named);
        return new(python.Iterate(x).Where(i =>
        {
            var value = attribute ? filters.Path(i, a.Values[0]) : i;
            return wanted == (name is null ? Python.Truth(value) : tests.Run(name, value, rest));
        }));
    }

    private object? Extreme(object? x, Arguments a, int sign)
    {
        object? best = new Undefined("No aggregated item, sequence was empty.");
        object? Key(object? item) => Folded(a.Get(1, "attribute") is { } attribute ? filters.Path(item, attribute) : item, Python.Truth(a.Get(0, "case_sensitive")));
        foreach (var item in python.Iterate(x))
            if (best is Undefined || python.Compare(Key(item), Key(best), "<") * sign > 0) best = item;
        return best;
    }

    private PyList Sort(object? x, Arguments a)
    {
        var attribute = a.Get(2, "attribute");
        return Sorted(python.Iterate(x), i => attribute is null ? i : filters.Path(i, attribute), Python.Truth(a.Get(1, "case_sensitive")), Python.Truth(a.Get(0, "reverse")));
    }

    private object? Sum(object? x, Arguments a)
    {
        var attribute = a.Get(0, "attribute");
        var add = new Operators(python, null!);
        return python.Iterate(x).Aggregate(a.Get(1, "start", BigInteger.Zero), (sum, i) => add.Binary("+", sum, attribute is null ? i : filters.Path(i, attribute)));
    }

    private PyIterator Unique(object? x, Arguments a)
    {
        var seen = python.Dict();
        var items = new List<object?>();
        foreach (var item in python.Iterate(x))
        {
            var key = Folded(a.Get(1, "attribute") is { } attribute ? filters.Path(item, attribute) : item, Python.Truth(a.Get(0, "case_sensitive")));
            if (seen.TryGet(key, out _)) continue;
            seen.With(key, null);
            items.Add(item);
        }

        return new(items);
    }

    private PyList Sorted(IEnumerable<object?> items, Func<object?, object?> key, bool caseSensitive, bool reverse)
    {
        var order = Comparer<object?>.Create((a, b) => python.Compare(Folded(a, caseSensitive), Folded(b, caseSensitive), "<"));
        var keyed = items.Select(i => (Item: i, Key: key(i))).ToList();
        try
        {
            return new([.. (reverse ? keyed.OrderByDescending(i => i.Key, order) : keyed.OrderBy(i => i.Key, order)).Select(i => i.Item)]);
        }
        catch (InvalidOperationException e) when (e.InnerException is TemplateException inner)
        {
            throw inner;
        }
    }

    private static object? Folded(object? value, bool caseSensitive) => value is string s && !caseSensitive ? Methods.Lower(s) : value;
}
