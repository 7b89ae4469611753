using Align.Runtime;
using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>How much better than expected: what rewards become before they weigh log-probabilities.</summary>
public static class Advantages
{
    /// <summary>What is added to a standard deviation before it divides.</summary>
    private const double Epsilon = 1e-4;

    /// <summary>Generalised advantage estimation: δ_t = r_t + γ·V_{t+1} − V_t and A_t = Σ_k (γλ)^k·δ_{t+k}, eq. 16 of Schulman et al. 2015 (https://arxiv.org/abs/1506.02438).</summary>
    /// <param name="rewards">r_t, 0 after the last step. Shape [B, T].</param>
    /// <param name="values">V_t, 0 after the last step. Shape [B, T].</param>
    /// <param name="gamma">γ, the discount.</param>
    /// <param name="lambda">λ: 1 gives the discounted sum of what follows minus V_t, 0 gives δ_t.</param>
    /// <returns>The advantages and A + V, what the values are trained towards. Each [B, T].</returns>
    public static (Tensor Advantages, Tensor Returns) Gae(Tensor rewards, Tensor values, double gamma = 1, double lambda = 0.95)
    {
        Shape.Is(rewards, [-1, -1]);
        Shape.Same(rewards, values);
        using var scope = NewDisposeScope();
        var advantages = zeros_like(rewards);
        var (next, valueAfter) = (rewards.new_zeros(rewards.shape[0]), rewards.new_zeros(rewards.shape[0])); // [B]
        for (var t = rewards.shape[1] - 1; t >= 0; t--)
        {
            var value = values.select(1, t);
            next = rewards.select(1, t) + gamma * valueAfter - value + gamma * lambda * next;
            advantages.select(1, t).copy_(next);
            valueAfter = value;
        }

        return (advantages.MoveToOuterDisposeScope(), (advantages + values).MoveToOuterDisposeScope());
    }

    /// <summary>(x − mean) / √(variance + 1e-8), both over what the mask keeps, the variance unbiased.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="mask">What counts, the same shape; at least two.</param>
    /// <param name="shiftMean">False puts the mean back: rewards keep their sign.</param>
    /// <returns>The shape of <paramref name="x"/>; 0 where the mask is false.</returns>
    public static Tensor Whiten(Tensor x, Tensor mask, bool shiftMean = true)
    {
        using var scope = NewDisposeScope();
        var (mean, variance) = (Masked.Mean(x, mask), Masked.Variance(x, mask));
        var white = (x - mean) * (variance + 1e-8).rsqrt();
        return (shiftMean ? white : white + mean).where(mask, x.new_zeros(1)).MoveToOuterDisposeScope();
    }

    /// <summary>r − the mean of its group, divided by a standard deviation: the advantage of GRPO (Shao et al. 2024, https://arxiv.org/abs/2402.03300, § 4.1.2).</summary>
    /// <param name="rewards">One per completion, the completions of a prompt side by side; NaN where none could be given. Shape [N].</param>
    /// <param name="groupSize">Completions per prompt.</param>
    /// <param name="scale">Which deviation divides.</param>
    /// <returns>Shape [N]; 0 for a reward that is NaN or alone in its group.</returns>
    public static Tensor Group(Tensor rewards, int groupSize, GroupScale scale = GroupScale.Group)
    {
        using var scope = NewDisposeScope();
        var grouped = Grouped(rewards, groupSize);                                                // [P, G]
        var centred = grouped - Nan.Mean(grouped, 1);
        var advantages = scale switch
        {
            GroupScale.Group => centred / (Nan.Deviation(grouped, 1).nan_to_num() + Epsilon),
            GroupScale.Batch => centred / (Nan.Deviation(rewards.unsqueeze(0), 1).nan_to_num() + Epsilon),
            _ => centred,
        };
        return advantages.nan_to_num().view(-1).MoveToOuterDisposeScope();                        // [N]
    }

    /// <summary>Each reward function is scaled within its group on its own, then they are summed, and the sum is scaled over the batch (GDPO): a function of large numbers drowns no other.</summary>
    /// <param name="rewards">One row per completion, one column per function; NaN where a function does not apply. Shape [N, F].</param>
    /// <param name="weights">The functions' weights. Shape [F].</param>
    /// <param name="groupSize">Completions per prompt.</param>
    /// <returns>Shape [N]; 0 where no function applies.</returns>
    public static Tensor GroupEach(Tensor rewards, Tensor weights, int groupSize)
    {
        Shape.Is(rewards, [-1, weights.shape[0]]);
        using var scope = NewDisposeScope();
        var each = stack([.. Enumerable.Range(0, (int)weights.shape[0]).Select(f => Group(rewards.select(1, f), groupSize))], 1); // [N, F]
        var unscorable = rewards.isnan().all(1);                                                  // [N]
        var sum = each.mv(weights).masked_fill(unscorable, double.NaN).unsqueeze(0);              // [1, N]
        return ((sum - Nan.Mean(sum, 1)) / (Nan.Deviation(sum, 1) + Epsilon)).nan_to_num().view(-1).MoveToOuterDisposeScope();
    }

    /// <summary>r − the mean of the others of its group: an unbiased baseline (Ahmadian et al. 2024, https://arxiv.org/abs/2402.14740).</summary>
    /// <param name="rewards">One per completion, the completions of a prompt side by side; NaN where none could be given. Shape [N].</param>
    /// <param name="groupSize">Completions per prompt, at least 2.</param>
    /// <param name="normalise">Whether the advantages are then centred and scaled over the batch.</param>
    /// <returns>Shape [N]; 0 for a reward that is NaN or alone in its group.</returns>
    public static Tensor LeaveOneOut(Tensor rewards, int groupSize, bool normalise = false)
    {
        using var scope = NewDisposeScope();
        var grouped = Grouped(rewards, groupSize);                                                // [P, G]
        var others = Nan.Count(grouped, 1) - 1;                                                   // [P, 1]
        var baseline = (Nan.Sum(grouped, 1) - grouped) / others.clamp_min(1);
        var advantages = (grouped - baseline).where(others > 0, grouped * 0);                     // NaN stays NaN
        if (normalise)
        {
            var all = advantages.view(1, -1);
            advantages = (all - Nan.Mean(all, 1)) / (Nan.Deviation(all, 1) + Epsilon);
        }

        return advantages.nan_to_num().view(-1).MoveToOuterDisposeScope();
    }

    private static Tensor Grouped(Tensor rewards, int groupSize)
    {
        Shape.Is(rewards, [-1]);
        if (groupSize < 1 || rewards.shape[0] % groupSize != 0)
            throw new GroupException($"{rewards.shape[0]} rewards are no whole number of groups of {groupSize}.");
        return rewards.view(-1, groupSize);
    }

    /// <summary>Statistics that skip NaN.</summary>
    internal static class Nan
    {
        public static Tensor Sum(Tensor x, int dim) => x.masked_fill(x.isnan(), 0).sum(dim, keepdim: true);

        // TorchSharp's own nanmean ends the process.
        public static Tensor Mean(Tensor x, int dim) => Sum(x, dim) / Count(x, dim);

        /// <summary>The unbiased standard deviation; NaN for fewer than two values.</summary>
        public static Tensor Deviation(Tensor x, int dim)
        {
            using var scope = NewDisposeScope();
            var degrees = Count(x, dim) - 1;
            var squares = Sum((x - Mean(x, dim)).Squared(), dim);
            return (squares / degrees).sqrt().masked_fill(degrees <= 0, double.NaN).MoveToOuterDisposeScope();
        }

        public static Tensor Count(Tensor x, int dim) => x.isnan().logical_not().sum(dim, keepdim: true).to(x.dtype);
    }
}

/// <summary>Which standard deviation group-relative advantages are divided by.</summary>
public enum GroupScale
{
    /// <summary>The group's own: easy and hard prompts weigh the same.</summary>
    Group,

    /// <summary>The whole batch's.</summary>
    Batch,

    /// <summary>None: the advantage keeps the reward's unit (Liu et al. 2025, https://arxiv.org/abs/2503.20783).</summary>
    None,
}

/// <summary>Rewards that do not make whole groups.</summary>
public sealed class GroupException(string message) : AlignException(message);
