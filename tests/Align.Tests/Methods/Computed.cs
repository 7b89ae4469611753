using System.Text.Json.Nodes;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>What an objective makes of one batch: the loss, the logged metrics, the losses of single examples and the gradient.</summary>
internal sealed record Computed(double Loss, IReadOnlyDictionary<string, double> Metrics, IReadOnlyDictionary<string, double[]> Examples, Tensor Gradient)
{
    public double[] PerExample => Examples["loss"];

    /// <summary>Computes them.</summary>
    /// <param name="objective">The method, over a policy of these logits.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="logits">What the gradient is taken of.</param>
    public static Computed From<TBatch>(Objective<TBatch> objective, TBatch batch, Tensor logits)
        where TBatch : IBatch
    {
        using var scope = NewDisposeScope();
        var (terms, weights) = (objective.Terms(batch), objective.Weights(batch));
        var loss = terms.Losses.Select((t, i) => t.Sum * (t.Coefficient / weights[i])).Aggregate((a, b) => a + b);
        loss.backward();
        var log = new StepLog();
        log.Add(batch, terms, loss, weights);
        return new(loss.ToDouble(), log.Finish(1, 0, 0, batch.Tokens).Metrics, terms.Examples, logits.grad!.MoveToOuterDisposeScope());
    }

    /// <summary>Compares every metric of a golden row but those named.</summary>
    public void MetricsAre(JsonNode expected, double tolerance, params string[] but)
    {
        foreach (var (name, value) in expected.AsObject())
            if (!but.Contains(name)) Close.To(Golden.Number(value), Metrics[name], tolerance, name);
    }
}
