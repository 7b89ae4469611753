using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Align.Tests.Annotation;

/// <summary>What the server does with a request.</summary>
internal sealed record FakeReply(int Status, string Body, string? RetryAfter = null, bool Stall = false, bool Drop = false, string? Location = null)
{
    /// <summary>The troubles that may pass.</summary>
    public static IReadOnlyList<string> Troubles { get; } = ["429", "500", "503", "stall", "drop", "html", "no choices", "no JSON", "half a letter"];

    public static FakeReply Trouble(string name) => name switch
    {
        "stall" => Stalls,
        "drop" => Drops,
        "html" => new FakeReply(200, "<html><body>A</body></html>"),
        "no choices" => new FakeReply(200, """{"id":"x","object":"chat.completion","created":1,"model":"fake","choices":[]}"""),
        "no JSON" => new FakeReply(200, "A"),
        "half a letter" => Says("A") with { Body = Says("A").Body.Replace("\"A\"", "\"\\ud83d\"", StringComparison.Ordinal) },
        _ => Fails(int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)),
    };

    public static FakeReply Says(string? text, int input = 10, int output = 1) => new(200, new JsonObject
    {
        ["id"] = "chatcmpl-1",
        ["object"] = "chat.completion",
        ["created"] = 1,
        ["model"] = "fake",
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text }, ["finish_reason"] = "stop" }),
        ["usage"] = new JsonObject { ["prompt_tokens"] = input, ["completion_tokens"] = output, ["total_tokens"] = input + output },
    }.ToJsonString());

    public static FakeReply Fails(int status, string? retryAfter = null) => new(status, """{"error":{"message":"as asked","type":"fake"}}""", retryAfter);

    public static FakeReply Drops { get; } = new(200, "", Drop: true);

    public static FakeReply Stalls { get; } = Says("A") with { Stall = true };
}

/// <summary>A local server that speaks as much of the OpenAI protocol as a judge needs, and misbehaves when told.</summary>
internal sealed class FakeServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<JsonNode, int, FakeReply> _reply;
    private readonly CancellationTokenSource _end = new();
    private int _count;

    /// <param name="reply">What to do with a request, by its body and its number from 0.</param>
    public FakeServer(Func<JsonNode, int, FakeReply> reply)
    {
        _reply = reply;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/v1";
        }

        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _ = Task.Run(ListenAsync);
    }

    public FakeServer(params FakeReply[] script)
        : this((_, i) => script[Math.Min(i, script.Length - 1)])
    {
    }

    public string Url { get; }

    /// <summary>What to do when a request came that is never answered, such as to let the client's time be up.</summary>
    public Action Stalled { get; init; } = () => { };

    /// <summary>The requests' bodies with when they came and their authorization.</summary>
    public ConcurrentQueue<(JsonNode Body, DateTime At, string? Authorization)> Requests { get; } = [];

    public void Dispose()
    {
        _end.Cancel();
        _listener.Close();
        _end.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                _ = Task.Run(() => AnswerAsync(context));
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var body = JsonNode.Parse(await reader.ReadToEndAsync())!;
            Requests.Enqueue((body, DateTime.UtcNow, context.Request.Headers["Authorization"]));
            var reply = _reply(body, Interlocked.Increment(ref _count) - 1);
            if (reply.Drop)
            {
                context.Response.Abort();
                return;
            }

            if (reply.Stall)
            {
                Stalled();
                await Task.Delay(Timeout.Infinite, _end.Token);
            }

            if (reply.Location is not null) context.Response.RedirectLocation = reply.Location;
            context.Response.StatusCode = reply.Status;
            context.Response.ContentType = "application/json";
            if (reply.RetryAfter is not null) context.Response.Headers["Retry-After"] = reply.RetryAfter;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(reply.Body));
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or OperationCanceledException or IOException or JsonException)
        {
            // The client went away, or the test is over.
        }
    }
}
