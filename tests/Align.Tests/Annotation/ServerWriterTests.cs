using System.Text.Json.Nodes;
using Align.Annotation;
using Align.Data;
using Align.Interactive;
using Microsoft.Extensions.AI;

namespace Align.Tests.Annotation;

/// <summary>A model behind a server writes the answers, and the server fails in every way a server can.</summary>
public sealed class ServerWriterTests : IDisposable
{
    private const string Key = "sk-very-secret-5d1", Variable = "ALIGN_TEST_WRITER_KEY";

    private static readonly Patience Quick = new(Retries: 3, FirstDelay: TimeSpan.FromSeconds(1), Timeout: TimeSpan.FromSeconds(100));

    private static readonly string[] Prompts = ["one", "two", "three", "四"];

    private static readonly Annotator Longest = Annotators.ByScore((_, c) => c.Length + c[^1]);

    private readonly TemporaryFolder _folder = new();
    private readonly Clock _clock = new(Quick.Limit);

    public ServerWriterTests() => Environment.SetEnvironmentVariable(Variable, Key);

    public static TheoryData<string> Passing => [.. FakeReply.Troubles];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Passing))]
    public void What_may_pass_is_asked_for_again_and_the_pairs_are_those_without_any_trouble(string trouble)
    {
        using var calm = Writes((_, _) => null);
        using var server = Writes((_, i) => i is 1 or 3 ? FakeReply.Trouble(trouble) : null);
        var expected = Collect(calm, Longest).ToList();
        Assert.Equal(Prompts, expected.Select(p => p.Prompt));
        Assert.Equal(expected, Collect(server, Longest));
        Assert.True(server.Requests.Count >= 10, $"{server.Requests.Count}"); // where one stalls, the time of its neighbour is up too
        Assert.All(server.Requests, r => Assert.Equal($"Bearer {Key}", r.Authorization));
    }

    [Theory]
    [MemberData(nameof(Passing))]
    public void What_does_not_pass_is_a_typed_error_that_keeps_what_was_answered(string trouble)
    {
        using var calm = Writes((_, _) => null);
        using var server = Writes((_, i) => i >= 4 ? FakeReply.Trouble(trouble) : null);
        var expected = Collect(calm, Longest).ToList();
        var error = Assert.Throws<ChatServerException>(() => Collect(server, Longest, Journal.Open(File_)).Count());
        Assert.Contains("fake-writer at http://127.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.Equal(expected[..2], Jsonl.ReadPairs(File_));
        Assert.InRange(server.Requests.Count, trouble is "stall" or "drop" ? 5 : 12, 12); // the two of the third prompt four times each, but for tries that ended before they were sent

        var asked = 0;
        Assert.Equal(expected, Collect(calm, (p, c) => { asked++; return Longest(p, c); }, Journal.Open(File_)));
        Assert.Equal(2, asked);
        Assert.Equal(expected, Jsonl.ReadPairs(File_));
    }

    [Theory]
    [InlineData(400, "status 400")]
    [InlineData(401, "refused the key")]
    [InlineData(404, "does not know this model")]
    public void What_is_our_own_fault_is_not_tried_again(int status, string told)
    {
        using var server = Writes((_, _) => FakeReply.Fails(status));
        Assert.Contains(told, Assert.Throws<ChatServerException>(() => Collect(server, Longest).Count()).Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public void The_key_is_in_no_error_and_no_file_even_where_the_server_answers_with_it()
    {
        using var server = Writes((_, i) => i < 2 ? null : i < 4 ? new FakeReply(400, "{\"error\":{\"message\":\"bad key " + Key + "\",\"type\":\"fake\"}}") : FakeReply.Says($"Your key is {Key}."));
        var refused = Assert.Throws<ChatServerException>(() => Collect(server, Longest, Journal.Open(File_)).Count());
        var repeated = Assert.Throws<ChatServerException>(() => Collect(server, Longest, Journal.Open(File_)).Count());
        Assert.Contains("repeats the key", repeated.Message, StringComparison.Ordinal);
        string[] seen = [$"{refused}", $"{repeated}", .. Directory.GetFiles(_folder.Path).Select(File.ReadAllText)];
        Assert.Equal(4, seen.Length);
        Assert.All(seen, text => Assert.DoesNotContain(Key, text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n ")]
    [InlineData(null)]
    public void A_reply_without_text_is_no_answer_and_is_asked_for_again(string? empty)
    {
        using var server = Writes((_, i) => i % 3 == 0 ? FakeReply.Says(empty) : null);
        var journal = Journal.Open(File_);
        Assert.Equal(4, Collect(server, Longest, journal).Count());
        Assert.All(journal.Choices, c => Assert.All(c.Completions, text => Assert.NotEqual("", text.Trim())));

        using var silent = Writes((_, _) => FakeReply.Says(empty));
        Annotator nobody = (_, _) => throw new InvalidOperationException("asked");
        var none = Journal.Open(_folder["none.jsonl"]);
        Assert.Empty(Collect(silent, nobody, none));
        Assert.All(none.Choices, c => Assert.Empty(c.Completions));
        var before = silent.Requests.Count;
        Assert.Empty(Collect(silent, nobody, Journal.Open(_folder["none.jsonl"])));
        Assert.Equal(before, silent.Requests.Count);
    }

    [Fact]
    public void Prose_of_any_kind_is_kept_letter_for_letter()
    {
        string[] prose = ["A", "Line one\r\nline two\t\"quoted\" \\ {prompt} {a}", "```csharp\nvar x = 1;\n```", "笑 😀 \u0001 \u2028 </fieldset><script>alert(1)</script>"];
        using var server = new FakeServer((_, i) => FakeReply.Says($"  {prose[i % prose.Length]}\n"));
        var journal = Journal.Open(File_);
        _ = Collect(server, Annotators.ByScore((_, c) => c.Length), journal, samples: 4).Count();
        Assert.All(Journal.Open(File_).Choices, c => Assert.Equal(prose.Order(StringComparer.Ordinal), c.Completions.Order(StringComparer.Ordinal)));
        Assert.All(Jsonl.ReadPairs(File_), p => Assert.Equal((prose[3], "A"), (p.Chosen, p.Rejected)));
    }

    [Theory]
    [InlineData("<think>They want a number.</think>\n\nSeven.", "Seven.")]
    [InlineData("  <think>\n</think>A <think>tag</think>.", "A <think>tag</think>.")]
    [InlineData("The tag </think> ends a thought.", "The tag </think> ends a thought.")]
    public void A_thought_at_the_beginning_is_no_part_of_the_answer(string reply, string answer)
    {
        using var server = new FakeServer((_, i) => FakeReply.Says(i % 2 == 0 ? reply : "<think>I shall never come to an end"));
        var journal = Journal.Open(File_);
        _ = Collect(server, Longest, journal).Count();
        Assert.All(journal.Choices, c => Assert.Equal([answer], c.Completions));
    }

    [Fact]
    public void Cancelled_while_the_server_stalls_it_ends_without_an_error_and_goes_on_later()
    {
        using var cancel = new CancellationTokenSource();
        using var calm = Writes((_, _) => null);
        using var server = Writes((_, i) => i == 4 ? FakeReply.Stalls : null, cancel.Cancel);
        var expected = Collect(calm, Longest).ToList();
        Assert.Equal(expected[..2], Collect(server, Longest, Journal.Open(File_), cancellation: cancel.Token));
        Assert.Empty(_clock.Pauses);
        Assert.Equal(expected, Collect(server, Longest, Journal.Open(File_)));
    }

    [Fact]
    public void A_judge_that_is_cancelled_ends_the_collection_without_an_error_too()
    {
        using var cancel = new CancellationTokenSource();
        using var writer = Writes((_, _) => null);
        using var judges = new FakeServer((_, i) => i == 3 ? FakeReply.Stalls : FakeReply.Says(i % 2 == 0 ? "A" : "B")) { Stalled = cancel.Cancel };
        using var client = ChatServer.Connect(judges.Url, "fake-judge", Variable, Quick, _clock);
        Assert.Single(Collect(writer, new ChatJudge(client).Annotator(cancel.Token), Journal.Open(File_), cancellation: cancel.Token));
        Assert.Single(Journal.Open(File_).Choices);
    }

    private string File_ => _folder["pairs.jsonl"];

    private IEnumerable<PreferencePair> Collect(FakeServer server, Annotator annotator, Journal? journal = null, int samples = 2, CancellationToken cancellation = default)
    {
        var client = ChatServer.Connect(server.Url, "fake-writer", Variable, Quick, _clock);
        return Feedback.Collect(Responder.Of(client, together: 1), Prompts, annotator, samples, journal: journal, cancellation: cancellation);
    }

    /// <summary>A server that answers with prompt and seed, but where it is told otherwise.</summary>
    private FakeServer Writes(Func<JsonNode, int, FakeReply?> trouble, Action? stalled = null) =>
        new((body, i) => trouble(body, i) ?? FakeReply.Says($"{body["messages"]![0]!["content"]} {body["seed"]}")) { Stalled = stalled ?? _clock.TimeIsUp };
}
