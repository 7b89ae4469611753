using Align.Rewards;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>What is logged of a rollout's rewards and lengths, by the reference's names.</summary>
internal static class RolloutMetrics
{
    /// <summary><c>rewards/NAME/mean</c> and <c>std</c> of every function where it applies, <c>reward</c> and <c>reward_std</c> of their weighted sum.</summary>
    public static Dictionary<string, (double Sum, double Weight)> Of(Scores scores)
    {
        var metrics = new Dictionary<string, (double, double)>();
        for (var f = 0; f < scores.Names.Count; f++) Add($"rewards/{scores.Names[f]}/mean", $"rewards/{scores.Names[f]}/std", scores.Values[f]);
        Add("reward", "reward_std", scores.Total);
        return metrics;

        void Add(string mean, string deviation, double[] values)
        {
            var known = values.Where(v => !double.IsNaN(v)).ToArray();
            if (known.Length == 0) return;
            metrics[mean] = (known.Sum(), known.Length);
            var average = known.Average();
            if (known.Length > 1) metrics[deviation] = (Math.Sqrt(known.Sum(v => (v - average) * (v - average)) / (known.Length - 1)), 1);
        }
    }

    /// <summary><c>frac_reward_zero_std</c>: the share of deviations that are 0. Where they are those of groups, such a group teaches nothing.</summary>
    /// <param name="rewards">The rewards.</param>
    /// <param name="groupSize">How many of them have a deviation together.</param>
    public static (double Sum, double Weight) Constant(double[] rewards, int groupSize)
    {
        using var scope = NewDisposeScope();
        var deviations = Advantages.Nan.Deviation(tensor(rewards, ScalarType.Float64).view(-1, groupSize), 1).data<double>().ToArray();
        return (deviations.Count(d => d < 1e-8), deviations.Length);
    }

    /// <summary><c>completions/…</c>: lengths of all completions, and of those that ended by themselves; <c>clipped_ratio</c> is the share of the others.</summary>
    public static Dictionary<string, (double Sum, double Weight)> Lengths(IReadOnlyList<Rollout> rows)
    {
        var (all, ended) = (rows.Select(r => (double)r.Completion.Length).ToArray(), rows.Where(r => r.Ended).Select(r => (double)r.Completion.Length).DefaultIfEmpty().ToArray());
        return new()
        {
            ["completions/mean_length"] = (all.Sum(), all.Length),
            ["completions/min_length"] = (all.Min(), 1),
            ["completions/max_length"] = (all.Max(), 1),
            ["completions/clipped_ratio"] = (rows.Count(r => !r.Ended), rows.Count),
            ["completions/mean_terminated_length"] = (ended.Sum(), ended.Length),
            ["completions/min_terminated_length"] = (ended.Min(), 1),
            ["completions/max_terminated_length"] = (ended.Max(), 1),
        };
    }
}
