using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Align.Data;

/// <summary>Reads one line of JSON as the values of the fields asked for.</summary>
/// <remarks>The grammar is System.Text.Json's; what it leaves open (doubled keys, text that is no Unicode) is refused here.</remarks>
internal sealed class JsonRow(IReadOnlyList<RowField> fields)
{
    /// <summary>Stands for a null that is written, where an absent field is null.</summary>
    public static readonly object Null = new();

    private const int MaxFields = 1000;

    private readonly HashSet<string> _others = new(StringComparer.Ordinal);

    /// <summary>The names of the fields of the last row that were not asked for.</summary>
    public IReadOnlyCollection<string> Others => _others;

    /// <exception cref="DataException">The line is no such row.</exception>
    public object?[] Read(RowPosition position, ReadOnlySpan<byte> line, long offset, bool lineEnded)
    {
        if (!Utf8.IsValid(line)) throw JsonFault.NotUtf8(position, line, offset);

        _others.Clear();
        var values = new object?[fields.Count];
        var seen = new bool[fields.Count];
        string? name = null;
        var closed = false;
        var start = 0;
        var json = new Utf8JsonReader(line);
        try
        {
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject) throw NotAnObject(position, line, ref json);
            start = (int)json.TokenStartIndex;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var column = (int)json.TokenStartIndex;
                var written = json.ValueIsEscaped ? Text(position, line, ref json, null) : null;
                var index = IndexOf(ref json, written);
                name = index >= 0 ? fields[index].Name : written ?? json.GetString()!;
                if (index >= 0 ? seen[index] : !_others.Add(name))
                    throw position.Error("key occurs twice", "Keep one of the two.", JsonFault.Column(line, column), Clip(name));
                if (_others.Count > MaxFields)
                    throw position.Error("too many fields", $"A row has at most {MaxFields} fields beside its own: is this one row?", JsonFault.Column(line, column));

                json.Read();
                if (index < 0)
                {
                    json.Skip();
                }
                else
                {
                    seen[index] = true;
                    values[index] = Value(position, line, ref json, fields[index]);
                }

                name = null;
            }

            closed = true;
            json.Read();
        }
        catch (JsonException e)
        {
            throw JsonFault.Explain(position, line, e, Clip(name), closed, lineEnded);
        }

        for (var i = 0; i < fields.Count; i++)
        {
            if (seen[i] || !fields[i].Required) continue;
            var found = fields.Where((_, f) => seen[f]).Select(f => f.Name).Concat(_others).ToList();
            throw MissingField.Error(position, JsonFault.Column(line, start), fields, found);
        }

        return values;
    }

    /// <param name="json">At the name.</param>
    /// <param name="written">The name where it has escapes.</param>
    private int IndexOf(ref Utf8JsonReader json, string? written)
    {
        for (var i = 0; i < fields.Count; i++)
            if (written is null ? json.ValueTextEquals(fields[i].Name) : written == fields[i].Name) return i;
        return -1;
    }

    private static object? Value(RowPosition position, ReadOnlySpan<byte> line, ref Utf8JsonReader json, RowField field)
    {
        switch (field.Type, json.TokenType)
        {
            case (FieldType.Text, JsonTokenType.String):
                return Text(position, line, ref json, field.Name);
            case (FieldType.Number, JsonTokenType.Number):
                if (json.TryGetDouble(out var number) && double.IsFinite(number)) return number;
                throw position.Error("no finite number", "It is larger than a double can be.", Column(line, ref json), field.Name);
            case (FieldType.Any, JsonTokenType.String):
                return Text(position, line, ref json, field.Name);
            case (FieldType.Any, JsonTokenType.Null):
                return Null;
            case (FieldType.Any, _):
                return Node(position, line, ref json, field.Name);
            case (FieldType.NoJudgement, JsonTokenType.True or JsonTokenType.False):
                throw position.Error(
                    "a judgement, not a demonstration",
                    "Rows of prompt, completion and label say which answers are good and which are bad; to imitate the good ones, keep those alone and remove the label.",
                    Column(line, ref json),
                    field.Name);
            case (FieldType.NoJudgement, _):
                json.Skip();
                return null;
            case (_, JsonTokenType.Null) when !field.Required:
                return null;
            case (_, JsonTokenType.Null):
                throw position.Error("null", "Give it a text, or remove the row.", Column(line, ref json), field.Name);
            default:
                throw WrongType(position, line, ref json, field);
        }
    }

    private static JsonNode Node(RowPosition position, ReadOnlySpan<byte> line, ref Utf8JsonReader json, string field)
    {
        var start = (int)json.TokenStartIndex;
        try
        {
            var node = JsonNode.Parse(ref json)!;
            Touch(node);
            return node;
        }
        catch (ArgumentException e)
        {
            throw position.Error("key occurs twice", "An object of this field has two keys of one name. Keep one of the two.", JsonFault.Column(line, start), field, e);
        }
        catch (InvalidOperationException e)
        {
            throw position.Error("lone surrogate", "A text in this field holds half of a character: it was cut inside an emoji or the like.", JsonFault.Column(line, start), field, e);
        }
    }

    // Nodes find out late what is wrong with them.
    private static void Touch(JsonNode? node)
    {
        if (node is JsonArray items) foreach (var item in items) Touch(item);
        else if (node is JsonObject fields) foreach (var (_, value) in fields) Touch(value);
        else if (node?.GetValueKind() == JsonValueKind.String) node.GetValue<string>();
    }

    private static DataException WrongType(RowPosition position, ReadOnlySpan<byte> line, ref Utf8JsonReader json, RowField field)
    {
        var wanted = field.Type == FieldType.Text ? "text" : "a number";
        var advice = json.TokenType switch
        {
            JsonTokenType.StartArray when field.Type == FieldType.Text => "It looks like a list of chat messages; this reader takes plain text.",
            JsonTokenType.String => $"Write {field.Name} without quotes.",
            _ => $"The value begins {JsonFault.Excerpt(line, (int)json.TokenStartIndex)}.",
        };
        return position.Error($"{Kind(json.TokenType)}, expected {wanted}", advice, Column(line, ref json), field.Name);
    }

    private static DataException NotAnObject(RowPosition position, ReadOnlySpan<byte> line, ref Utf8JsonReader json)
    {
        var advice = json.TokenType == JsonTokenType.StartArray
            ? "A JSON file that is one list becomes JSON lines by jq -c '.[]' FILE > rows.jsonl."
            : $"The line begins {JsonFault.Excerpt(line, (int)json.TokenStartIndex)}.";
        return position.Error($"{Kind(json.TokenType)}, expected an object", advice, Column(line, ref json));
    }

    private static string Text(RowPosition position, ReadOnlySpan<byte> line, ref Utf8JsonReader json, string? field)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw JsonFault.LoneSurrogate(position, line, (int)json.TokenStartIndex, field);
        }
    }

    private static int Column(ReadOnlySpan<byte> line, ref Utf8JsonReader json) => JsonFault.Column(line, json.TokenStartIndex);

    private static string? Clip(string? name) => name is { Length: > 100 } ? name[..100] + "…" : name;

    private static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "object",
        JsonTokenType.StartArray => "list",
        JsonTokenType.String => "text",
        JsonTokenType.Number => "number",
        JsonTokenType.Null => "null",
        _ => "true or false",
    };
}
