using System.Text.Json;
using System.Text.Json.Nodes;
using Align.Text.Parts;
using Align.Text.Templates;

namespace Align.Text;

/// <summary>A model's chat template: turns messages into the one text that the model was trained on.</summary>
/// <remarks>
/// Templates are small programs in Jinja that come with a model's files. This interpreter runs the subset that they use, renders what transformers renders, and can do nothing but
/// read the messages and write text, within <see cref="TemplateLimits"/>.
/// </remarks>
public sealed class ChatTemplate
{
    private const int LongestTemplate = 1 << 20;
    private const string ContinueTag = "CONTINUE_FINAL_MESSAGE_TAG ";

    private readonly IReadOnlyList<Statement> _program;
    private readonly IReadOnlyDictionary<string, string> _roles;
    private readonly TemplateLimits _limits;
    private readonly TimeProvider _clock;

    /// <summary>Reads a template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="roles">The special tokens that it may name, such as <c>eos_token</c>: <see cref="HuggingFaceTokenizer.Roles"/>.</param>
    /// <param name="limits">How much work it may do.</param>
    /// <param name="clock">What <c>strftime_now</c> tells; the machine's clock where it is left out.</param>
    /// <exception cref="TemplateException">It is no template that this library reads.</exception>
    public ChatTemplate(string source, IReadOnlyDictionary<string, string>? roles = null, TemplateLimits? limits = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Length > LongestTemplate) throw new TemplateException(TemplateFault.Limit, $"The chat template has {source.Length} characters; {LongestTemplate} are allowed.");
        (Source, _roles, _limits, _clock) = (source, roles ?? new Dictionary<string, string>(), limits ?? new(), clock ?? TimeProvider.System);
        _program = StatementParser.Read(source);
        HasGenerationBlocks = source.Contains("endgeneration", StringComparison.Ordinal);
    }

    /// <summary>The template's text.</summary>
    public string Source { get; }

    /// <summary>Whether the template marks what the assistant says, so that those tokens alone can be trained.</summary>
    public bool HasGenerationBlocks { get; }

    /// <summary>Reads the template of a model folder: <c>chat_template.jinja</c>, or else <c>chat_template</c> of <c>tokenizer_config.json</c>. Null where it has none.</summary>
    /// <exception cref="TokenizerException">A file is broken.</exception>
    /// <exception cref="TemplateException">It is no template that this library reads.</exception>
    public static ChatTemplate? Load(string folder, TemplateLimits? limits = null, TimeProvider? clock = null)
    {
        var file = Path.Combine(folder, "chat_template.jinja");
        var source = File.Exists(file) ? System.Text.Encoding.UTF8.GetString(TokenizerFolder.Bytes(file)) : Configured(Path.Combine(folder, "tokenizer_config.json"));
        return source is null ? null : new ChatTemplate(source, TokenizerFolder.Roles(folder), limits, clock);
    }

    /// <summary>The text of a conversation.</summary>
    /// <param name="messages">The messages: objects with <c>role</c>, <c>content</c> and whatever else the template reads.</param>
    /// <param name="options">What else the template is told.</param>
    /// <exception cref="TemplateException">The template refused the conversation, failed, or did too much.</exception>
    public RenderedChat Render(JsonArray messages, ChatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new();
        messages = Prepared(messages);
        if (options.Continue is null) return Run(messages, options);
        if (options.AddGenerationPrompt) throw Refused("A final message is continued or a new one begun, not both.");
        var final = Tagged(messages, options.Continue);
        var rendered = Run(messages, options);
        return Cut(rendered, final);
    }

    private RenderedChat Run(JsonArray messages, ChatOptions options)
    {
        var interpreter = new Interpreter(_limits, _clock.GetLocalNow().DateTime);
        object? Value(JsonNode? node) => ChatValues.Of(node, interpreter.Python);
        foreach (var (role, token) in _roles) interpreter.Define(role, token);
        foreach (var (name, value) in options.Variables ?? []) interpreter.Define(name, Value(value));
        interpreter.Define("messages", Value(messages));
        interpreter.Define("tools", options.Tools is { Count: > 0 } ? Value(options.Tools) : null);
        interpreter.Define("documents", Value(options.Documents));
        interpreter.Define("add_generation_prompt", options.AddGenerationPrompt);
        try
        {
            var text = interpreter.Render(_program);
            return new RenderedChat(text, [.. interpreter.Spans.Select(s => (Units(text, s.Start), Units(text, s.End)))]);
        }
        catch (InvalidOperationException e) when (e.InnerException is TemplateException inner)
        {
            // Sorting wraps what a comparison throws.
            throw inner;
        }
    }

    private static int Units(string text, int points)
    {
        var at = 0;
        while (points-- > 0 && at < text.Length) at += char.IsHighSurrogate(text[at]) ? 2 : 1;
        return at;
    }

    // As transformers prepares messages: null is absent, and a thought goes by two names.
    private static JsonArray Prepared(JsonArray messages)
    {
        var prepared = new JsonArray();
        foreach (var message in messages)
        {
            if (message is not JsonObject fields) throw Refused("A message is no object with a role and a content.");
            var copy = new JsonObject(fields.Where(f => f.Value is not null).Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone())));
            var thought = ((string[])["reasoning_content", "thinking", "reasoning"]).Select(name => copy[name]).FirstOrDefault(v => v is not null);
            if (thought is not null)
            {
                copy["reasoning_content"] = thought.DeepClone();
                if (!copy.ContainsKey("thinking")) copy.Insert(0, "thinking", thought.DeepClone());
            }

            prepared.Add((JsonNode)copy);
        }

        return prepared;
    }

    private string Tagged(JsonArray messages, string field)
    {
        if (!Source.Contains(field, StringComparison.Ordinal)) throw Refused($"The template does not read \"{field}\", so that field cannot be continued.");
        if (messages.Count == 0 || messages[^1]![field] is not { } value) throw Refused($"The final message has no \"{field}\" to continue.");
        if (value is JsonArray parts)
        {
            var part = parts.OfType<JsonObject>().LastOrDefault(p => p["text"] is JsonValue) ?? throw Refused($"The final message's \"{field}\" has no text to continue.");
            var text = part["text"]!.ToString();
            part["text"] = text + ContinueTag;
            return text;
        }

        if (value.GetValueKind() != JsonValueKind.String) throw Refused($"The final message's \"{field}\" is no text.");
        var final = value.GetValue<string>();
        messages[^1]![field] = final + ContinueTag;
        return final;
    }

    private static RenderedChat Cut(RenderedChat rendered, string final)
    {
        var text = rendered.Text;
        var at = text.LastIndexOf(ContinueTag.TrimEnd(), StringComparison.Ordinal);
        if (at < 0 || !text.Contains(PythonText.Trim(final), StringComparison.Ordinal))
            throw Refused("The final message does not appear in what the template renders, so it cannot be continued.");
        var intact = string.CompareOrdinal(text, at, ContinueTag, 0, ContinueTag.Length) == 0;
        text = intact ? text[..at] : PythonText.TrimEnd(text[..at]);
        return new(text, [.. rendered.Spans.Where(s => s.Start < text.Length).Select(s => (s.Start, Math.Min(s.End, text.Length)))]);
    }

    private static string? Configured(string path)
    {
        if (!File.Exists(path)) return null;
        return TokenizerFolder.Json(TokenizerFolder.Bytes(path), path, root =>
        {
            var json = new TokenizerJson(path);
            json.Object(root, "the file");
            if (TokenizerJson.Optional(root, "chat_template") is not { } template) return null;
            if (template.ValueKind == JsonValueKind.String) return template.GetString();
            var named = json.Items(template, "chat_template").ToDictionary(
                t => json.Text(json.Property(t.Item, "name", t.At + "."), t.At + ".name"),
                t => json.Text(json.Property(t.Item, "template", t.At + "."), t.At + ".template"));
            return named.TryGetValue("default", out var text) ? text : throw json.Broken("chat_template is a list without a template named default");
        });
    }

    private static TemplateException Refused(string message) => new(TemplateFault.Request, message);
}

/// <summary>What a chat template is told beside the messages.</summary>
/// <param name="AddGenerationPrompt">Whether the text ends where the assistant's next answer begins.</param>
/// <param name="Continue">The field of the final message that the text ends inside of, such as <c>content</c>, so that a model writes on; null for whole messages.</param>
/// <param name="Tools">Tools as JSON schemas.</param>
/// <param name="Documents">Documents to answer from.</param>
/// <param name="Variables">More variables; they win over special tokens.</param>
public sealed record ChatOptions(
    bool AddGenerationPrompt = false, string? Continue = null, JsonArray? Tools = null, JsonArray? Documents = null, JsonObject? Variables = null);

/// <summary>A conversation as text.</summary>
/// <param name="Text">The text.</param>
/// <param name="Spans">What the template's <c>generation</c> blocks wrote, as places in the text in UTF-16 units.</param>
public sealed record RenderedChat(string Text, IReadOnlyList<(int Start, int End)> Spans);
