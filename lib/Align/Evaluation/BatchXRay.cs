using Align.Models;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Evaluation;

/// <summary>One token of a batch, with everything that training makes of it.</summary>
/// <param name="Row">The row of the batch.</param>
/// <param name="Position">Its place in the text.</param>
/// <param name="Id">Its id.</param>
/// <param name="Text">What it stands for.</param>
/// <param name="Label">The id that is predicted here and trained, at the place before it; null where nothing is.</param>
/// <param name="Trained">Whether this token is a target.</param>
/// <param name="Weight">What its −log π is multiplied by in a token mean over the batch; 0 where it is not trained.</param>
/// <param name="LogProb">log π of it, in nats; null where it is not trained.</param>
/// <param name="Reference">log π₀ of it; null without a reference.</param>
/// <param name="Contribution">log π − log π₀, its share of the row's log-ratio; without a reference weight · (−log π), its share of the loss.</param>
public sealed record XRayToken(
    int Row, int Position, int Id, string Text, int? Label, bool Trained, double Weight, double? LogProb, double? Reference, double? Contribution);

/// <summary>A batch as a table of tokens, with what looks wrong in it.</summary>
/// <param name="Tokens">Every token that is no padding, row after row.</param>
/// <param name="Lints">What looks wrong, with the row: end not trained, begin doubled, nothing trained, padding inside a text.</param>
public sealed record BatchXRay(IReadOnlyList<XRayToken> Tokens, IReadOnlyList<string> Lints)
{
    /// <summary>Looks into a batch.</summary>
    /// <param name="batch">The batch, one text a row.</param>
    /// <param name="tokenizer">Names the tokens and knows begin, end and padding.</param>
    /// <param name="policy">π; null for the table without probabilities.</param>
    /// <param name="reference">π₀.</param>
    public static BatchXRay Of(Batch batch, HuggingFaceTokenizer tokenizer, IPolicy? policy = null, IPolicy? reference = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var (own, other) = (Values(policy, batch), Values(reference, batch));
        var (tokens, lints) = (new List<XRayToken>(), new List<string>());
        var example = 0;
        foreach (var segment in batch.Segments)
        {
            var ids = batch.Ids.AsSpan(segment.Row * batch.Columns + segment.Start, segment.Length).ToArray();
            for (var i = 0; i < segment.Length; i++)
            {
                var trained = segment.Trained is { } mask && mask[i] && (i > 0 || segment.Sees >= 0);
                var slot = example * batch.Width + i;
                var (logProb, log0) = (trained && own is not null ? own[slot] : (double?)null, trained && other is not null ? other[slot] : (double?)null);
                var weight = trained ? 1.0 / batch.TrainedTokens : 0;
                tokens.Add(new XRayToken(
                    segment.Row, segment.FirstPosition + i, (int)ids[i], tokenizer.Decode([(int)ids[i]], withSpecials: true),
                    i + 1 < segment.Length && segment.Trained is { } next && next[i + 1] ? (int)ids[i + 1] : null,
                    trained, weight, logProb, log0, log0 is not null ? logProb - log0 : -logProb * weight));
            }

            if (segment.Trained is not null)
            {
                lints.AddRange(LintsOf(segment, ids, tokenizer).Select(l => $"row {segment.Row}: {l}"));
                example++;
            }
        }

        return new(tokens, lints);
    }

    private static double[]? Values(IPolicy? policy, Batch batch)
    {
        if (policy is null || batch.TrainedTokens == 0) return null;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return policy.LogProbs(batch).Values.to(ScalarType.Float64).cpu().reshape(-1).data<double>().ToArray();
    }

    private static IEnumerable<string> LintsOf(Segment segment, long[] ids, HuggingFaceTokenizer tokenizer)
    {
        var (begin, end, pad) = (tokenizer.Role("bos_token"), tokenizer.Role("eos_token"), tokenizer.Role("pad_token"));
        if (!segment.Trained!.Contains(true)) yield return "no token is trained";
        if (begin is { } b && b != end && ids.Length > 1 && ids[0] == b && ids[1] == b) yield return "the begin token stands there twice";
        if (end is { } e && Array.FindLastIndex(ids, id => id == e) is var last && (last < 0 || !segment.Trained![last])) yield return last < 0 ? "there is no end token" : "the end token is not trained";
        if (pad is { } p && p != end && ids.Contains(p)) yield return "the padding token stands inside the text";
        var first = Array.IndexOf(segment.Trained!, true);
        if (first == 0) yield return "there is no prompt before the trained tokens";
    }
}
