using Align.Runtime;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>What a model wrote after a prompt.</summary>
/// <param name="Ids">The new ids, the end included when it came.</param>
/// <param name="Ended">Whether an end id came before the room ran out.</param>
public sealed record Completion(int[] Ids, bool Ended);

/// <summary>Writes completions.</summary>
public static class Sampler
{
    /// <summary>One completion for each prompt, written side by side.</summary>
    /// <param name="policy">The model.</param>
    /// <param name="prompts">Ids, none empty.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="maxTokens">The most tokens a completion may have.</param>
    /// <param name="endIds">The ids that end a completion.</param>
    /// <param name="padId">The id that fills shorter prompts.</param>
    /// <param name="rng">Every row draws from its own branch of it: a row's text depends on its place and its logits alone, not on how long the others are.</param>
    /// <param name="cancellation">Checked before every token; what was written so far is then returned, not ended.</param>
    /// <exception cref="SamplingException">A prompt is empty, or <paramref name="maxTokens"/> is below 1.</exception>
    public static IReadOnlyList<Completion> Complete(
        this IPolicy policy,
        IReadOnlyList<int[]> prompts,
        Sampling sampling,
        int maxTokens,
        IReadOnlyList<int> endIds,
        int padId,
        Rng rng,
        CancellationToken cancellation = default)
    {
        if (prompts.Count == 0) return [];
        if (maxTokens < 1) throw new SamplingException($"{nameof(maxTokens)} is {maxTokens}; at least 1 token is written.");
        for (var i = 0; i < prompts.Count; i++)
            if (prompts[i].Length == 0) throw new SamplingException($"Prompt {i} is empty: a model needs at least one token to continue.");

        using var frozen = no_grad();
        var batch = Batching.Padded([.. prompts.Select(p => new TokenizedText(p, new bool[p.Length]))], padId, PaddingSide.Left);
        var branch = rng.NextUInt64();
        var rows = prompts.Select((p, i) => new Row(p, new Rng(branch + (ulong)i))).ToArray();
        using var decoding = policy.Decode(batch, maxTokens);
        var next = new long[rows.Length];
        for (var t = 0; t < maxTokens && !cancellation.IsCancellationRequested; t++)
        {
            if (t > 0) decoding.Append(next);
            var logits = Logits(policy, decoding);
            for (var i = 0; i < rows.Length; i++)
            {
                next[i] = padId;
                if (rows[i].Ended) continue;
                var id = sampling.Draw(logits.AsSpan(i * policy.VocabularySize, policy.VocabularySize), rows[i].Seen, rows[i].Rng);
                rows[i].Add(id, endIds.Contains(id));
                next[i] = id;
            }

            if (rows.All(r => r.Ended)) break;
        }

        return [.. rows.Select(r => new Completion([.. r.Seen.Skip(r.Prompt)], r.Ended))];
    }

    private static float[] Logits(IPolicy policy, IDecoding decoding)
    {
        using var scope = NewDisposeScope();
        return policy.Head.Logits(decoding.Hidden).to(ScalarType.Float32).cpu().data<float>().ToArray(); // [R, V]
    }

    private sealed class Row(int[] prompt, Rng rng)
    {
        public int Prompt => prompt.Length;

        public List<int> Seen { get; } = [.. prompt];

        public Rng Rng => rng;

        public bool Ended { get; private set; }

        public void Add(int id, bool ended)
        {
            Seen.Add(id);
            Ended = ended;
        }
    }
}
