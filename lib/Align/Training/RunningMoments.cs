using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Align.Training;

/// <summary>Mean and variance of everything seen so far, batch by batch (Chan, Golub and LeVeque 1979), in fp64.</summary>
/// <param name="keep">What older values count for at every update: 1 for a plain mean over the run, 0.9 to halve a batch's weight about every seven updates.</param>
public sealed class RunningMoments(double keep = 1) : IMethodState
{
    /// <summary>The values seen, older ones counted less where <c>keep</c> is below 1.</summary>
    public double Count { get; private set; }

    /// <summary>Their mean; 0 before the first.</summary>
    public double Mean { get; private set; }

    /// <summary>Their variance, divided by the count.</summary>
    public double Variance { get; private set; }

    /// <summary>Their standard deviation, divided by the count − 1; 0 for fewer than two values.</summary>
    public double StandardDeviation => Count > 1 ? Math.Sqrt(Variance * Count / (Count - 1)) : 0;

    /// <summary>Takes values in.</summary>
    /// <param name="values">Any shape; read as constants.</param>
    public void Update(Tensor values)
    {
        using var scope = NewDisposeScope();
        var x = values.detach().to(ScalarType.Float64).cpu().reshape(-1).data<double>().ToArray();
        if (x.Length == 0) return;
        var mean = x.Average();
        var variance = x.Average(v => (v - mean) * (v - mean));
        var (old, apart) = (Count * keep, mean - Mean);
        Count = old + x.Length;
        Variance = (Variance * old + variance * x.Length + apart * apart * old * x.Length / Count) / Count;
        Mean += apart * x.Length / Count;
    }

    /// <inheritdoc/>
    public JsonNode Save() => new JsonObject { ["count"] = Count, ["mean"] = Mean, ["variance"] = Variance };

    /// <inheritdoc/>
    public void Load(JsonNode state) =>
        (Count, Mean, Variance) = ((double)state["count"]!, (double)state["mean"]!, (double)state["variance"]!);
}
