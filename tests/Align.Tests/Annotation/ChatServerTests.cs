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

    private static readonly Patience Quick = new(Retries: 3, FirstDelay: TimeSpan.FromSeconds(1), Timeout: TimeSpan.FromSeconds(100));

    private readonly TemporaryFolder _folder = new();
    private readonly Clock _clock = new(Quick.Limit);

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

    public static TheoryData<string> Passing => [.. FakeReply.Troubles];

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task What_may_pass_is_tried_again(string trouble)
    {
        using var server = new FakeServer((body, i) => i < 2 ? FakeReply.Trouble(trouble) : Prefers(body, "x")) { Stalled = _clock.TimeIsUp };
        using var client = Connect(server);
        Assert.Equal(Preference.First, await Compare(new ChatJudge(client)));
        Assert.Equal(4, server.Requests.Count);
        Assert.True(_clock.Pauses.Count >= 2, $"{_clock.Pauses.Count}");
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task What_does_not_pass_is_a_typed_error_after_the_last_try_and_no_letter(string trouble)
    {
        using var server = new FakeServer((_, _) => FakeReply.Trouble(trouble)) { Stalled = _clock.TimeIsUp };
        using var client = Connect(server);
        var judge = new ChatJudge(client, cache: new JudgeCache(_folder["cache.jsonl"]));
        var error = await Assert.ThrowsAsync<ChatServerException>(() => Compare(judge));
        Assert.InRange(server.Requests.Count, trouble == "drop" ? 2 : 4, 4); // a dropped connection may fail a try that is not sent yet
        Assert.Equal(3, _clock.Pauses.Count);
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
        using var server = new FakeServer(FakeReply.Fails(500));
        using var client = Connect(server, Quick with { Retries = 7 });
        await Assert.ThrowsAsync<ChatServerException>(() => Compare(new ChatJudge(client)));
        var pauses = _clock.Pauses.Select(p => p.TotalSeconds).ToList();
        Assert.Equal(7, pauses.Count);
        Assert.True(pauses.Take(2).Sum() < 4, string.Join(' ', pauses)); // with jitter only the sums are bounded
        Assert.InRange(pauses.Sum(), 30, 120);

        using var busy = new FakeServer(FakeReply.Fails(429, retryAfter: "17"), FakeReply.Says("A"), FakeReply.Says("B"));
        using var polite = Connect(busy);
        Assert.Equal(Preference.First, await Compare(new ChatJudge(polite)));
        Assert.Equal(TimeSpan.FromSeconds(17), _clock.Pauses.Last());
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

    [Theory]
    [InlineData("sk-very-secret-3f9\r\n", true)] // the end of a line of a file
    [InlineData("sk-very\nsecret-3f9", false)]
    [InlineData("sk-very-sécret-3f9", false)]
    [InlineData("sk-very secret", false)]
    public async Task A_key_that_no_header_can_hold_is_refused_without_telling_it(string key, bool taken)
    {
        const string variable = "ALIGN_TEST_ODD_KEY";
        Environment.SetEnvironmentVariable(variable, key);
        using var server = new FakeServer(FakeReply.Says("A"));
        async Task Ask()
        {
            using var client = ChatServer.Connect(server.Url, "m", variable, Quick, _clock);
            await Compare(new ChatJudge(client));
        }

        if (taken)
        {
            await Ask();
            Assert.All(server.Requests, r => Assert.Equal($"Bearer {Key}", r.Authorization));
            return;
        }

        var error = await Assert.ThrowsAsync<ChatServerException>(Ask);
        Assert.Contains(variable, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString().ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.DoesNotContain("sécret", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_server_that_sends_elsewhere_gets_no_key_there_and_one_that_streams_is_as_patient()
    {
        using var elsewhere = new FakeServer(FakeReply.Says("A"));
        using var server = new FakeServer(new FakeReply(307, "", Location: elsewhere.Url + "/chat/completions"));
        using var client = Connect(server);
        await Record.ExceptionAsync(() => Compare(new ChatJudge(client)));
        Assert.NotEmpty(server.Requests);
        Assert.All(elsewhere.Requests, r => Assert.Null(r.Authorization));

        using var refusing = new FakeServer((_, i) => i == 0 ? FakeReply.Fails(500) : new FakeReply(400, "{\"error\":{\"message\":\"bad key " + Key + "\"}}"));
        using var streaming = Connect(refusing);
        var error = await Assert.ThrowsAsync<ChatServerException>(async () =>
        {
            await foreach (var _ in streaming.GetStreamingResponseAsync("p", cancellationToken: TestContext.Current.CancellationToken)) { }
        });
        Assert.Equal(2, refusing.Requests.Count);
        Assert.DoesNotContain(Key, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_patience_that_is_none_is_refused()
    {
        foreach (var none in new[] { Quick with { RequestsPerMinute = 0 }, Quick with { Retries = -1 }, Quick with { Timeout = TimeSpan.Zero }, Quick with { FirstDelay = TimeSpan.FromSeconds(-1) } })
            Assert.Throws<ArgumentOutOfRangeException>(() => ChatServer.Connect("http://localhost:1/v1", "m", Variable, none));
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
        using var cancel = new CancellationTokenSource();
        using var server = new FakeServer((_, i) => i == 2 ? FakeReply.Stalls : FakeReply.Says(i == 0 ? "A" : "B")) { Stalled = cancel.Cancel };
        using var client = Connect(server);
        var judge = new ChatJudge(client, cache: new JudgeCache(_folder["cache.jsonl"]));
        Assert.Equal(Preference.First, await judge.CompareAsync("p", "x", "y", cancel.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => judge.CompareAsync("q", "x", "y", cancel.Token));
        Assert.Equal(3, server.Requests.Count);
        var again = new ChatJudge(client, cache: new JudgeCache(_folder["cache.jsonl"]));
        Assert.Equal(Preference.First, await again.CompareAsync("p", "x", "y", TestContext.Current.CancellationToken));
        Assert.Equal((2, 0), (again.Counts.Cached, again.Counts.Requests));
    }

    [Fact]
    public void A_model_on_another_machine_writes_and_another_judges_through_all_troubles()
    {
        // Every third request fails in some way; the writer answers with its seed, the judge prefers the larger.
        string[] troubles = ["429", "drop", "500", "html"];
        using var writers = new FakeServer((body, i) => i % 3 == 2 ? FakeReply.Trouble(troubles[i / 3 % troubles.Length]) : FakeReply.Says($"{body["messages"]![0]!["content"]} {body["seed"]}"));
        using var judges = new FakeServer((body, i) => i % 3 == 1 ? FakeReply.Trouble(troubles[i / 3 % troubles.Length]) : FakeReply.Says(Larger((string)body["messages"]![1]!["content"]!)));
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
        using var client = ChatServer.Connect(url, "m", Variable, Quick, _clock);
        Assert.Contains("could not be asked", (await Assert.ThrowsAsync<ChatServerException>(() => Compare(new ChatJudge(client)))).Message, StringComparison.Ordinal);
    }

    private static Task<Preference> Compare(ChatJudge judge) => judge.CompareAsync("p", "x", "y", TestContext.Current.CancellationToken);

    private IChatClient Connect(FakeServer server, Patience? patience = null) => ChatServer.Connect(server.Url, "fake-judge", Variable, patience ?? Quick, _clock);

    private static FakeReply Prefers(JsonNode body, string answer) =>
        FakeReply.Says(((string)body["messages"]![1]!["content"]!).Contains($"Answer A:\n{answer}\n", StringComparison.Ordinal) ? "A" : "B");
}
