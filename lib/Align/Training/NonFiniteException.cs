using System.Globalization;
using Align.Runtime;
using Align.Text;
using TorchSharp;

namespace Align.Training;

/// <summary>A loss or a gradient is NaN or infinite. The step was not taken: weights and optimizer are as after the step before.</summary>
public sealed class NonFiniteException : AlignException
{
    private const string Advice = "Look at these examples first; then lower the learning rate, or compute in fp32 if it was bf16. GradientCheck.Of says where a loss of your own is not finite.";

    private NonFiniteException(int step, IReadOnlyList<int> examples, string what)
        : base($"Step {step}: {what}. Examples of the batch: {Some(examples)}. The step was not taken, the weights are those after step {step - 1}. {Advice}")
    {
        (Step, Examples) = (step, examples);
    }

    /// <summary>The step that was not taken, counted from 1.</summary>
    public int Step { get; }

    /// <summary>The places in the data of the examples that may be the cause.</summary>
    public IReadOnlyList<int> Examples { get; }

    internal static NonFiniteException Loss(int step, double value, IBatch batch, Terms terms)
    {
        // The examples whose own numbers are not finite, where some are.
        foreach (var (name, values) in terms.Examples)
        {
            var bad = Enumerable.Range(0, Math.Min(values.Length, batch.Examples.Count)).Where(i => !double.IsFinite(values[i])).Select(i => batch.Examples[i]).ToArray();
            if (bad.Length > 0) return new(step, bad, string.Create(CultureInfo.InvariantCulture, $"the loss is {value}; {name} is not finite"));
        }

        var term = terms.Losses.FirstOrDefault(t => !double.IsFinite(t.Sum.ToDouble()))?.Name;
        return new(step, batch.Examples, string.Create(CultureInfo.InvariantCulture, $"the loss is {value}{(term is null ? "" : $"; its term {term} is not finite")}"));
    }

    internal static NonFiniteException Gradient(int step, double norm, IEnumerable<int> examples, AdamW optimizer) =>
        new(step, [.. examples], string.Create(CultureInfo.InvariantCulture, $"the gradient's norm is {norm}; first in {optimizer.FirstNonFiniteGradient() ?? "the sum over all tensors"}"));

    private static string Some(IReadOnlyList<int> examples) =>
        string.Join(", ", examples.Take(16)) + (examples.Count > 16 ? $" … ({examples.Count} in all)" : "");
}
