using System.Globalization;
using Align.Runtime;
using Align.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>Whether a pair loss of one's own can be trained with: its shape, its gradient against finite differences, and where it is no number.</summary>
/// <remarks>
/// <c>GradientCheck.Of(x => -(0.1 * (x.ChosenLogRatio() - x.RejectedLogRatio())).sigmoid().log())</c> finds that this loss is infinite where a run may come to.
/// It never throws, whatever the loss does.
/// </remarks>
/// <param name="Faults">What has to be mended before training; a sentence each.</param>
/// <param name="Notes">What works and should be known.</param>
/// <param name="Rows">The pairs that were tried, with both kinds of slopes; empty where the loss could not be asked.</param>
public sealed record GradientCheck(IReadOnlyList<string> Faults, IReadOnlyList<string> Notes, IReadOnlyList<GradientRow> Rows)
{
    private const double Step = 1e-5, Tolerance = 1e-5;

    /// <summary>Margins in nats, from both answers alike: those of a text of some hundred tokens that the policy has learnt or forgotten.</summary>
    private static readonly double[] Far = [0, 10, -10, 100, -100, 1000, -1000, 10_000, -10_000];

    /// <summary>Whether there is no fault.</summary>
    public bool Passed => Faults.Count == 0;

    /// <summary>Checks a loss.</summary>
    /// <param name="loss">The loss.</param>
    public static GradientCheck Of(PairLoss loss)
    {
        using var scope = NewDisposeScope();
        using var on = enable_grad();
        var (faults, notes, rows) = (new List<string>(), new List<string>(), new List<GradientRow>());
        try
        {
            var (x, leaf) = Sample(Near(), ScalarType.Float64);
            var losses = loss(x);
            if (OwnLoss.WrongShape(losses, x.PolicyChosen, "pair") is { } shape) faults.Add(shape);
            if (losses is not null && OwnLoss.NoGradient(losses, x.PolicyChosen) is { } gradient) faults.Add(gradient);
            if (faults.Count > 0) return new(faults, notes, rows);
            rows.AddRange(Compare(loss, losses!, leaf));
            if (NotFinite(loss) is { } notFinite) faults.Add(notFinite);
            if (OtherSlope(rows) is { } other) faults.Add(other);
            notes.AddRange(Remarks(loss, losses!, rows));
        }
#pragma warning disable CA1031 // What somebody wrote may throw anything, and this says what.
        catch (Exception e)
        {
            faults.Add(OwnLoss.Threw(e));
        }
#pragma warning restore CA1031
        return new(faults, notes, rows);
    }

    /// <summary>Faults and notes, or that all is well.</summary>
    public override string ToString() => string.Join("\n", (Passed ? [$"The loss can be trained with: one value per pair, and the slopes by autograd are those of finite differences at {Rows.Count} pairs."] : Faults).Concat(Notes.Select(n => "Note: " + n)));

    /// <summary>Pairs as a run meets them, at places where losses seldom have a kink; the first stands where every run begins, a = b = 0.</summary>
    private static (double A, double B)[] Near() =>
        [(0, 0), .. Enumerable.Range(1, 15).Select(i => (6.3 * Math.Sin(1.7 * i), 5.1 * Math.Cos(2.3 * i)))];

    /// <summary>The pairs, and the log-probabilities [2, B] that their gradient is taken on. All of them are below 0.</summary>
    private static (PairLogProbs X, Tensor Leaf) Sample((double A, double B)[] at, ScalarType type)
    {
        var reference = at.Select((p, i) => (Chosen: -12 - i % 5 - Math.Max(0, p.A), Rejected: -14 - i % 3 - Math.Max(0, p.B))).ToArray();
        var leaf = stack([Row(i => reference[i].Chosen + at[i].A), Row(i => reference[i].Rejected + at[i].B)]).requires_grad_(true);
        return (
            new(leaf[0], leaf[1], Row(i => reference[i].Chosen), Row(i => reference[i].Rejected), Row(i => 4 + i % 4), Row(i => 6 + i % 3)),
            leaf);

        Tensor Row(Func<int, double> number) => tensor([.. Enumerable.Range(0, at.Length).Select(number)], type);
    }

    /// <summary>Every slope of the summed losses by autograd, from the left and from the right.</summary>
    private static IEnumerable<GradientRow> Compare(PairLoss loss, Tensor losses, Tensor leaf)
    {
        losses.sum().backward();
        var (at, values, slopes) = (Near(), Values(losses), leaf.grad is { } g ? Values(g) : new double[2 * Near().Length]);
        double Sum((double A, double B)[] moved)
        {
            using var scope = NewDisposeScope();
            // The reference stays where it was: only the policy's log-probabilities move.
            var (x, start) = Sample(at, ScalarType.Float64);
            var shift = tensor([.. moved.Select((m, i) => m.A - at[i].A), .. moved.Select((m, i) => m.B - at[i].B)], [2, at.Length], ScalarType.Float64);
            var there = (start.detach() + shift).requires_grad_(true);
            return loss(x with { PolicyChosen = there[0], PolicyRejected = there[1] }).sum().to(ScalarType.Float64).item<double>();
        }

        var middle = values.Sum();
        Difference Of(int i, double a, double b)
        {
            double At(double sign) => Sum([.. at.Select((p, j) => j == i ? (p.A + sign * Step * a, p.B + sign * Step * b) : p)]);
            var (left, right) = (At(-1), At(1));
            return new((middle - left) / Step, (right - middle) / Step, (right - left) / (2 * Step));
        }

        return [.. at.Select((p, i) => new GradientRow(p.A, p.B, values[i], slopes[i], Of(i, 1, 0), slopes[at.Length + i], Of(i, 0, 1)))];
    }

    /// <summary>In fp32, as the trainer computes.</summary>
    private static string? NotFinite(PairLoss loss)
    {
        var bad = new List<(double Margin, string What)>();
        foreach (var margin in Far)
        {
            using var scope = NewDisposeScope();
            var (x, leaf) = Sample([(margin / 2, -margin / 2)], ScalarType.Float32);
            var losses = loss(x);
            losses.sum().backward();
            var (value, slopes) = (Values(losses)[0], leaf.grad is { } g ? Values(g) : []);
            if (!double.IsFinite(value)) bad.Add((margin, $"its value is {Text(value)}"));
            else if (slopes.FirstOrDefault(s => !double.IsFinite(s)) is var s && !double.IsFinite(s)) bad.Add((margin, $"its slope is {Text(s)}"));
        }

        if (bad.Count == 0) return null;
        var (first, what) = bad.MinBy(b => Math.Abs(b.Margin));
        return $"The loss is not finite everywhere: at a margin of {Text(first)} nats in fp32 {what}{(first == 0 ? ", and there, where policy and reference agree, every run begins" : "")}. "
            + $"A run that comes there stops{(bad.Count > 1 ? $" (the same at {string.Join(", ", bad.Where(b => b.Margin != first).OrderBy(b => Math.Abs(b.Margin)).Select(b => Text(b.Margin)))})" : "")}. "
            + "Write log σ(z) as logsigmoid(z), log(1 + e^z) as softplus(z), and keep what goes into exp, log, sqrt and divisions inside their range: where() chooses a value and still lets the NaN of the other branch's gradient through";
    }

    private static string? OtherSlope(IReadOnlyList<GradientRow> rows)
    {
        foreach (var (name, of) in new (string, Func<GradientRow, (double Slope, Difference By)>)[] { ("log π(y⁺)", r => (r.ChosenSlope, r.ByChosen)), ("log π(y⁻)", r => (r.RejectedSlope, r.ByRejected)) })
        {
            var (slope, by, row) = rows.Select(r => (of(r).Slope, of(r).By, r)).MaxBy(p => p.By.Apart(p.Slope));
            if (by.Apart(slope) > Tolerance) return OwnLoss.OtherSlope(name, Text(slope), Text(by.Central)) + $" (a = {Text(row.Chosen)}, b = {Text(row.Rejected)})";
        }

        return null;
    }

    private static IEnumerable<string> Remarks(PairLoss loss, Tensor losses, IReadOnlyList<GradientRow> rows)
    {
        if (rows.All(r => r.ChosenSlope == 0 && r.RejectedSlope == 0)) yield return "the slope is 0 at every pair that was tried, so nothing would be learnt: rounding, sign() and comparisons are flat.";
        else if (rows.All(r => r.ChosenSlope >= r.RejectedSlope)) yield return "the loss rises with the margin at every pair that was tried: training would make rejected answers likelier than chosen ones. Is a minus sign missing?";
        var alone = rows.Select(r => LossPointAt(loss, r)).ToArray();
        if (alone.Zip(Values(losses)).Any(p => !(Math.Abs(p.First - p.Second) <= 1e-9 * Math.Max(1, Math.Abs(p.Second)))))
            yield return "a pair's value depends on the other pairs of the batch, so accumulated small batches are not the big batch.";
    }

    /// <summary>The value of a pair in a batch of its own.</summary>
    private static double LossPointAt(PairLoss loss, GradientRow row)
    {
        using var scope = NewDisposeScope();
        var at = Array.FindIndex(Near(), p => (p.A, p.B) == (row.Chosen, row.Rejected));
        var (x, _) = Sample(Near(), ScalarType.Float64);
        Tensor One(Tensor? t) => t!.narrow(0, at, 1);
        return Values(loss(new(One(x.PolicyChosen), One(x.PolicyRejected), One(x.ReferenceChosen), One(x.ReferenceRejected), One(x.ChosenTokens), One(x.RejectedTokens))))[0];
    }

    private static double[] Values(Tensor t) => t.detach().to(ScalarType.Float64).cpu().reshape(-1).data<double>().ToArray();

    private static string Text(double value) => double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? value > 0 ? "+∞" : "−∞" : value.ToString("G6", CultureInfo.InvariantCulture).Replace('-', '−');
}
