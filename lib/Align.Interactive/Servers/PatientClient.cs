using System.ClientModel;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.RateLimiting;
using Align.Runtime;
using Microsoft.Extensions.AI;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Align.Interactive;

/// <summary>A client that tries again, waits its turn, and tells of a failure without telling the key.</summary>
internal sealed class PatientClient : DelegatingChatClient
{
    private const int Shown = 200, LongEnough = 12; // a key such as "none" stands in honest answers too

    private readonly string _server;
    private readonly string? _key;
    private readonly RateLimiter? _limiter;
    private readonly ResiliencePipeline<ChatResponse> _tries, _try;

    public PatientClient(IChatClient inner, string server, Patience patience, string? key, TimeProvider time)
        : base(inner)
    {
        (_server, _key) = (server, key);
        if (patience.RequestsPerMinute is { } most)
        {
            _limiter = new TokenBucketRateLimiter(new()
            {
                TokenLimit = 1,
                TokensPerPeriod = 1,
                ReplenishmentPeriod = TimeSpan.FromMinutes(1.0 / most),
                QueueLimit = int.MaxValue,
            });
        }

        var builder = new ResiliencePipelineBuilder<ChatResponse> { TimeProvider = time };
        if (patience.Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions<ChatResponse>
            {
                MaxRetryAttempts = patience.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = patience.Delay,
                MaxDelay = TimeSpan.FromMinutes(1),
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } e && MayPass(e, args.Context.CancellationToken)),
                DelayGenerator = args => ValueTask.FromResult(RetryAfter(args.Outcome.Exception)),
            });
        }

        _tries = builder.Build();
        _try = new ResiliencePipelineBuilder<ChatResponse> { TimeProvider = time }.AddTimeout(patience.Limit).Build();
    }

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var said = messages.ToList();
        try
        {
            return await _tries.ExecuteAsync(
                async token =>
                {
                    if (_limiter is not null) (await _limiter.AcquireAsync(1, token).ConfigureAwait(false)).Dispose(); // waiting one's turn is no time-out
                    return Keyless(await _try.ExecuteAsync(async t => await base.GetResponseAsync(said, options, t).ConfigureAwait(false), token).ConfigureAwait(false));
                },
                cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever the client under this one throws becomes one typed error; a server may answer anything.
        catch (Exception e)
#pragma warning restore CA1031
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Error(e);
        }
    }

    /// <summary>The whole reply at once, with the same patience.</summary>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false)).ToChatResponseUpdates()) yield return update;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _limiter?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>A reply goes into files and outputs, so that one with the key in it is none.</summary>
    private ChatResponse Keyless(ChatResponse response) =>
        _key?.Length >= LongEnough && response.Text.Contains(_key, StringComparison.Ordinal) ? throw new InvalidDataException("it repeats the key in its answer") : response;

    /// <summary>Everything may pass but a wish to stop and what the server calls our own fault.</summary>
    private static bool MayPass(Exception e, CancellationToken cancellation) =>
        !cancellation.IsCancellationRequested && (Status(e) is not (>= 400 and < 500) || Status(e) is 408 or 409 or 429);

    private static int? Status(Exception e) => e is ClientResultException { Status: > 0 and var status } ? status : null;

    private static TimeSpan? RetryAfter(Exception? e)
    {
        if (e is not ClientResultException result || result.GetRawResponse()?.Headers.TryGetValue("retry-after", out var text) != true) return null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 300 ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>The error without the one below it, whose text may hold anything that was sent or received.</summary>
    private ChatServerException Error(Exception e)
    {
        var what = (e, Status(e)) switch
        {
            (_, 401 or 403) => $"refused the key (status {Status(e)}). Put the right one into the environment variable that the client reads, and start anew",
            (_, 404) => "does not know this model or address (status 404). Compare both with the server's own list at /models",
            (_, 429) => "has had too many requests (status 429), also after pauses. Ask fewer a minute: Patience(RequestsPerMinute: …)",
            (_, { } status) => $"answered with status {status}: {Short(e.Message)}",
            (TimeoutRejectedException or OperationCanceledException, _) => "did not answer in time. Give it longer, Patience(Timeout: …), or see whether it still runs",
            _ => $"could not be asked ({e.GetType().Name}: {Short(e.Message)}). See whether it runs and speaks the protocol",
        };
        return new ChatServerException($"{_server} {what}.");
    }

    private string Short(string text)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        if (!string.IsNullOrEmpty(_key)) line = line.Replace(_key, "…", StringComparison.Ordinal);
        return line.Length <= Shown ? line : line[..Shown] + "…";
    }
}

/// <summary>A server that could not be asked, or not reached within the patience given. What was replied before is kept.</summary>
public sealed class ChatServerException(string message) : AlignException(message);
