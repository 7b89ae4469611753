using Align.Tensors;
using Align.Text;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>Log-probabilities under a policy: the one place where they come from.</summary>
public static class Scoring
{
    /// <summary>log π of every trained token of a batch.</summary>
    /// <returns>Shape [B, T]: a row per example of the batch, as wide as its longest.</returns>
    public static TokenLogProbs LogProbs(this IPolicy policy, Batch batch) => policy.Score(batch, statistics: false).LogProbs;

    /// <summary>log π of every trained token, and what the same pass over the vocabulary yields beside it.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="batch">The rows; only trained tokens are computed.</param>
    /// <param name="statistics">Whether entropy, mean logit, Σp² and top-1 are wanted.</param>
    /// <param name="chunkBytes">The size of one chunk of logits.</param>
    public static (TokenLogProbs LogProbs, TokenStatistics? Statistics) Score(
        this IPolicy policy, Batch batch, bool statistics, long chunkBytes = Tensors.LogProbs.DefaultChunkBytes)
    {
        using var scope = NewDisposeScope();
        var hidden = policy.Hidden(batch, tensor(batch.Targets.Predictors, ScalarType.Int64, policy.Device));      // [N, H]
        var (logProbs, s) = policy.Score(batch, hidden, statistics, chunkBytes);
        logProbs.Values.MoveToOuterDisposeScope();
        logProbs.Mask.MoveToOuterDisposeScope();
        foreach (var x in s is null ? [] : new[] { s.Entropy, s.MeanLogit, s.SumOfSquares, s.Top1 }) x.MoveToOuterDisposeScope();
        return (logProbs, s);
    }

    /// <summary>The same from hidden states that are there already.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="batch">The rows.</param>
    /// <param name="hidden">The hidden states at the places that predict the trained tokens, in their order. Shape [N, H].</param>
    /// <param name="statistics">Whether entropy, mean logit, Σp² and top-1 are wanted.</param>
    /// <param name="chunkBytes">The size of one chunk of logits.</param>
    internal static (TokenLogProbs LogProbs, TokenStatistics? Statistics) Score(
        this IPolicy policy, Batch batch, Tensor hidden, bool statistics, long chunkBytes = Tensors.LogProbs.DefaultChunkBytes)
    {
        using var scope = NewDisposeScope();
        var (examples, width) = (batch.Scored.Count, batch.Width);
        var (ids, slots) = (At(batch.Targets.Ids), At(batch.Targets.Slots));                                       // [N]
        var (logProb, s) = Tensors.LogProbs.Score(hidden, policy.Head, ids, statistics, chunkBytes);               // [N]

        var mask = zeros(examples * width, ScalarType.Bool, policy.Device).index_fill(0, slots, true).view(examples, width).MoveToOuterDisposeScope();
        return (
            new TokenLogProbs(Spread(logProb), mask),
            s is null ? null : new TokenStatistics(Spread(s.Entropy), Spread(s.MeanLogit), Spread(s.SumOfSquares), Spread(s.Top1)));

        Tensor At(long[] values) => tensor(values, ScalarType.Int64, policy.Device);

        Tensor Spread(Tensor x) => x.new_zeros(examples * width).index_copy(0, slots, x).view(examples, width).MoveToOuterDisposeScope(); // [B, T]
    }

    /// <summary>log π of every example without a gradient: the reference's side of a preference batch. Shape [B].</summary>
    public static Tensor Frozen(this IPolicy policy, Batch batch)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return policy.LogProbs(batch).Sum().MoveToOuterDisposeScope();
    }

    /// <summary>The same as numbers, to be kept with the data or counted with.</summary>
    internal static double[] FrozenValues(this IPolicy policy, Batch batch)
    {
        using var scope = NewDisposeScope();
        return policy.Frozen(batch).to(ScalarType.Float64).cpu().data<double>().ToArray();
    }
}
