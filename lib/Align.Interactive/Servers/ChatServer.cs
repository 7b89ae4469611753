using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI;

namespace Align.Interactive;

/// <summary>How patient a client is with its server.</summary>
/// <param name="Retries">Further tries of a request that failed in a way that may pass: a lost connection, a time-out, status 408, 409, 429 or from 500, a reply that is none.</param>
/// <param name="FirstDelay">The pause before the first further try; each next one is twice as long, give or take. What a server asks for by <c>Retry-After</c> is waited instead. Half a second when absent.</param>
/// <param name="Timeout">For one try; a minute when absent.</param>
/// <param name="RequestsPerMinute">The most requests a minute, evenly spread; null for no limit.</param>
public sealed record Patience(int Retries = 5, TimeSpan? FirstDelay = null, TimeSpan? Timeout = null, int? RequestsPerMinute = null)
{
    internal TimeSpan Delay => FirstDelay ?? TimeSpan.FromSeconds(0.5);

    internal TimeSpan Limit => Timeout ?? TimeSpan.FromMinutes(1);

    internal Patience Checked()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Retries);
        ArgumentOutOfRangeException.ThrowIfLessThan(Delay, TimeSpan.Zero, nameof(FirstDelay));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Limit, TimeSpan.Zero, nameof(Timeout));
        ArgumentOutOfRangeException.ThrowIfLessThan(RequestsPerMinute ?? 1, 1, nameof(RequestsPerMinute));
        return this;
    }
}

/// <summary>Models behind OpenAI-compatible servers, such as vLLM, llama.cpp or a hosted one: as judges, and as those who write the answers.</summary>
public static class ChatServer
{
    /// <summary>The environment variable that a key is read from.</summary>
    public const string KeyVariable = "ALIGN_API_KEY";

    /// <summary>A client that retries, limits its rate and gives up in time. Its errors are typed and never hold the key.</summary>
    /// <param name="url">The server's address with its version, such as <c>http://localhost:8000/v1</c>.</param>
    /// <param name="model">The model's name there.</param>
    /// <param name="keyVariable">The environment variable that holds the key: a key in a cell ends up in a file. A local server needs none.</param>
    /// <param name="patience">Retries and limits.</param>
    /// <exception cref="ChatServerException">The address is none, or the key cannot be sent.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A limit of the patience is below 1, or a time below 0.</exception>
    public static IChatClient Connect(string url, string model, string keyVariable = KeyVariable, Patience? patience = null) => Connect(url, model, keyVariable, patience, TimeProvider.System);

    internal static IChatClient Connect(string url, string model, string keyVariable, Patience? patience, TimeProvider time)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new ChatServerException("This is no address of a server: it begins with http:// or https://, such as http://localhost:8000/v1.");
        ArgumentException.ThrowIfNullOrEmpty(model);
        var (key, rules) = (Environment.GetEnvironmentVariable(keyVariable)?.Trim(), (patience ?? new Patience()).Checked());
        if (key?.Any(c => c is <= ' ' or >= '\u007F') == true) // a line end would end the header, and what follows would be read as another
            throw new ChatServerException($"The environment variable {keyVariable} holds white space or a sign that is not ASCII, which no key has. Put the key alone into it.");
        var options = new OpenAIClientOptions
        {
            Endpoint = address,
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = rules.Limit + TimeSpan.FromSeconds(5),
        };
        var client = new OpenAIClient(new ApiKeyCredential(string.IsNullOrEmpty(key) ? "none" : key), options).GetChatClient(model).AsIChatClient();
        return new PatientClient(client, $"{model} at {address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)}", rules, key, time);
    }
}
