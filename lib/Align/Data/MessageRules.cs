using System.Text.Json;
using System.Text.Json.Nodes;

namespace Align.Data;

/// <summary>What messages must be, and what is lawful and probably not meant.</summary>
internal sealed class MessageRules(RowReport report)
{
    private static readonly string[] Known = ["system", "developer", "user", "assistant", "tool", "function"];

    public static string? Role(JsonArray messages, int index) => index >= 0 && index < messages.Count ? (string?)messages[index]?["role"] : null;

    /// <summary>The messages with <c>role</c> and <c>content</c>, whatever the file called them.</summary>
    public static JsonArray Checked(RowPosition at, JsonArray messages, string field)
    {
        if (messages.Count == 0) throw at.Error("empty", "A conversation has at least one message.", field: field);
        var made = new JsonArray();
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i] is not JsonObject message) throw at.Error("no message", "A message is an object with role and content.", field: $"{field}[{i}]");
            made.Add((JsonNode)One(at, Renamed(message), $"{field}[{i}]"));
        }

        return made;
    }

    /// <summary>A whole conversation to learn from.</summary>
    public void Conversation(RowPosition at, JsonArray messages, string field)
    {
        var line = at.Line ?? 0;
        if (Role(messages, 0) == "assistant") report.Warn("begins with assistant", $"{field}[0].role", line);
        if (Role(messages, messages.Count - 1) == "user") report.Warn("ends with user", field, line);
        Turns(line, messages, field);
    }

    public void Prompt(RowPosition at, Passage prompt)
    {
        var line = at.Line ?? 0;
        if (prompt.Text is { Length: 0 }) report.Warn("empty prompt", null, line);
        if (prompt.Messages is not { } messages) return;
        if (messages.Count == 0) report.Warn("empty prompt", null, line);
        if (Role(messages, messages.Count - 1) == "assistant") report.Warn("prompt ends with assistant", $"prompt[{messages.Count - 1}].role", line);
        Turns(line, messages, "prompt");
    }

    public void Answer(RowPosition at, Passage answer, string field)
    {
        if (answer.Messages is not { } messages) return;
        if (messages.Count == 0) report.Warn("empty", field, at.Line ?? 0);
        else if (Role(messages, 0) is "user" or "system") throw at.Error($"{Role(messages, 0)}, expected assistant", "An answer begins with what the assistant says.", field: $"{field}[0].role");
    }

    private void Turns(long line, JsonArray messages, string field)
    {
        for (var i = 1; i < messages.Count; i++)
        {
            var (before, role) = (Role(messages, i - 1), Role(messages, i));
            if (role == "system") report.Warn("system not first", $"{field}[{i}].role", line);
            if (role == before && role is "user" or "assistant" && before == role) report.Warn($"{role} after {role}", $"{field}[{i}].role", line);
        }
    }

    // ShareGPT's names; its roles human and gpt are the user and the assistant.
    private static JsonObject Renamed(JsonObject message)
    {
        if (!message.ContainsKey("from") || message.ContainsKey("role")) return (JsonObject)message.DeepClone();
        var made = new JsonObject();
        foreach (var (name, value) in message)
        {
            var copy = value?.DeepClone();
            if (name == "from") made["role"] = copy is JsonValue v && v.TryGetValue<string>(out var role) ? role switch { "human" => "user", "gpt" => "assistant", _ => role } : copy;
            else made[name == "value" ? "content" : name] = copy;
        }

        return made;
    }

    private static JsonObject One(RowPosition at, JsonObject message, string field)
    {
        var role = message["role"] is JsonValue value && value.TryGetValue<string>(out var text) ? text
            : throw at.Error(message.ContainsKey("role") ? "no text" : "missing", "Every message says who speaks.", field: field + ".role");
        if (!Known.Contains(role)) throw at.Error($"unknown role {role}", $"Known roles are {string.Join(", ", Known)}.", field: field + ".role");
        if (message["content"] is JsonArray parts)
        {
            for (var i = 0; i < parts.Count; i++)
                if (parts[i] is not JsonObject part || (string?)part["type"] is not ("text" or null) || part["text"] is not JsonValue)
                    throw at.Error($"{(string?)(parts[i] as JsonObject)?["type"] ?? "unknown"} part", "This library reads text alone.", field: $"{field}.content[{i}]");
        }
        else if (message["content"] is { } content ? content.GetValueKind() != JsonValueKind.String : message["tool_calls"] is null)
        {
            throw at.Error(message.ContainsKey("content") ? message["content"] is null ? "null" : "no text" : "missing", "Give the message a content, or remove it.", field: field + ".content");
        }

        return message;
    }
}
