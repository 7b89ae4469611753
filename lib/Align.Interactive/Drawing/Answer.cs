using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using TorchSharp;

namespace Align.Interactive.Drawing;

/// <summary>A value of an exercise as what can be compared and printed: its form, its leaves, and its text.</summary>
/// <param name="Form">What must be the same: a tensor's shape, a sequence's length.</param>
/// <param name="Leaves">Numbers as double, everything else as it is.</param>
/// <param name="Text">Short enough for a sentence.</param>
internal sealed record Answer(string Form, IReadOnlyList<object?> Leaves, string Text)
{
    private const int Shown = 8;
    private const int Most = 100_000;
    private const int Deepest = 4;

    public static Answer Of(object? value, int depth = 0)
    {
        switch (value)
        {
            case null: return new Answer("nothing", [null], "null");
            case torch.Tensor tensor:
                using (var scope = torch.NewDisposeScope())
                {
                    var numbers = tensor.detach().cpu().to(torch.float64).flatten().data<double>().ToArray();
                    return new Answer($"a tensor [{string.Join(", ", tensor.shape)}]", [.. numbers.Cast<object?>()], List(numbers.Select(n => Numbers.Short(n, 6))));
                }

            case string s: return new Answer("text", [s], $"\"{s}\"");
            case bool b: return new Answer("a truth value", [b], b ? "true" : "false");
            case Enum e: return new Answer("a name", [e], e.ToString());
            case Half or float or double or decimal or sbyte or byte or short or ushort or int or uint or long or ulong:
                var number = value is Half h ? (double)h : Convert.ToDouble(value, CultureInfo.InvariantCulture);
                return new Answer("a number", [number], Numbers.Short(number, 6));
            case ITuple tuple:
                var items = Enumerable.Range(0, tuple.Length).Select(i => Of(tuple[i], depth + 1)).ToArray();
                return new Answer($"({string.Join(", ", items.Select(i => i.Form))})", [.. items.SelectMany(i => i.Leaves)], $"({string.Join(", ", items.Select(i => i.Text))})");
            case IEnumerable many:
                var parts = many.Cast<object?>().Take(Most).Select(v => Of(v, depth + 1)).ToArray();
                return new Answer($"a list of {parts.Length}", [.. parts.SelectMany(p => p.Leaves)], List(parts.Select(p => p.Text)));
            // What prints itself, and what refers to itself, is compared by its text.
            case var _ when value is IFormattable || depth >= Deepest:
                return new Answer(value.GetType().Name, [value.ToString()], $"{value}");
            default:
                var fields = value.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0 && p.GetMethod is { IsPublic: true, IsStatic: false })
                    .Select(p => (p.Name, Value: p.GetValue(value))).Where(p => p.Value is not null).Select(p => (p.Name, Value: Of(p.Value, depth + 1))).ToArray();
                return new Answer(value.GetType().Name, [.. fields.SelectMany(f => f.Value.Leaves)], $"{{{string.Join(", ", fields.Select(f => $"{f.Name} {f.Value.Text}"))}}}");
        }
    }

    /// <summary>What is different, in words with numbers; null where nothing is.</summary>
    public string? DiffersFrom(Answer right, double tolerance)
    {
        if (Form != right.Form) return $"it gives {Form}, {Text}, where {right.Form}, {right.Text}, is right";
        for (var i = 0; i < Math.Min(Leaves.Count, right.Leaves.Count); i++)
        {
            if (Same(Leaves[i], right.Leaves[i], tolerance)) continue;
            var where = right.Leaves.Count > 1 ? $" (first difference at {i}: {Leaf(Leaves[i])} instead of {Leaf(right.Leaves[i])})" : "";
            return $"it gives {Text} where {right.Text} is right{where}";
        }

        return Leaves.Count == right.Leaves.Count ? null : $"it gives {Leaves.Count} values where {right.Leaves.Count} are right";
    }

    private static bool Same(object? mine, object? right, double tolerance) =>
        mine is double a && right is double b ? a.Equals(b) || Math.Abs(a - b) <= tolerance * Math.Max(1, Math.Abs(b)) : Equals(mine, right);

    private static string Leaf(object? value) => value is double d ? Numbers.Short(d, 6) : $"{value}";

    private static string List(IEnumerable<string> texts)
    {
        var all = texts.ToArray();
        return $"[{string.Join(", ", all.Take(Shown))}{(all.Length > Shown ? $", … {all.Length} in all" : "")}]";
    }
}
