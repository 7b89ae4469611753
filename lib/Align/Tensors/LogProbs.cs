using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>Log-probabilities of targets, chunk by chunk: the [tokens, vocabulary] logits never exist for all tokens at once.</summary>
/// <remarks>
/// log p = logit of the target − log Σ_v exp(logit v), in the type of the hidden states (fp32, fp64 in tests). One chunk holds as many rows as a byte budget allows.
/// When everything fits one chunk its logits are kept for the backward pass; otherwise they are made again there, from the kept log Σ exp
/// (8·N·V·H operations instead of 6, flat memory). Any loss may stand on top.
/// </remarks>
public static class LogProbs
{
    /// <summary>The default size of one chunk of logits, in bytes.</summary>
    public const long DefaultChunkBytes = 64L << 20;

    /// <summary>The log-probability of each target.</summary>
    /// <param name="hidden">Hidden states at the positions that predict. Shape [N, H]; logits [N, V] when the head is the identity.</param>
    /// <param name="head">Hidden states to logits.</param>
    /// <param name="targets">The ids predicted, int64, each below V. Shape [N].</param>
    /// <param name="chunkBytes">The size of one chunk of logits.</param>
    /// <returns>Shape [N], differentiable.</returns>
    public static Tensor Of(Tensor hidden, Head head, Tensor targets, long chunkBytes = DefaultChunkBytes)
    {
        using var scope = NewDisposeScope();
        return Score(hidden, head, targets, statistics: false, chunkBytes).LogProb.MoveToOuterDisposeScope();
    }

    /// <summary>The log-probability of each target and, when asked, what else the same pass over the vocabulary knows.</summary>
    /// <returns>Each [N]; the log-probability and the entropy are differentiable.</returns>
    internal static (Tensor LogProb, TokenStatistics? Statistics) Score(
        Tensor hidden, Head head, Tensor targets, bool statistics, long chunkBytes = DefaultChunkBytes)
    {
        Shape.Is(hidden, [-1, -1]);
        Shape.Is(targets, [hidden.shape[0]]);
        var vocabulary = head.Weight?.shape[0] ?? hidden.shape[1];
        var rows = Math.Max(1, chunkBytes / (vocabulary * hidden.element_size()));
        if (head.Weight is null || hidden.shape[0] <= rows) return Whole(hidden, head, targets, statistics);

        var results = ChunkedHead.apply(hidden, head.Weight, targets, new ChunkedHead.Plan(rows, head.Compute, head.Temperature, statistics));
        return (results[0], statistics ? new TokenStatistics(results[1], results[2], results[3], results[4]) : null);
    }

    private static (Tensor, TokenStatistics?) Whole(Tensor hidden, Head head, Tensor targets, bool statistics)
    {
        using var scope = NewDisposeScope();
        var logits = head.Logits(hidden);                                        // [N, V]
        var all = logits.log_softmax(-1);                                        // [N, V]
        var logProb = all.gather(-1, targets.unsqueeze(-1)).squeeze(-1);         // [N]
        if (!statistics) return (logProb.MoveToOuterDisposeScope(), null);

        var p = all.exp();
        var entropy = -(p * all).sum(-1);
        using var frozen = no_grad();
        return (logProb.MoveToOuterDisposeScope(), new TokenStatistics(
            entropy.MoveToOuterDisposeScope(),
            logits.mean([-1]).MoveToOuterDisposeScope(),
            p.Squared().sum(-1).MoveToOuterDisposeScope(),
            logits.argmax(-1).eq(targets).to(logits.dtype).MoveToOuterDisposeScope()));
    }
}
