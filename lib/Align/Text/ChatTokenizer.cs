using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Align.Text.Parts;
using Align.Text.Templates;

namespace Align.Text;

/// <summary>Conversations as tokens: a model's tokenizer and its chat template together.</summary>
/// <remarks>
/// The names of special tokens stand for them where the template writes them. What a message says stays text, unless <paramref name="specialsInContent"/> asks otherwise:
/// a person who types <c>&lt;|im_end|&gt;</c> does not end a turn.
/// </remarks>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="template">The template.</param>
/// <param name="specialsInContent">Whether names of special tokens inside messages stand for them too, as transformers reads them.</param>
public sealed class ChatTokenizer(HuggingFaceTokenizer tokenizer, ChatTemplate template, bool specialsInContent = false)
{
    private const char FirstGuard = '\uFDD0', LastGuard = '\uFDEF';

    private readonly string[] _names = [.. tokenizer.Specials.Keys.OrderByDescending(n => n.Length)];

    /// <summary>The tokenizer.</summary>
    public HuggingFaceTokenizer Tokenizer => tokenizer;

    /// <summary>The template.</summary>
    public ChatTemplate Template => template;

    /// <summary>The ids of a conversation. Trained are the tokens that the template's <c>generation</c> blocks wrote; without such blocks none.</summary>
    /// <exception cref="TemplateException">The template refused the conversation, failed, did too much, or looks for special tokens inside a message.</exception>
    public TokenizedText Tokenize(JsonArray messages, ChatOptions? options = null)
    {
        var chat = template.Render(messages, options);
        var guarded = specialsInContent ? [] : Guarded(messages, options, chat);
        PlacedToken[] tokens = [.. tokenizer.Place(chat.Text, withSpecials: true, start => guarded.Contains(start + 1))];
        var trained = new bool[tokens.Length];
        foreach (var (start, end) in chat.Spans.Where(s => s.End > s.Start))
        {
            var first = Array.FindIndex(tokens, t => t.Start <= start && start < t.End);
            var last = Array.FindLastIndex(tokens, t => t.Start <= end - 1 && end - 1 < t.End);
            for (var i = Math.Max(0, first); first >= 0 && i <= last; i++) trained[i] = true;
        }

        return new([.. tokens.Select(t => t.Id)], trained);
    }

    /// <summary>The ids of a prompt and of the answer after it: everything up to where the answer begins is not trained, the answer is.</summary>
    /// <param name="prompt">The messages before the answer.</param>
    /// <param name="completion">The answer's messages.</param>
    /// <param name="options">Tools, documents and variables.</param>
    /// <param name="differs">
    /// Whether the prompt's own ids are not the beginning of the whole. Tokens may merge across the border, and templates may write a prompt differently once it is answered;
    /// the answer then begins with the first token that differs.
    /// </param>
    /// <exception cref="TemplateException">The template refused the conversation, failed, or did too much.</exception>
    public TokenizedText Tokenize(JsonArray prompt, JsonArray completion, ChatOptions? options, out bool differs)
    {
        options ??= new();
        var before = Tokenize(prompt, Before(prompt, options)).Ids;
        var whole = Tokenize([.. prompt.Select(m => m?.DeepClone()), .. completion.Select(m => m?.DeepClone())], options).Ids;
        var shared = before.AsSpan().CommonPrefixLength(whole);
        differs = shared < before.Length;
        return TokenizedText.Of(whole.AsSpan(0, shared), whole.AsSpan(shared));
    }

    /// <summary>How a prompt is rendered: up to a new turn of the assistant, or inside the one it ends with.</summary>
    internal static ChatOptions Before(JsonArray prompt, ChatOptions options) =>
        prompt.Count > 0 && (string?)prompt[^1]?["role"] == "assistant" ? options with { Continue = "content" } : options with { AddGenerationPrompt = true };

    // Renders once more with a character inside each special's name that a message holds: where that character comes out, the name is text.
    private HashSet<int> Guarded(JsonArray messages, ChatOptions? options, RenderedChat chat)
    {
        if (_names.Length == 0) return [];
        var texts = Texts(messages).Concat(Texts(options?.Tools)).Concat(Texts(options?.Documents)).ToList();
        if (!texts.Any(t => _names.Any(n => t.Contains(n, StringComparison.Ordinal)))) return [];
        var guard = Enumerable.Range(FirstGuard, LastGuard - FirstGuard + 1).Select(c => (char)c).FirstOrDefault(c => !chat.Text.Contains(c));
        var marked = template.Render((JsonArray)Marked(messages, guard)!, options is null ? null : options with { Tools = (JsonArray?)Marked(options.Tools, guard), Documents = (JsonArray?)Marked(options.Documents, guard) }).Text;
        if (guard == default || marked.Replace(guard.ToString(), "", StringComparison.Ordinal) != chat.Text)
            throw new TemplateException(TemplateFault.Request, "A message holds the name of a special token and the template looks at it, so it cannot be told which of the two is meant. Take the name out of the message, or allow special tokens inside messages.");
        var places = new HashSet<int>();
        for (var at = marked.IndexOf(guard); at >= 0; at = marked.IndexOf(guard, at + 1)) places.Add(at - places.Count);
        return places;
    }

    private JsonNode? Marked(JsonNode? node, char guard) => node switch
    {
        JsonArray array => new JsonArray([.. array.Select(i => Marked(i, guard))]),
        JsonObject fields => new JsonObject(fields.Select(f => KeyValuePair.Create(f.Key, Marked(f.Value, guard)))),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Marked(value.GetValue<string>(), guard),
        _ => node?.DeepClone(),
    };

    private string Marked(string text, char guard)
    {
        var marked = new StringBuilder(text);
        for (var at = text.Length - 1; at >= 0; at--)
            if (_names.Any(n => string.CompareOrdinal(text, at, n, 0, n.Length) == 0)) marked.Insert(at + 1, guard);
        return marked.ToString();
    }

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonArray array => array.SelectMany(Texts),
        JsonObject fields => fields.SelectMany(f => Texts(f.Value)),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
        _ => [],
    };
}
