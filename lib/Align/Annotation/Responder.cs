using Align.Models;
using Align.Runtime;
using Align.Text;
using Microsoft.Extensions.AI;

namespace Align.Annotation;

/// <summary>Who writes the answers that are judged: a policy in this process, a model behind a server, or a recording.</summary>
/// <param name="Write">Several answers to each of some prompts, in order.</param>
/// <param name="Together">How many prompts are answered at once: more is faster, and the first question waits longer.</param>
public sealed record Responder(Responder.Writer Write, int Together = 16)
{
    /// <summary>Writes answers.</summary>
    /// <param name="prompts">What is asked.</param>
    /// <param name="each">Answers to each.</param>
    /// <param name="temperature">The temperature.</param>
    /// <param name="rng">Where they come from.</param>
    /// <param name="cancellation">Ends the writing.</param>
    /// <returns>For each prompt its answers.</returns>
    public delegate IReadOnlyList<IReadOnlyList<string>> Writer(IReadOnlyList<string> prompts, int each, double temperature, Rng rng, CancellationToken cancellation);

    /// <summary>A policy.</summary>
    /// <param name="policy">The model as it is when it is asked.</param>
    /// <param name="format">Puts a prompt into the model's conversation.</param>
    /// <param name="maxTokens">The most tokens of an answer; a longer one is cut off there.</param>
    /// <param name="together">How many prompts are answered at once.</param>
    public static Responder Of(IPolicy policy, PromptFormat format, int maxTokens = 64, int together = 16) => new(
        (prompts, each, temperature, rng, cancellation) =>
        {
            var asked = prompts.SelectMany(p => Enumerable.Repeat(format.Prompt(p), each)).ToArray();
            var written = policy.Complete(asked, new Sampling(temperature), maxTokens, [format.End], format.Pad, rng, cancellation);
            cancellation.ThrowIfCancellationRequested();
            return [.. written.Select(c => format.Text(c.Ids)).Chunk(each)];
        },
        together);

    /// <summary>A model behind a server. Each answer is one request with a seed of its own; the server need not heed it. A reply without any text is no answer, and is asked for again as identical ones are.</summary>
    /// <remarks>What a model thinks aloud in a <c>&lt;think&gt;</c> block at the beginning is not part of its answer; where the block does not end, there is no answer. One that reaches <paramref name="maxTokens"/> is kept as it is, cut off.</remarks>
    /// <param name="client">The server, such as vLLM behind an OpenAI-compatible address.</param>
    /// <param name="maxTokens">The most tokens of an answer.</param>
    /// <param name="together">How many prompts are answered at once.</param>
    public static Responder Of(IChatClient client, int maxTokens = 256, int together = 4) => new(
        (prompts, each, temperature, rng, cancellation) =>
        {
            var written = Task.WhenAll(prompts.SelectMany(p => Enumerable.Range(0, each).Select(_ => Ask(p, (long)(rng.NextUInt64() >> 33))).ToList()).ToList()).GetAwaiter().GetResult();
            return [.. written.Chunk(each).Select(a => a.Where(text => text.Length > 0).ToArray())];

            async Task<string> Ask(string prompt, long seed) =>
                Spoken((await client.GetResponseAsync(
                    [new ChatMessage(ChatRole.User, prompt)],
                    new Microsoft.Extensions.AI.ChatOptions { Temperature = (float)temperature, MaxOutputTokens = maxTokens, Seed = seed },
                    cancellation).ConfigureAwait(false)).Text.Trim());
        },
        together);

    /// <summary>The answers of a recording, in the order in which they were drawn.</summary>
    /// <param name="choices">The recording, one question to a prompt.</param>
    /// <exception cref="AnnotationException">A prompt is not in it.</exception>
    public static Responder Recorded(IEnumerable<Choice> choices)
    {
        var known = choices.Where(c => !c.Repeat).GroupBy(c => c.Prompt, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().Completions, StringComparer.Ordinal);
        return new(
            (prompts, _, _, _, _) => [.. prompts.Select(p => known.TryGetValue(p, out var completions)
                ? completions : throw new AnnotationException($"The recording has no answers to \"{Choice.Short(p)}\"."))],
            Together: 1);
    }

    private static string Spoken(string reply)
    {
        const string from = "<think>", to = "</think>";
        if (!reply.StartsWith(from, StringComparison.Ordinal)) return reply;
        var end = reply.IndexOf(to, StringComparison.Ordinal);
        return end < 0 ? "" : reply[(end + to.Length)..].Trim();
    }
}
