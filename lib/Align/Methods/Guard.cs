using System.Globalization;
using Align.Tensors;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>When an on-policy method stops before the next step: the policy has moved so far from the one that wrote the rollout that its tokens say nothing about it.</summary>
/// <param name="MaxRatio">The largest mean ratio ρ over a batch's tokens.</param>
/// <param name="MaxApproxKl">The largest mean of ½(log ρ)², in nats per token.</param>
public sealed record Guard(double MaxRatio = 10, double MaxApproxKl = 1)
{
    /// <summary>Nothing but NaN and infinity stops.</summary>
    public static Guard Off { get; } = new(double.PositiveInfinity, double.PositiveInfinity);

    /// <summary>Logs the mean ratio and approximate KL over tokens, and refuses the step when they are beyond the limits, or they, a loss or its slope are not finite.</summary>
    /// <param name="terms">Where to.</param>
    /// <param name="x">The tokens.</param>
    /// <param name="ratioName">What the ratio is logged as.</param>
    /// <param name="klName">What the KL is logged as.</param>
    /// <param name="losses">For each loss term, in their order, its value per row, [B]; asked for only where the sum is not finite.</param>
    internal void Watch(Terms terms, PolicyTokens x, string ratioName, string klName, params ReadOnlySpan<Func<Tensor>> losses)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var logRatio = x.LogRatio();
        var (ratio, kl) = (logRatio.exp(), logRatio.Squared() / 2);                    // [B, T]
        terms.Mean(ratioName, ratio, x.Mask).Mean(klName, kl, x.Mask);
        Check(Value(ratioName), MaxRatio, "the mean ratio between the policy and the one that wrote the rollout", () => Means(ratio));
        Check(Value(klName), MaxApproxKl, "the approximate KL per token between the policy and the one that wrote the rollout", () => Means(kl));
        for (var i = 0; i < losses.Length; i++) Check(terms.Losses[i].Sum.ToDouble(), double.PositiveInfinity, $"the loss {terms.Losses[i].Name}", losses[i]);
        if (terms.Refusal is null && Slopes(terms.Losses[0].Sum, x.LogProbs) is { } slopes)
            Check(slopes.sum().ToDouble(), double.PositiveInfinity, $"the slope of the loss {terms.Losses[0].Name}", () => slopes);

        double Value(string name) => terms.Metrics[name].Weight == 0 ? 0 : terms.Metrics[name].Sum / terms.Metrics[name].Weight;

        Tensor Means(Tensor each) => Masked.Rows(each, x.Mask) / x.Mask.sum(1).clamp_min(1);                       // [B]

        void Check(double value, double limit, string what, Func<Tensor> rows)
        {
            if (value <= limit && double.IsFinite(value)) return;
            var cause = double.IsFinite(value)
                ? string.Create(CultureInfo.InvariantCulture, $"{what} is {value:G6}, the limit {limit:G6}")
                : string.Create(CultureInfo.InvariantCulture, $"{what} is {value}");
            terms.Refuse(cause, Worst(rows()));
        }
    }

    /// <summary>How steep a loss is in the log-probabilities of each row, [B]: it may be finite where its slope is not, as √x is at 0. Null where it does not depend on them.</summary>
    private static Tensor? Slopes(Tensor loss, Tensor logProbs) =>
        loss.requires_grad && logProbs.requires_grad && autograd.grad([loss], [logProbs], retain_graph: true, allow_unused: true) is [{ IsInvalid: false } slopes] ? slopes.abs().sum(1) : null;

    /// <summary>The three rows with the highest value, those that are not finite first.</summary>
    private static (int Row, double Value)[] Worst(Tensor rows)
    {
        var values = rows.to(ScalarType.Float64).cpu().data<double>().ToArray();
        return [.. values.Select((v, i) => (i, v)).OrderByDescending(r => double.IsFinite(r.v) ? r.v : double.PositiveInfinity).Take(3)];
    }
}
