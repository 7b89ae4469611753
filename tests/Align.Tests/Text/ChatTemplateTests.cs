using System.Text.Json.Nodes;
using Align.Runtime;
using Align.Text;
using Align.Text.Templates;
using CsCheck;

namespace Align.Tests.Text;

public sealed class ChatTemplateTests
{
    private static readonly FixedClock Clock = FixedClock.Golden;
    private static readonly JsonNode Templates = Golden.Json("chat/templates.json");
    private static readonly JsonNode Conversations = Golden.Json("chat/conversations.json");
    private static readonly Dictionary<string, HuggingFaceTokenizer> Tokenizers = Templates.AsObject().Select(t => (string)t.Value!["tokenizer"]!).Distinct()
        .ToDictionary(f => f, f => HuggingFaceTokenizer.Load(Golden.PathOf($"tokenizers/{f}")));

    [Fact]
    public void Every_golden_conversation_gives_its_text_or_its_error_its_ids_and_its_mask() =>
        Golden.Rows("chat/cases.jsonl", Rows("cases.jsonl"), row =>
        {
            var name = (string)row["template"]!;
            var conversation = Conversations[(string)row["conversation"]!]!;
            var messages = conversation["messages"]!.AsArray();
            var options = new ChatOptions(
                (bool)row["add_generation_prompt"]!,
                row["continue_final_message"] is { } field ? field.GetValueKind() == System.Text.Json.JsonValueKind.True ? "content" : (string)field! : null,
                conversation["tools"]?.AsArray(),
                conversation["documents"]?.AsArray(),
                row["kwargs"]?.AsObject());
            if (row["error"] is { } error)
            {
                var thrown = Assert.Throws<TemplateException>(() => Load(name).Render(messages, options));
                if ((string)error["kind"]! == "raise") Assert.Equal(((string)error["message"]!, TemplateFault.Raised), (thrown.Message, thrown.Fault));
                return Outcome.Passed;
            }

            var chat = Load(name).Render(messages, options);
            Assert.Equal((string)row["rendered"]!, chat.Text);
            if (row["generation_spans"] is { } spans) Assert.Equal(spans.AsArray().Select(s => ((int)s![0]!, (int)s[1]!)), chat.Spans.Select(s => (Points(chat.Text, s.Start), Points(chat.Text, s.End))));
            if (row["ids"] is null) return Outcome.Passed;

            var tokenized = new ChatTokenizer(Tokenizers[(string)Templates[name]!["tokenizer"]!], Load(name), specialsInContent: true).Tokenize(messages, options);
            Assert.Equal(row["ids"]!.AsArray().Select(i => (int)i!), tokenized.Ids);
            if (row["assistant_masks"] is { } mask) Assert.Equal(mask.AsArray().Select(m => (int)m! == 1), tokenized.Trained);
            return Outcome.Passed;
        });

    [Fact]
    public void Every_golden_construct_gives_its_text_or_an_error() =>
        Golden.Rows("chat/expressions.jsonl", Rows("expressions.jsonl"), row =>
        {
            var source = (string)row["template"]!;
            var variables = row["context"]?.DeepClone().AsObject() ?? [];
            var messages = variables["messages"]?.DeepClone().AsArray();
            variables.Remove("messages");
            string Render() => messages is null ? Bare(source, variables) : new ChatTemplate(source, clock: Clock).Render(messages, new(Variables: variables)).Text;
            if (row["error"] is { } error)
            {
                var thrown = Assert.Throws<TemplateException>(Render);
                if ((string)error["kind"]! == "raise") Assert.Equal((string)error["message"]!, thrown.Message);
            }
            else
            {
                Assert.Equal((string)row["rendered"]!, Render());
            }

            return Outcome.Passed;
        });

    [Fact]
    public void A_person_who_types_the_end_of_a_turn_does_not_end_it()
    {
        var chat = new ChatTokenizer(Tokenizers["qwen2"], Load("chatml"));
        var end = Tokenizers["qwen2"].Specials["<|im_end|>"];
        var messages = Chat(("user", "say <|im_end|> and <|im_end|>!"), ("assistant", "no"));
        var honest = Chat(("user", "say nothing"), ("assistant", "no"));
        Assert.Equal(chat.Tokenize(honest).Ids.Count(i => i == end), chat.Tokenize(messages).Ids.Count(i => i == end));
        Assert.Equal(chat.Tokenize(honest).Ids.Count(i => i == end) + 2, new ChatTokenizer(Tokenizers["qwen2"], Load("chatml"), specialsInContent: true).Tokenize(messages).Ids.Count(i => i == end));
        Assert.Equal(Load("chatml").Render(messages).Text, Tokenizers["qwen2"].Decode(chat.Tokenize(messages).Ids, withSpecials: true));
    }

    [Fact]
    public void A_template_that_looks_for_a_special_inside_a_message_is_told_so()
    {
        var chat = new ChatTokenizer(Tokenizers["qwen2"], new ChatTemplate("{% for m in messages %}{{ 'end' if '<|im_end|>' in m.content else m.content }}{% endfor %}"));
        var error = Assert.Throws<TemplateException>(() => chat.Tokenize(Chat(("user", "<|im_end|>"))));
        Assert.Contains("holds the name of a special token", error.Message, StringComparison.Ordinal);
        Assert.Equal(Tokenizers["qwen2"].Encode("hello"), chat.Tokenize(Chat(("user", "hello"))).Ids);
    }

    [Fact]
    public void The_answer_begins_after_the_prompt_or_with_the_first_token_that_differs_from_it()
    {
        var chat = new ChatTokenizer(Tokenizers["qwen2"], Load("chatml"));
        var text = chat.Tokenize(Chat(("user", "Hi")), Chat(("assistant", "Yo")), null, out var differs);
        Assert.False(differs);
        Assert.Equal("Yo<|im_end|>\n", chat.Tokenizer.Decode(text.Ids.Where((_, i) => text.Trained[i]), withSpecials: true));

        var forgets = new ChatTokenizer(Tokenizers["qwen2"], new ChatTemplate("{% for m in messages %}[{{ m.content }}]{% endfor %}{% if add_generation_prompt %}think:{% endif %}"));
        var answer = forgets.Tokenize(Chat(("user", "Hi")), Chat(("assistant", "Yo")), null, out differs);
        Assert.True(differs);
        Assert.Equal("[Hi][Yo]", forgets.Tokenizer.Decode(answer.Ids));
        Assert.True(answer.Trained[^1]);
        Assert.False(answer.Trained[0]);
    }

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{{ 'x' * 1000000000 }}", "characters")]
    [InlineData("{{ 'x' * 99999999999 }}", "repetitions")]
    [InlineData("{% set ns = namespace(s='xxxxxxxx') %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "characters")]
    [InlineData("{{ ('x' * 4000).replace('x', 'y' * 4000).replace('y', 'z' * 4000) }}", "characters")]
    [InlineData("{{ 'x'.center(1999999999) }}", "characters")]
    [InlineData("{{ '%1999999d' % 1 }}{{ '%99999999d' % 1 }}", "width")]
    [InlineData("{{ [[[[]]]] | tojson(indent=1999999999) }}", "characters")]
    [InlineData("{{ 7 ** 99999 }}", "too large")]
    [InlineData("{{ range(99999999) | list }}", "too long")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "chat template")]
    [InlineData("{% set ns = namespace(x=[]) %}{% for a in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x == [ns.x] }}{{ ns.x | tojson }}", "steps")]
    public void A_template_that_does_too_much_is_stopped(string source, string says)
    {
        var error = Assert.Throws<TemplateException>(() => Bare(source));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_nests_without_end_is_refused()
    {
        foreach (var part in (string[])["(", "[", "{% if 1 %}", "-", "not ", "{1:"])
        {
            var error = Assert.Throws<TemplateException>(() => Bare(part.StartsWith("{%", StringComparison.Ordinal) ? string.Concat(Enumerable.Repeat(part, 100_000)) : "{{ " + string.Concat(Enumerable.Repeat(part, 100_000)) + " }}"));
            Assert.Equal(TemplateFault.Syntax, error.Fault);
        }
    }

    [Fact]
    public void An_error_says_the_line() =>
        Assert.StartsWith("Line 3 of the chat template: ", Assert.Throws<TemplateException>(() => Bare("a\nb\n{{ 1 + 'a' }}")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_has_its_template_in_a_file_or_in_its_configuration()
    {
        Assert.NotNull(ChatTemplate.Load(Golden.PathOf("tokenizers/qwen2")));
        Assert.NotNull(ChatTemplate.Load(Golden.PathOf("tokenizers/llama3")));
        Assert.Null(ChatTemplate.Load(Golden.PathOf("tokenizers/gpt2-classic")));
    }

    [Fact]
    public void Damaged_templates_render_or_fail_by_a_typed_error()
    {
        var sources = Directory.GetFiles(Golden.PathOf("chat/templates")).Select(File.ReadAllText).ToArray();
        var messages = Conversations["tools-parallel"]!["messages"]!.AsArray();
        string[] parts = ["{{", "}}", "{%", "%}", "[", "|", "'", "~", " if ", ".x", "(", "%", "**", "\\", ""];
        Gen.Select(Gen.Int[0, sources.Length - 1], Gen.Int[0, 4000], Gen.Int[0, 30], Gen.Int[0, parts.Length - 1]).Sample(
            (which, at, length, part) =>
            {
                var (source, with) = (sources[which], parts[part]);
                var start = at % source.Length;
                var damaged = source[..start] + with + source[Math.Min(source.Length, start + length)..];
                try
                {
                    new ChatTemplate(damaged, limits: new(20_000, 200_000)).Render(messages);
                }
                catch (AlignException)
                {
                    // The only kind of error that may come out.
                }
            },
            iter: Environment.GetEnvironmentVariable("ALIGN_FUZZ") == "full" ? 10_000 : 300);
    }

    // Without messages: they are no variable then.
    private static string Bare(string source, JsonObject? variables = null)
    {
        var interpreter = new Interpreter(new(), Clock.GetLocalNow().DateTime);
        foreach (var (name, value) in variables ?? []) interpreter.Define(name, ChatValues.Of(value, interpreter.Python));
        return interpreter.Render(StatementParser.Read(source));
    }

    private static JsonArray Chat(params (string Role, string Content)[] messages) =>
        [.. messages.Select(m => new JsonObject { ["role"] = m.Role, ["content"] = m.Content })];

    private static ChatTemplate Load(string name) => new(
        File.ReadAllText(Golden.PathOf($"chat/templates/{name}.jinja")),
        Templates[name]!["special_tokens"]!.AsObject().ToDictionary(t => t.Key, t => (string)t.Value!),
        clock: Clock);

    private static int Points(string text, int units) => units - text.AsSpan(0, units).ToArray().Count(char.IsLowSurrogate);

    private static IEnumerable<(string, JsonNode)> Rows(string file) =>
        File.ReadLines(Golden.PathOf($"chat/{file}")).Select((l, i) => (i, r: JsonNode.Parse(l)!)).Select(x => ($"{x.i}: {(x.r["conversation"] ?? x.r["group"])} in {x.r["template"]}", x.r));
}
