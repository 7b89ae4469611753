using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Align.Models;

/// <summary>Values of a model's JSON files, each checked, with the file and the key in the message.</summary>
/// <param name="json">What the file holds.</param>
/// <param name="file">The file's name, for messages.</param>
internal readonly struct ConfigJson(JsonObject json, string file = "config.json")
{
    public bool Has(string key) => json[key] is not null;

    public int Integer(string key, int? absent = null)
    {
        var value = Number(key, absent);
        if (value is < 1 or > int.MaxValue || value != Math.Floor(value))
            throw new ConfigException($"{file}: {key} is {value.ToString(CultureInfo.InvariantCulture)}, expected a whole number from 1.");
        return (int)value;
    }

    public double Number(string key, double? absent = null) => json[key] switch
    {
        null => absent ?? throw new ConfigException($"{file} has no {key}."),
        JsonValue v when v.GetValueKind() == JsonValueKind.Number && double.TryParse(v.ToJsonString(), CultureInfo.InvariantCulture, out var d) && double.IsFinite(d) => d,
        var other => throw Wrong(key, other, "a number"),
    };

    public bool Flag(string key, bool absent) => json[key] switch
    {
        null => absent,
        JsonValue v when v.TryGetValue(out bool b) => b,
        var other => throw Wrong(key, other, "true or false"),
    };

    public string? Text(string key) => json[key] switch
    {
        null => null,
        JsonValue v when v.TryGetValue(out string? s) => s,
        var other => throw Wrong(key, other, "text"),
    };

    public IReadOnlyList<string>? Texts(string key)
    {
        if (json[key] is null) return null;
        var (name, source) = (file, json);
        return json[key] is JsonArray list
            ? [.. list.Select(i => i is JsonValue v && v.TryGetValue(out string? s) ? s : throw Unexpected(name, key, source[key], "a list of texts"))]
            : throw Wrong(key, json[key], "a list of texts");
    }

    public int[] Ids(string key)
    {
        var name = file;
        return json[key] switch
        {
            null => [],
            JsonArray list => [.. list.Select(i => Id(name, key, i))],
            var one => [Id(name, key, one)],
        };
    }

    private static int Id(string file, string key, JsonNode? node) => node is JsonValue v && v.TryGetValue(out int id)
        ? id
        : throw new ConfigException($"{file}: {key} holds {node?.ToJsonString() ?? "null"}, expected an id.");

    private ConfigException Wrong(string key, JsonNode? found, string expected) => Unexpected(file, key, found, expected);

    private static ConfigException Unexpected(string file, string key, JsonNode? found, string expected) =>
        new($"{file}: {key} is {found?.ToJsonString() ?? "null"}, expected {expected}.");
}
