using System.Text.Json;
using Align.Annotation;
using Microsoft.Extensions.AI;

namespace Align.Tests.Annotation;

/// <summary>A judge behind a chat client: both orders, ties, what cannot be read, the cache.</summary>
public sealed class ChatJudgeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("A", 'A')]
    [InlineData(" b.", 'B')]
    [InlineData("**B**", 'B')]
    [InlineData("(a)\n", 'A')]
    [InlineData("<think>A is longer, but B is right.</think>\n\nB", 'B')]
    [InlineData("", null)]
    [InlineData("   ", null)]
    [InlineData("C", null)]
    [InlineData("AB", null)]
    [InlineData("A or B", null)]
    [InlineData("Answer A is better.", null)]
    [InlineData("As a language model I cannot choose", null)]
    [InlineData("Ä", null)]
    [InlineData("<think>A", null)]
    public void A_reply_is_a_letter_or_it_is_none(string reply, char? letter) => Assert.Equal(letter, JudgeReply.Parse(reply));

    [Theory]
    [InlineData("A", "B", Preference.First)]
    [InlineData("b", "a.", Preference.Second)]
    [InlineData("A", "A", Preference.Tie)]
    [InlineData("B", "B", Preference.Tie)]
    [InlineData("A", "", Preference.Unparsed)]
    [InlineData("both are fine", "B", Preference.Unparsed)]
    public async Task Only_what_is_said_in_both_orders_counts(string straight, string swapped, Preference expected)
    {
        var (client, asked) = Scripted(straight, swapped);
        var judge = new ChatJudge(client);
        Assert.Equal(expected, await judge.CompareAsync("why?", "because", "so", TestContext.Current.CancellationToken));
        Assert.Contains("Answer A:\nbecause\n\nAnswer B:\nso", asked[0], StringComparison.Ordinal);
        Assert.Contains("Answer A:\nso\n\nAnswer B:\nbecause", asked[1], StringComparison.Ordinal);
        var counts = judge.Counts;
        Assert.Equal((1, 2, 0), (counts.Questions, counts.Requests, counts.Cached));
        Assert.Equal((expected is Preference.First or Preference.Second ? 1 : 0, expected == Preference.Tie ? 1 : 0, expected == Preference.Unparsed ? 1 : 0), (counts.Decided, counts.Ties, counts.Unparsed));
    }

    [Fact]
    public async Task A_judge_that_always_names_the_first_has_no_preference_and_is_found_out()
    {
        var judge = new ChatJudge(Replies(_ => "A"));
        var questions = Enumerable.Range(0, 20).Select(i => ($"q{i}", $"x{i}", $"y{i}")).ToList();
        Assert.All(await judge.CompareAllAsync(questions, cancellation: TestContext.Current.CancellationToken), p => Assert.Equal(Preference.Tie, p));
        Assert.Equal((40, 0, 20), (judge.Counts.SaidA, judge.Counts.SaidB, judge.Counts.Ties));
    }

    [Fact]
    public async Task A_rerun_asks_nothing_twice_and_another_question_judge_or_prompt_is_asked()
    {
        var asked = 0;
        var client = Replies(text => { asked++; return text.Contains("Answer A:\ngood", StringComparison.Ordinal) ? "A" : "B"; });
        var file = _folder["cache.jsonl"];
        async Task<Preference> Ask(JudgePrompt? prompt = null, ChatOptions? options = null, string second = "bad") =>
            await new ChatJudge(client, prompt, new JudgeCache(file), options).CompareAsync("p", "good", second, TestContext.Current.CancellationToken);

        Assert.Equal(Preference.First, await Ask());
        Assert.Equal(2, asked);
        Assert.Equal(Preference.First, await Ask());
        Assert.Equal(2, asked);
        await Ask(second: "worse");
        Assert.Equal(4, asked);
        await Ask(JudgePrompt.German);
        Assert.Equal(6, asked);
        await Ask(options: new ChatOptions { ModelId = "another" });
        Assert.Equal(8, asked);
        File.AppendAllText(file, "{\"key\":\"half a li"); // a crash while a reply was written
        await Ask();
        await Ask(second: "new");
        await Ask(second: "new");
        Assert.Equal(10, asked);
        Assert.Equal(10, new JudgeCache(file).Count);
        await Ask(options: new ChatOptions { Temperature = 0, MaxOutputTokens = 256, TopP = 0.5f });
        Assert.Equal(12, asked);
    }

    [Fact]
    public async Task Tokens_are_counted_and_priced_and_a_lie_about_them_is_not_believed()
    {
        var usages = new Queue<UsageDetails?>([new() { InputTokenCount = 100, OutputTokenCount = 1 }, null, new() { InputTokenCount = -5, OutputTokenCount = 2 }, new() { InputTokenCount = 50 }]);
        var judge = new ChatJudge(new FakeClient((_, _) => new ChatResponse(new ChatMessage(ChatRole.Assistant, "A")) { Usage = usages.Dequeue() }));
        await judge.CompareAsync("p", "a", "b", TestContext.Current.CancellationToken);
        await judge.CompareAsync("p", "c", "d", TestContext.Current.CancellationToken);
        Assert.Equal((150, 3), (judge.Counts.InputTokens, judge.Counts.OutputTokens));
        Assert.Equal(150 * 0.5e-6 + 3 * 2e-6, judge.Counts.Cost(0.5, 2), 12);
    }

    [Fact]
    public async Task The_question_is_put_in_the_language_of_the_user_and_may_be_replaced()
    {
        var said = new List<string>();
        var client = new FakeClient((messages, _) => { said.Add(messages[0].Text); return new(new ChatMessage(ChatRole.Assistant, "A")); });
        await new ChatJudge(client).CompareAsync("春天的诗", "好", "坏", TestContext.Current.CancellationToken);
        await new ChatJudge(client).CompareAsync("a poem", "good", "bad", TestContext.Current.CancellationToken);
        await new ChatJudge(client, JudgePrompt.In("de-AT")).CompareAsync("ein Gedicht", "gut", "schlecht", TestContext.Current.CancellationToken);
        await new ChatJudge(client, new JudgePrompt("Ask not.", "{prompt}|{a}|{b}")).CompareAsync("x", "{b}", "y", TestContext.Current.CancellationToken);
        await new ChatJudge(client).CompareAsync("春の詩を書いて", "良い", "悪い", TestContext.Current.CancellationToken);
        Assert.Equal([JudgePrompt.Chinese.Instructions, JudgePrompt.English.Instructions, JudgePrompt.German.Instructions, "Ask not.", JudgePrompt.English.Instructions], said.Where((_, i) => i % 2 == 0));
        Assert.Throws<AnnotationException>(() => new ChatJudge(client, new JudgePrompt("x", "{prompt} {a}")));
    }

    [Fact]
    public void What_looks_like_a_place_inside_an_answer_stays_as_it_is() =>
        Assert.Equal("p|{b} {prompt}|{a}", new JudgePrompt("", "{prompt}|{a}|{b}").Ask("p", "{b} {prompt}", "{a}"));

    [Fact]
    public void As_an_annotator_it_finds_best_and_worst_of_three_and_nothing_where_it_cannot_tell()
    {
        // prefers the larger number, whatever the order
        var client = Replies(text => Number(text, "Answer A:\n") > Number(text, "Answer B:\n") ? "A" : "B");
        Assert.Equal((2, 1), new ChatJudge(client).Annotator()("p", ["5", "3", "9"]));
        Assert.Null(new ChatJudge(Replies(_ => "B")).Annotator()("p", ["5", "3", "9"]));
        Assert.Null(new ChatJudge(Replies(_ => "no")).Annotator()("p", ["5", "3"]));

        static int Number(string text, string after) => int.Parse(text.Split(after)[1].Split('\n')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public void A_model_behind_a_client_writes_the_answers_that_are_judged()
    {
        var options = new List<ChatOptions>();
        var client = new FakeClient((messages, o) => { lock (options) options.Add(o!); return new(new ChatMessage(ChatRole.Assistant, $"{messages[0].Text} {o!.Seed}")); });
        var pairs = Feedback.Collect(Responder.Of(client, maxTokens: 9), ["one", "two"], Annotators.ByScore((_, c) => c.GetHashCode(StringComparison.Ordinal)), samples: 3, temperature: 0.5).ToList();
        Assert.Equal(["one", "two"], pairs.Select(p => p.Prompt));
        Assert.Equal(6, options.Select(o => o.Seed).Distinct().Count());
        Assert.All(options, o => Assert.Equal((0.5f, 9), (o.Temperature, o.MaxOutputTokens)));
    }

    private static (IChatClient Client, List<string> Asked) Scripted(params string[] replies)
    {
        var asked = new List<string>();
        return (Replies(text => { asked.Add(text); return replies[asked.Count - 1]; }), asked);
    }

    private static FakeClient Replies(Func<string, string> reply) => new((messages, _) => new(new ChatMessage(ChatRole.Assistant, reply(messages[^1].Text))));
}

/// <summary>A chat client that is a function.</summary>
internal sealed class FakeClient(Func<IReadOnlyList<ChatMessage>, ChatOptions?, ChatResponse> reply) : IChatClient
{
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (this) return Task.FromResult(reply([.. messages], options));
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
