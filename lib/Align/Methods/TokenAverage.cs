using Align.Tensors;
using Align.Text;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>How the losses of tokens become one number: what is summed over a batch, and what the sums of a step are divided by, told from lengths alone.</summary>
/// <param name="Sum">Losses [B, T] and their mask to a scalar.</param>
/// <param name="Weight">The batch's share of the divisor.</param>
public sealed record TokenAverage(Func<Tensor, Tensor, Tensor> Sum, Func<RolloutBatch, double> Weight)
{
    /// <summary>Every token weighs the same: the mean over all tokens of a step (DAPO; BNPO where the step is one batch).</summary>
    public static TokenAverage Tokens { get; } = new(Masked.Sum, batch => batch.Text.TrainedTokens);

    /// <summary>Every completion weighs the same: the mean over completions of the mean over their tokens (GRPO). A row with no trained token counts as one with loss 0.</summary>
    public static TokenAverage Completions { get; } = new(
        (losses, mask) =>
        {
            using var scope = NewDisposeScope();
            var lengths = mask.sum(1).to(losses.dtype).clamp_min(1);                                // [B]
            return (Masked.Rows(losses, mask) / lengths).sum().MoveToOuterDisposeScope();
        },
        batch => batch.Rows.Count);

    /// <summary>The sum over all tokens divided by rows × a constant: long completions weigh more, and none of it depends on the lengths that were drawn (Dr. GRPO, https://arxiv.org/abs/2503.20783).</summary>
    /// <param name="tokens">The constant, usually the room for a completion; 1 for the mean over completions of the sum over their tokens.</param>
    public static TokenAverage Constant(double tokens) => new(Masked.Sum, batch => batch.Rows.Count * tokens);
}
