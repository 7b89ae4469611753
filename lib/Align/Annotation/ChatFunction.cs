using Microsoft.Extensions.AI;

namespace Align.Annotation;

/// <summary>A chat client that is a function: a judge of one's own in a notebook, without a server.</summary>
/// <param name="reply">The last message's text to the reply.</param>
public sealed class ChatFunction(Func<string, string> reply) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("function", null, $"function {Guid.NewGuid():N}"); // no two functions share a cache

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, reply(messages.Last().Text))));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false)).ToChatResponseUpdates()) yield return update;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(ChatClientMetadata) ? _metadata : null;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
