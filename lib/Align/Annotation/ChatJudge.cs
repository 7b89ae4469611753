using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Align.Annotation;

/// <summary>A language model as a judge of two answers. It is asked twice, with the answers changing places, and only what it says both times counts.</summary>
/// <remarks>
/// A judge that names whatever stands first would otherwise look decided (Zheng et al. 2023, https://arxiv.org/abs/2306.05685, § 3.4). Its two replies: the same answer, a preference;
/// different answers, a tie; a reply that is neither letter, unparsed. Ties and unparsed questions give no pair. Retries, limits and time-outs are the client's affair.
/// </remarks>
/// <param name="client">The model.</param>
/// <param name="prompt">What it is told; English when absent, and Chinese for a prompt in Chinese.</param>
/// <param name="cache">Replies that are known; in memory when absent.</param>
/// <param name="options">How it replies; temperature 0 and at most 256 tokens when absent.</param>
public sealed class ChatJudge(IChatClient client, JudgePrompt? prompt = null, JudgeCache? cache = null, ChatOptions? options = null)
{
    private readonly JudgePrompt _prompt = (prompt ?? JudgePrompt.English).Checked();
    private readonly JudgeCache _cache = cache ?? new JudgeCache();
    private readonly ChatOptions _options = options ?? new ChatOptions { Temperature = 0, MaxOutputTokens = 256 };
    private readonly Lock _gate = new();
    private JudgeCounts _counts = new();

    /// <summary>What was asked and replied so far.</summary>
    public JudgeCounts Counts
    {
        get
        {
            lock (_gate) return _counts;
        }
    }

    /// <summary>Compares two answers.</summary>
    /// <param name="prompt">What was asked.</param>
    /// <param name="first">One answer.</param>
    /// <param name="second">The other.</param>
    /// <param name="cancellation">Ends the asking.</param>
    public async Task<Preference> CompareAsync(string prompt, string first, string second, CancellationToken cancellation = default)
    {
        var straight = await AskAsync(prompt, first, second, cancellation).ConfigureAwait(false);
        var swapped = await AskAsync(prompt, second, first, cancellation).ConfigureAwait(false);
        var preference = (straight, swapped) switch
        {
            (null, _) or (_, null) => Preference.Unparsed,
            ('A', 'B') => Preference.First,
            ('B', 'A') => Preference.Second,
            _ => Preference.Tie,
        };
        lock (_gate) _counts = _counts.With(preference, straight, swapped);
        return preference;
    }

    /// <summary>Compares many, several at once, in order.</summary>
    /// <param name="questions">A prompt and its two answers.</param>
    /// <param name="atOnce">Questions under way at the same time.</param>
    /// <param name="cancellation">Ends the asking.</param>
    public async Task<IReadOnlyList<Preference>> CompareAllAsync(
        IReadOnlyList<(string Prompt, string First, string Second)> questions, int atOnce = 4, CancellationToken cancellation = default)
    {
        var preferences = new Preference[questions.Count];
        await Parallel.ForAsync(
            0,
            questions.Count,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, atOnce), CancellationToken = cancellation },
            async (i, token) => preferences[i] = await CompareAsync(questions[i].Prompt, questions[i].First, questions[i].Second, token).ConfigureAwait(false)).ConfigureAwait(false);
        return preferences;
    }

    /// <summary>The judge as an annotator: every two answers are compared, a win counts one and a tie a half; who has most is best, who has least is worst.</summary>
    /// <param name="cancellation">Ends the asking.</param>
    public Annotator Annotator(CancellationToken cancellation = default) => (prompt, completions) =>
    {
        var points = new double[completions.Count];
        for (var i = 0; i < points.Length; i++)
        {
            for (var j = i + 1; j < points.Length; j++)
            {
                var preference = CompareAsync(prompt, completions[i], completions[j], cancellation).GetAwaiter().GetResult();
                points[i] += preference == Preference.First ? 1 : preference == Preference.Second ? 0 : 0.5;
                points[j] += preference == Preference.Second ? 1 : preference == Preference.First ? 0 : 0.5;
            }
        }

        return Annotators.Extremes(points, completions);
    };

    private async Task<char?> AskAsync(string prompt, string a, string b, CancellationToken cancellation)
    {
        var told = _prompt.For(prompt);
        var question = told.Ask(prompt, a, b);
        var who = client.GetService<ChatClientMetadata>();
        var key = JudgeCache.KeyOf(
            who?.ProviderUri?.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) ?? "", _options.ModelId ?? who?.DefaultModelId ?? "",
            JsonSerializer.Serialize(_options, AIJsonUtilities.DefaultOptions), told.Instructions, question);
        if (_cache.Find(key) is { } known)
        {
            lock (_gate) _counts = _counts with { Cached = _counts.Cached + 1 };
            return JudgeReply.Parse(known);
        }

        var response = await client.GetResponseAsync([new(ChatRole.System, told.Instructions), new(ChatRole.User, question)], _options.Clone(), cancellation).ConfigureAwait(false);
        lock (_gate) _counts = _counts.With(response.Usage);
        _cache.Add(key, response.Text);
        return JudgeReply.Parse(response.Text);
    }
}

/// <summary>What a judge was asked, what it replied, and what that took.</summary>
/// <param name="Decided">Questions with a preference.</param>
/// <param name="Ties">Questions on which its two replies differed.</param>
/// <param name="Unparsed">Questions with a reply that was neither letter.</param>
/// <param name="SaidA">Replies that named the answer shown first, of all that named one: half of them where the order does not matter.</param>
/// <param name="SaidB">Replies that named the answer shown second.</param>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="Cached">Requests that the cache saved.</param>
/// <param name="InputTokens">Tokens read, as the server says.</param>
/// <param name="OutputTokens">Tokens written, as the server says.</param>
public sealed record JudgeCounts(
    int Decided = 0, int Ties = 0, int Unparsed = 0, int SaidA = 0, int SaidB = 0, int Requests = 0, int Cached = 0, long InputTokens = 0, long OutputTokens = 0)
{
    /// <summary>All questions.</summary>
    public int Questions => Decided + Ties + Unparsed;

    /// <summary>What it cost, in the currency of the prices.</summary>
    /// <param name="inputPerMillion">The price of a million tokens read.</param>
    /// <param name="outputPerMillion">The price of a million tokens written.</param>
    public double Cost(double inputPerMillion, double outputPerMillion) => (InputTokens * inputPerMillion + OutputTokens * outputPerMillion) / 1e6;

    internal JudgeCounts With(Preference preference, params ReadOnlySpan<char?> replies)
    {
        var (a, b) = (0, 0);
        foreach (var reply in replies) (a, b) = (a + (reply == 'A' ? 1 : 0), b + (reply == 'B' ? 1 : 0));
        var counts = this with { SaidA = SaidA + a, SaidB = SaidB + b };
        return preference switch
        {
            Preference.Tie => counts with { Ties = Ties + 1 },
            Preference.Unparsed => counts with { Unparsed = Unparsed + 1 },
            _ => counts with { Decided = Decided + 1 },
        };
    }

    /// <summary>One more reply. A server that claims fewer than no tokens is not believed.</summary>
    internal JudgeCounts With(UsageDetails? usage) => this with
    {
        Requests = Requests + 1,
        InputTokens = InputTokens + Math.Max(0, usage?.InputTokenCount ?? 0),
        OutputTokens = OutputTokens + Math.Max(0, usage?.OutputTokenCount ?? 0),
    };
}
