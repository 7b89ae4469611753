using System.Text.Json;

namespace Align.Text.Parts;

/// <summary>Reads values of a <c>tokenizer.json</c> and says which one is wrong.</summary>
/// <param name="file">What errors call the file.</param>
internal sealed class TokenizerJson(string file)
{
    /// <summary>The items of an array, each with the place it stands at.</summary>
    public IEnumerable<(JsonElement Item, string At)> Items(JsonElement array, string at) => array.ValueKind == JsonValueKind.Array
        ? array.EnumerateArray().Select((item, i) => (item, $"{at}[{i}]"))
        : throw Broken($"{at} is {array.ValueKind}, not an array");

    /// <summary>Throws unless it is an object.</summary>
    public void Object(JsonElement element, string at)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Broken($"{at} is {element.ValueKind}, not an object");
    }

    /// <summary>A property that must be there.</summary>
    public JsonElement Property(JsonElement parent, string name, string at) =>
        parent.TryGetProperty(name, out var value) ? value : throw Broken($"{at}{name} is missing");

    /// <summary>A property that may be absent or null.</summary>
    public static JsonElement? Optional(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The type of a component.</summary>
    public string Type(JsonElement element, string at)
    {
        Object(element, at);
        return Text(Property(element, "type", at + "."), at + ".type");
    }

    /// <summary>A string.</summary>
    public string Text(JsonElement element, string at) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Broken($"{at} is {element.ValueKind}, not a string");

    /// <summary>A token id.</summary>
    public int Id(JsonElement element, string at) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var id) && id >= 0
        ? id
        : throw Broken($"{at} is {element}, not a token id");

    /// <summary>True, or false where it is absent.</summary>
    public bool Flag(JsonElement parent, string name, string at, bool absent = false) => parent.TryGetProperty(name, out var value)
        ? value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Broken($"{at}.{name} is {value.ValueKind}, not true or false"),
        }
        : absent;

    /// <summary>Throws where an option is set that changes something: anything but absent, null, false or empty.</summary>
    public void Refuse(JsonElement parent, string name, string at)
    {
        if (Optional(parent, name) is not { ValueKind: not JsonValueKind.False } value || value is { ValueKind: JsonValueKind.String } && value.GetString()!.Length == 0) return;
        throw Unsupported(at + name, value.ValueKind == JsonValueKind.Object ? Type(value, at + name) : value.ToString());
    }

    /// <summary>The error of a file that contradicts itself.</summary>
    public TokenizerException Broken(string what) => new($"{file} is broken: {what}.");

    /// <summary>The error of a component that this library does not have.</summary>
    public TokenizerException Unsupported(string part, string value) => new(
        $"{file} needs {part} = {value}, which this library does not have: it reads byte-level BPE (GPT-2, Llama 3, Qwen, SmolLM, o200k) and SentencePiece-like BPE with byte fallback (Llama 2, Mistral, Gemma).");
}
