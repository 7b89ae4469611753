using System.Text.Json;
using System.Text.Json.Nodes;

namespace Align.Data;

/// <summary>Turns a row's values into an example, whatever kind of row it is.</summary>
internal sealed class ExampleReader(string file, ExampleKind? kind, RowReport report)
{
    private readonly RowLints _lints = new(report);
    private readonly MessageRules _rules = new(report);
    private ExampleKind? _kind = kind;
    private bool? _chat;
    private long _desirable, _judged;

    /// <summary>Every field that means something.</summary>
    public static IReadOnlyList<RowField> Fields { get; } =
    [
        .. ((string[])["prompt", "chosen", "rejected", "completion", "label", "messages", "conversations", "text", "tools", "chat_template_kwargs"]).Select(n => new RowField(n, FieldType.Any, Required: false)),
        new("margin", FieldType.Number, Required: false),
    ];

    private static readonly Dictionary<ExampleKind, string[]> Needed = new()
    {
        [ExampleKind.Pair] = ["chosen", "rejected"],
        [ExampleKind.Judgement] = ["prompt", "completion", "label"],
        [ExampleKind.Demonstration] = ["prompt", "completion"],
        [ExampleKind.Text] = ["messages"],
        [ExampleKind.Prompt] = ["prompt"],
    };

    public Example Read(long line, object?[] values, IReadOnlyCollection<string> others)
    {
        var at = new RowPosition(file, line);
        var row = Fields.Select((f, i) => (f.Name, Value: values[i])).Where(f => f.Value is not null).ToDictionary(f => f.Name, f => f.Value!);
        var wanted = _kind ?? Detect(at, row, others);
        Require(at, wanted, row, others);
        _lints.Line = line;
        var example = wanted switch
        {
            ExampleKind.Pair => Pair(at, row),
            ExampleKind.Judgement => Judgement(at, row),
            ExampleKind.Demonstration when row.ContainsKey("messages") || row.ContainsKey("conversations") => Conversation(at, row) with { Kind = ExampleKind.Text },
            ExampleKind.Demonstration => new Example(wanted, line, Answer(at, row, "completion"), Passage(at, row, "prompt")),
            ExampleKind.Prompt => new Example(wanted, line, new Passage(""), Passage(at, row, "prompt")),
            _ => Conversation(at, row),
        };
        var chat = (example.Prompt ?? example.Answer).Messages is not null;
        if (_chat is { } before && before != chat) throw at.Error($"{Format(chat)}, line 1 has {Format(before)}", "A file is of one format: all rows texts, or all rows messages.");
        (_kind, _chat) = (wanted, chat);
        Inspect(example);
        return example with { Tools = Json<JsonArray>(at, row, "tools"), Variables = Json<JsonObject>(at, row, "chat_template_kwargs"), Margin = row.GetValueOrDefault("margin") as double? };
    }

    /// <summary>What can only be said of the whole file.</summary>
    public void Finish()
    {
        if (report.Read == 0)
        {
            if (report.Skipped == 0) throw new DataException(file, "no rows", "The file has no rows.");
            var first = report.Errors[0];
            throw report.Skips is [{ Problem: "missing", Field: { } field }]
                ? new DataException(file, "missing in all rows", $"No row has the field {field}. The first one: {first.Message}", field: field, inner: first)
                : new DataException(file, "no row could be read", $"All {report.Skipped} rows were skipped. The first one: {first.Message}", inner: first);
        }

        if (_judged == 1) throw new DataException(file, "batch of one", "KTO measures its KL by other rows' answers, so it needs at least two judgements.");
        if (_judged > 0 && _desirable == _judged) report.Warn("all labels are true", "label", 1);
        if (_judged > 0 && _desirable == 0) report.Warn("all labels are false", "label", 1);
    }

    private static ExampleKind Detect(RowPosition at, Dictionary<string, object> row, IReadOnlyCollection<string> others)
    {
        bool Has(string name) => row.ContainsKey(name);
        if (Has("chosen") || Has("rejected")) return ExampleKind.Pair;
        if (Has("completion")) return Has("label") ? ExampleKind.Judgement : ExampleKind.Demonstration;
        if (Has("messages") || Has("conversations") || Has("text")) return ExampleKind.Text;
        if (Has("prompt")) return ExampleKind.Prompt;
        throw at.Error(
            "fields of no kind that is known",
            $"The row has {string.Join(", ", others.Take(8))}. Known are messages or text; prompt; prompt and completion; prompt, completion and label; chosen and rejected, with prompt or without. {Rename(others)}");
    }

    /// <summary>The line that renames the fields there are; where they tell too little, where to see how rows are made of others.</summary>
    private static string Rename(IReadOnlyCollection<string> others)
    {
        string? Of(params string[] names) => Array.Find(names, others.Contains);
        (string Field, string? From)[] found = [("prompt", Of("question", "instruction", "query", "problem", "input")), ("completion", Of("answer", "output", "response", "solution", "target"))];
        return found.All(f => f.From is not null)
            ? $"Rename what means the same: jq -c '{{{string.Join(", ", found.Select(f => $"{f.Field}: .{f.From}"))}}}' FILE > rows.jsonl."
            : $"Make such rows of these{(found[0].From is { } prompt ? $", whose prompt may be {prompt}" : "")}: notebooks/scripts/pairs.cs shows how, of questions whose graded answers lie in several fields.";
    }

    private static void Require(RowPosition at, ExampleKind kind, Dictionary<string, object> row, IReadOnlyCollection<string> others)
    {
        if (kind is ExampleKind.Text or ExampleKind.Demonstration && (row.ContainsKey("messages") || row.ContainsKey("conversations") || (kind == ExampleKind.Text && row.ContainsKey("text")))) return;
        var needed = Needed[kind];
        if (needed.All(row.ContainsKey)) return;
        throw MissingField.Error(at, 1, [.. needed.Select(n => new RowField(n, FieldType.Any))], [.. row.Keys, .. others]);
    }

    private Example Pair(RowPosition at, Dictionary<string, object> row)
    {
        var (chosen, rejected) = (Passage(at, row, "chosen"), Passage(at, row, "rejected"));
        var prompt = row.ContainsKey("prompt") ? Passage(at, row, "prompt") : null;
        if (chosen.Messages is null != rejected.Messages is null) throw at.Error($"chosen is {Format(chosen.Messages is not null)}, rejected is {Format(rejected.Messages is not null)}", "Both are texts, or both are messages.");
        if (prompt?.Messages is not null && chosen.Messages is null) throw at.Error("text, expected messages", "The prompt is messages, so the answers are too.", field: "chosen");
        if (prompt?.Text is not null && chosen.Messages is not null)
        {
            if (MessageRules.Role(chosen.Messages, 0) == "assistant")
            {
                report.Warn("prompt is text, chosen is messages", "prompt", at.Line ?? 0);
                prompt = new Passage([new JsonObject { ["role"] = "user", ["content"] = prompt.Text }]);
            }
            else
            {
                report.Warn("a text prompt beside whole conversations is left out", "prompt", at.Line ?? 0);
                prompt = null;
            }
        }

        if (prompt is null) (prompt, chosen, rejected) = ImplicitPrompt.Take(at, chosen, rejected);
        _rules.Prompt(at, prompt);
        _rules.Answer(at, chosen, "chosen");
        _rules.Answer(at, rejected, "rejected");
        return new Example(ExampleKind.Pair, at.Line ?? 0, chosen, prompt, rejected);
    }

    private Example Judgement(RowPosition at, Dictionary<string, object> row)
    {
        var desirable = row["label"] switch
        {
            JsonValue v when v.GetValueKind() is JsonValueKind.True or JsonValueKind.False => v.GetValueKind() == JsonValueKind.True,
            JsonValue v when v.GetValueKind() == JsonValueKind.Number => Number(v.ToJsonString()),
            string s => Word(s),
            var null0 when ReferenceEquals(null0, JsonRow.Null) => throw Wrong("null"),
            _ => throw Wrong("neither true nor false"),
        };
        return new Example(ExampleKind.Judgement, at.Line ?? 0, Answer(at, row, "completion"), Passage(at, row, "prompt"), Desirable: desirable);

        bool Number(string text)
        {
            if (double.Parse(text, System.Globalization.CultureInfo.InvariantCulture) is var number && number is not (0 or 1)) throw Wrong(double.IsInteger(number) ? $"{text} is neither 0 nor 1" : text);
            report.Note("a label 0 or 1 is read as false or true", "label");
            return number == 1;
        }

        bool Word(string text)
        {
            if (!text.Equals("true", StringComparison.OrdinalIgnoreCase) && !text.Equals("false", StringComparison.OrdinalIgnoreCase)) throw Wrong($"text \"{text}\"");
            report.Note("a label that is text is read as true or false", "label");
            return text.Equals("true", StringComparison.OrdinalIgnoreCase);
        }

        DataException Wrong(string problem) => at.Error(problem, "A label is true or false: was the answer wanted?", field: "label");
    }

    private Example Conversation(RowPosition at, Dictionary<string, object> row)
    {
        var name = ((string[])["messages", "conversations", "text"]).First(row.ContainsKey);
        var passage = Passage(at, row, name);
        if (name == "messages" && passage.Text is not null) throw at.Error("text, expected messages", "A text goes into the field text.", field: name);
        if (passage.Messages is { } messages) _rules.Conversation(at, messages, name);
        return new Example(ExampleKind.Text, at.Line ?? 0, passage);
    }

    private Passage Answer(RowPosition at, Dictionary<string, object> row, string name)
    {
        var answer = Passage(at, row, name);
        if (row.TryGetValue("prompt", out var prompt) && prompt is string != answer.Text is not null)
            throw at.Error($"prompt is {Format(prompt is not string)}, {name} is {Format(answer.Messages is not null)}", "Both are texts, or both are messages.", field: name);
        _rules.Answer(at, answer, name);
        return answer;
    }

    private static Passage Passage(RowPosition at, Dictionary<string, object> row, string name)
    {
        switch (row[name])
        {
            case string text: return new Passage(text);
            case JsonArray messages:
                return new Passage(MessageRules.Checked(at, messages, name));
            case var value when ReferenceEquals(value, JsonRow.Null): throw at.Error("null", "Give it a text, or remove the row.", field: name);
            case JsonNode node: throw at.Error($"{Kind(node)}, expected text or messages", $"The value begins {Short(node.ToJsonString())}.", field: name);
            default: throw at.Error("neither text nor messages", "A field is a text, or a list of messages.", field: name);
        }
    }

    private void Inspect(Example example)
    {
        if (example.Kind == ExampleKind.Judgement)
        {
            _judged++;
            if (example.Desirable) _desirable++;
        }

        var (prompt, answer, rejected) = (example.Prompt?.ToString() ?? "", example.Answer.ToString(), example.Rejected?.ToString());
        var name = example.Kind switch { ExampleKind.Pair => "chosen", ExampleKind.Text => "text", _ => "completion" };
        if (example.Prompt?.Text is { } text) _lints.Text("prompt", text);
        if (example.Kind != ExampleKind.Prompt && example.Answer.Text is not null) _lints.Text(name, answer);
        if (example.Rejected?.Text is not null) _lints.Text("rejected", rejected!);
        if (example.Kind == ExampleKind.Prompt) return;
        _lints.Answers(prompt, answer, rejected);
        _lints.Repeats(prompt, answer + (example.Kind == ExampleKind.Judgement ? example.Desirable : ""), rejected);
    }

    private static T? Json<T>(RowPosition at, Dictionary<string, object> row, string name)
        where T : JsonNode
    {
        if (!row.TryGetValue(name, out var value) || ReferenceEquals(value, JsonRow.Null)) return null;
        try
        {
            var node = value is string text ? JsonNode.Parse(text) : (JsonNode)value;
            return node as T ?? throw at.Error($"{Kind(node!)}, expected a JSON {(typeof(T) == typeof(JsonArray) ? "list" : "object")}", "It goes to the chat template as it is.", field: name);
        }
        catch (JsonException e)
        {
            throw at.Error("invalid JSON", $"The text of this field is JSON. {e.Message}", field: name, inner: e);
        }
    }

    private static string Format(bool chat) => chat ? "messages" : "text";

    private static string Kind(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Number => "number",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "list",
        JsonValueKind.String => "text",
        _ => "true or false",
    };

    private static string Short(string text) => text.Length > 40 ? text[..40] + "…" : text;
}
