using System.Diagnostics;
using System.Text.Json.Nodes;
using Align.Annotation;
using Align.Interactive;
using Microsoft.Extensions.AI;

namespace Align.Tests.Annotation;

/// <summary>A judge and a writer behind a local server that fails in every way a server can.</summary>
public sealed class ChatServerTests : IDisposable
{
    private const string Key = "sk-very-secret-3f9", Variable = "ALIGN_TEST_KEY";

    /// <summary>Short pauses, and time enough for a busy machine; for a server that stalls <see cref="Hasty"/>.</summary>
    private static readonly Patience Quick = new(Retries: 3, FirstDelay: TimeSpan.FromMilliseconds(5), Timeout: TimeSpan.FromSeconds(20));

    private static readonly Patience Hasty = Quick with { Timeout = TimeSpan.FromSeconds(1) };

    private readonly TemporaryFolder _folder = new();

    public ChatServerTests() => Environment.SetEnvironmentVariable(Variable, Key);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("A", "B", Preference.First)]
    [InlineData(" b.", "A", Preference.Second)]
    [InlineData("A", "A", Preference.Tie)]
    [InlineData("", "B", Preference.Unparsed)]
    [InlineData("Both have their merits, but on the whole B", "A", Preference.Unparsed)]
    public async Task What_a_server_says_is_judged_as_it_is(string straight, string swapped, Preference expected)
    {
        using var server = new FakeServer(FakeReply.Says(straight), FakeReply.Says(swapped));
        using var client = Connect(server);
        var judge = new ChatJudge(client);
        Assert.Equal(expected, await Compare(judge));
        Assert.Equal((2, 20, 2), (judge.Counts.Requests, judge.Counts.InputTokens, judge.Counts.OutputTokens));
        Assert.All(server.Requests, r => Assert.Equal($"Bearer {Key}", r.Authorization));
        Assert.All(server.Requests, r => Assert.Equal("fake-judge", (string)r.Body["model"]!));
    }

    public static TheoryData<string> Passing => ["429", "500", "503", "stall", "drop", "html", "no choices", "no JSON"];

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task What_may_pass_is_tried_again(string trouble)
    {
        using var server = new FakeServer((body, i) => i < 2 ? Trouble(trouble) : Prefers(body, "x"));
        using var client = Connect(server, trouble == "stall" ? Hasty : Quick);
        Assert.Equal(Preference.First, await Compare(new ChatJudge(client)));
        Assert.InRange(server.Requests.Count, 4, trouble == "stall" ? 6 : 4); // a busy machine may be late once more
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task What_does_not_pass_is_a_typed_error_after_the_last_try_and_no_letter(string trouble)
    {
        using var server = new FakeServer(Trouble(trouble));
        using var client = Connect(server, trouble == "stall" ? Hasty : Quick);
        var judge = new ChatJudge(client, cache: new JudgeCache(_folder["cache.jsonl"]));
        var error = await Assert.ThrowsAsync<ChatServerException>(() => Compare(judge));
        Assert.Equal(4, server.Requests.Count);
        Assert.Contains("fake-judge at http://127.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), (judge.Counts.Questions, judge.Counts.Requests));
        Assert.False(File.Exists(_folder["cache.jsonl"]));
    }

    [Theory]
    [InlineData(400, "status 400")]
    [InlineData(401, "refused the key")]
    [InlineData(404, "does not know this model")]
    public async Task What_is_our_own_fault_is_not_tried_again(int status, string told)
    {
        using var server = new FakeServer(FakeReply.Fails(status));
        using var client = Connect(server);
        var error = await Assert.ThrowsAsync<ChatServerException>(() => Compare(new ChatJudge(client)));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_pause_grows_and_a_server_that_names_a_pause_is_heeded()
    {
        using var server = new FakeServer(FakeReply.Fails(429, retryAfter: "1"), FakeReply.Says("A"), FakeReply.Says("B"));
        using var client = Connect(server);
        var clock = Stopwatch.StartNew();
        await Compare(new ChatJudge(client));
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.95, 30);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public void The_key_is_in_no_error_cache_journal_or_text_even_where_the_server_repeats_it()
    {
        using var server = new FakeServer((_, i) => i < 2 ? FakeReply.Says(i == 0 ? "A" : "B") : new FakeReply(400, "{\"error\":{\"message\":\"bad key " + Key + "\",\"type\":\"fake\"}}"));
        using var client = Connect(server);
        var judge = new ChatJudge(client, cache: new JudgeCache(_folder["cache.jsonl"]));
        var journal = Journal.Open(_folder["pairs.jsonl"]);
        var error = Assert.Throws<ChatServerException>(() => Feedback.Ask([("p", ["x", "y"]), ("q", ["x", "y"])], judge.Annotator(TestContext.Current.CancellationToken), journal).Count());
        Assert.Single(journal.Choices);
        string[] seen = [error.ToString(), $"{client}", $"{judge.Counts}", .. Directory.GetFiles(_folder.Path).Select(File.ReadAllText)];
        Assert.Equal(6, seen.Length);
        Assert.All(seen, text => Assert.DoesNotContain(Key, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_rate_is_held()
    {
        using var server = new FakeServer(FakeReply.Says("A"));
        var clock = Stopwatch.StartNew();
        using var client = Connect(server, Quick with { RequestsPerMinute = 300 });
        await new ChatJudge(client).CompareAllAsync([.. Enumerable.Range(0, 3).Select(i => ($"{i}", "x", "y"))], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(6, server.Requests.Count);
        Assert.True(clock.Elapsed > TimeSpan.FromSeconds(0.95), $"six requests in {clock.Elapsed}"); // five pauses of 0.2 s
    }

    [Fact]
    public async Task Cancelled_it_ends_at_once_and_what_was_replied_is_known_the_next_time()
    {
        using var server = new FakeServer((_, i) => i is 0 or 1 or 3 ? FakeReply.Says(i == 0 ? "A" : "B") : i == 2 ? FakeReply.Stalls : FakeReply.Says("A"));
        using var client = Connect(server, Quick with { Timeout = TimeSpan.FromSeconds(30) });
        using var cancel = new CancellationTokenSource();
        var judge = new ChatJudge(client, cache: new JudgeCache(_folder["cache.jsonl"]));
        Assert.Equal(Preference.First, await judge.CompareAsync("p", "x", "y", cancel.Token));
        var clock = Stopwatch.StartNew();
        cancel.CancelAfter(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => judge.CompareAsync("q", "x", "y", cancel.Token));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
        var again = new ChatJudge(client, cache: new JudgeCache(_folder["cache.jsonl"]));
        Assert.Equal(Preference.First, await again.CompareAsync("p", "x", "y", TestContext.Current.CancellationToken));
        Assert.Equal((2, 0), (again.Counts.Cached, again.Counts.Requests));
    }

    [Fact]
    public void A_model_on_another_machine_writes_and_another_judges_through_all_troubles()
    {
        // Every third request fails in some way; the writer answers with its seed, the judge prefers the larger.
        string[] troubles = ["429", "drop", "500", "html"];
        using var writers = new FakeServer((body, i) => i % 3 == 2 ? Trouble(troubles[i / 3 % troubles.Length]) : FakeReply.Says($"{body["messages"]![0]!["content"]} {body["seed"]}"));
        using var judges = new FakeServer((body, i) => i % 3 == 1 ? Trouble(troubles[i / 3 % troubles.Length]) : FakeReply.Says(Larger((string)body["messages"]![1]!["content"]!)));
        using IChatClient writer = Connect(writers, Quick with { Retries = 12 }), client = Connect(judges, Quick with { Retries = 12 });
        var judge = new ChatJudge(client);
        var pairs = Feedback.Collect(Responder.Of(writer), ["one", "two", "three"], judge.Annotator(TestContext.Current.CancellationToken), samples: 3, cancellation: TestContext.Current.CancellationToken).ToList();
        Assert.Equal(["one", "two", "three"], pairs.Select(p => p.Prompt));
        Assert.All(pairs, p => Assert.True(Seed(p.Chosen) > Seed(p.Rejected)));
        Assert.Equal((9, 0, 0, 18), (judge.Counts.Decided, judge.Counts.Ties, judge.Counts.Unparsed, judge.Counts.Requests));

        static long Seed(string text) => long.Parse(text.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
        static string Larger(string question) => Seed(question.Split("Answer A:\n")[1].Split('\n')[0]) > Seed(question.Split("Answer B:\n")[1].Split('\n')[0]) ? "A" : "B";
    }

    [Theory]
    [InlineData("localhost:8000")]
    [InlineData("ftp://host/v1")]
    [InlineData("")]
    public void An_address_that_is_none_is_refused(string url) => Assert.Throws<ChatServerException>(() => ChatServer.Connect(url, "m", Variable));

    [Fact]
    public async Task Where_nobody_listens_the_error_says_so()
    {
        string url;
        using (var server = new FakeServer(FakeReply.Says("A"))) url = server.Url;
        using var client = ChatServer.Connect(url, "m", Variable, Quick);
        Assert.Contains("could not be asked", (await Assert.ThrowsAsync<ChatServerException>(() => Compare(new ChatJudge(client)))).Message, StringComparison.Ordinal);
    }

    private static Task<Preference> Compare(ChatJudge judge) => judge.CompareAsync("p", "x", "y", TestContext.Current.CancellationToken);

    private static IChatClient Connect(FakeServer server, Patience? patience = null) => ChatServer.Connect(server.Url, "fake-judge", Variable, patience ?? Quick);

    private static FakeReply Prefers(JsonNode body, string answer) =>
        FakeReply.Says(((string)body["messages"]![1]!["content"]!).Contains($"Answer A:\n{answer}\n", StringComparison.Ordinal) ? "A" : "B");

    private static FakeReply Trouble(string name) => name switch
    {
        "stall" => FakeReply.Stalls,
        "drop" => FakeReply.Drops,
        "html" => new FakeReply(200, "<html><body>A</body></html>"),
        "no choices" => new FakeReply(200, """{"id":"x","object":"chat.completion","created":1,"model":"fake","choices":[]}"""),
        "no JSON" => new FakeReply(200, "A"),
        _ => FakeReply.Fails(int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)),
    };
}
