using System.Globalization;
using Align.Runtime;

namespace Align.Training;

/// <summary>Training has left what its method can mend. The step was not taken: weights and optimizer are as after the step before.</summary>
public sealed class DivergedException : AlignException
{
    internal DivergedException(int step, Refusal refusal, IReadOnlyList<int> examples)
        : base($"Step {step}: {refusal.Cause}. The worst rows: {string.Join(", ", refusal.Worst.Select(w => Text(w, examples)))}. "
            + $"The step was not taken, the weights are those after step {step - 1}. Lower the learning rate, take fewer epochs over a rollout, or pull harder towards the reference.")
    {
        (Step, Cause, Worst) = (step, refusal.Cause, refusal.Worst);
    }

    /// <summary>The step that was not taken, counted from 1.</summary>
    public int Step { get; }

    /// <summary>What is wrong, with the number and its limit.</summary>
    public string Cause { get; }

    /// <summary>The worst rows of the batch, each with its number.</summary>
    public IReadOnlyList<(int Row, double Value)> Worst { get; }

    private static string Text((int Row, double Value) w, IReadOnlyList<int> examples) =>
        string.Create(CultureInfo.InvariantCulture, $"row {w.Row} (example {examples[w.Row]}) with {w.Value:G6}");
}
