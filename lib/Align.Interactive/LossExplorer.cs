using Align.Methods;
using Align.Tensors;
using Align.Training;
using TorchSharp;

namespace Align.Interactive;

/// <summary>Pair losses as pictures. Values and slopes are those of the loss and of autograd: any lambda can be looked at, beside those of the library.</summary>
public static class LossExplorer
{
    /// <summary>The most cells of a field in a direction.</summary>
    private const int Cells = 11;

    /// <summary>Losses over the margin m = a − b, which grows from both answers alike (a = m/2, b = −m/2); below them their slopes, the pull of a pair.</summary>
    /// <param name="title">The headline.</param>
    /// <param name="losses">Names and losses; several settings of one are <see cref="Over"/>.</param>
    /// <param name="from">The least margin, in nats.</param>
    /// <param name="to">The largest.</param>
    /// <param name="reference">log π₀ of both answers, which losses without a reference read as log π at m = 0.</param>
    /// <param name="tokens">The length of both answers, for losses that average.</param>
    public static Panels Curves(
        string title, IReadOnlyList<(string Name, PairLoss Loss)> losses, double from = -10, double to = 10, double reference = 0, double tokens = 1)
    {
        if (!(from < to) || !double.IsFinite(from) || !double.IsFinite(to)) throw new ChartException("The margins have to run from a number to a larger one.");
        var asked = losses.Select(l => (l.Name, Points: Enumerable.Range(0, 121).Select(i => from + ((to - from) * i / 120)).Select(m => LossPoint.Of(l.Loss, m / 2, -m / 2, reference, tokens)).ToArray())).ToArray();
        return new Panels(title, Drawn("loss", p => p.Value), Drawn("slope", p => p.MarginSlope)) { Columns = 1 };

        Lines Drawn(string what, Func<LossPoint, double> number) =>
            new(what, [.. asked.Select(l => new Series(l.Name, [.. l.Points.Select(p => p.Margin)], [.. l.Points.Select(number)]))])
            {
                XTitle = "margin m, in nats",
                References = from < 0 && to > 0 ? [new Reference(0, "", Upright: true)] : [],
            };
    }

    /// <summary>One loss at several settings: <c>Over("β", [0.1, 1], beta => x => Dpo.Sigmoid(x, beta))</c>.</summary>
    /// <param name="symbol">What the setting is called, such as β, ε, τ or γ.</param>
    /// <param name="values">Its values.</param>
    /// <param name="loss">The loss at a value.</param>
    public static (string Name, PairLoss Loss)[] Over(string symbol, IReadOnlyList<double> values, Func<double, PairLoss> loss) =>
        [.. values.Select(v => ($"{symbol} = {Drawing.Numbers.Short(v)}", loss(v)))];

    /// <summary>One loss over both log-ratios: which way training moves a pair that stands there, and how hard.</summary>
    /// <param name="title">The headline.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="pairs">Pairs to draw as points, from <see cref="Pairs(Step, double, string)"/>; the field is as wide as they need.</param>
    /// <param name="reach">How far the field goes from 0, in nats, where the pairs need no more.</param>
    /// <param name="tokens">The length of both answers, for losses that average.</param>
    public static GradientField Field(string title, PairLoss loss, IReadOnlyList<Series>? pairs = null, double reach = 10, double tokens = 1)
    {
        if (!(reach > 0) || !double.IsFinite(reach)) throw new ChartException($"The field has to reach some way from 0: {Drawing.Numbers.Short(reach)} is no such distance.");
        var shown = pairs ?? [];
        var (across, up) = (Places(shown.SelectMany(s => s.X)), Places(shown.SelectMany(s => s.Y)));
        return new GradientField(title, [.. up.SelectMany(b => across.Select(a => LossPoint.Of(loss, a, b, tokens: tokens)))], shown)
        {
            Note = "Arrows point where training moves a pair, the longer the harder; a dot is a place where it hardly moves one.",
        };

        double[] Places(IEnumerable<double> numbers)
        {
            var seen = numbers.Where(double.IsFinite).ToArray();
            var (low, high) = (Math.Min(-reach, seen.Select(v => v * 1.05).DefaultIfEmpty(0).Min()), Math.Max(reach, seen.Select(v => v * 1.05).DefaultIfEmpty(0).Max()));
            return [.. Enumerable.Range(0, Cells).Select(i => low + ((high - low) * (i + 0.5) / Cells))];
        }
    }

    /// <summary>The pairs of a step's batch as points of a field: their logged rewards divided by β are log-ratios.</summary>
    /// <param name="step">A step of a method that logs <c>rewards/chosen</c> and <c>rewards/rejected</c> per pair.</param>
    /// <param name="beta">The β that the rewards were multiplied by.</param>
    /// <param name="name">Their name in the legend.</param>
    /// <exception cref="ChartException">The step has no such values.</exception>
    public static Series Pairs(Step step, double beta, string name = "pairs of the batch")
    {
        var (chosen, rejected) = (Logged("rewards/chosen"), Logged("rewards/rejected"));
        return new Series(name, [.. chosen.Select(r => r / beta)], [.. rejected.Select(r => r / beta)]).Checked();

        double[] Logged(string metric) => step.Examples.TryGetValue(metric, out var values) ? values
            : throw new ChartException($"Step {step.Number} has no {metric} per pair. It has: {string.Join(", ", step.Examples.Keys)}.");
    }

    /// <summary>Pairs as points of a field.</summary>
    /// <param name="pairs">Their log-probabilities, with a reference.</param>
    /// <param name="name">Their name in the legend.</param>
    public static Series Pairs(PairLogProbs pairs, string name = "pairs of the batch")
    {
        using var scope = torch.NewDisposeScope();
        double[] Numbers(torch.Tensor t) => t.detach().to(torch.ScalarType.Float64).cpu().data<double>().ToArray();
        return new Series(name, Numbers(pairs.ChosenLogRatio()), Numbers(pairs.RejectedLogRatio()));
    }
}
