using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Align.Text.Templates;

/// <summary>JSON as values of a template.</summary>
internal static class ChatValues
{
    public static object? Of(JsonNode? node, Python python) => node switch
    {
        null => null,
        JsonArray array => new PyList([.. array.Select(i => Of(i, python))]),
        JsonObject fields => fields.Aggregate(python.Dict(), (dict, f) => dict.With(f.Key, Of(f.Value, python))),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => node.GetValue<string>(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number => Number(node.ToJsonString()),
            _ => null,
        },
    };

    private static object Number(string text) => text.AsSpan().IndexOfAny(".eE") < 0 && text.Length < 1000
        ? BigInteger.Parse(text, CultureInfo.InvariantCulture)
        : double.Parse(text, CultureInfo.InvariantCulture);
}
