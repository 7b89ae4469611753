using System.Text.Json.Nodes;
using Align.Models;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests;

/// <summary>Golden tensors, and batches made of golden masks.</summary>
internal static class GoldenTensors
{
    /// <summary>All tensors of a golden safetensors file. They live in the scope that is open.</summary>
    public static IReadOnlyDictionary<string, Tensor> Tensors(string relative) => Safetensors.Load(Golden.PathOf(relative));

    public static double[] Numbers(this JsonNode node) => [.. node.AsArray().Select(Golden.Number)];

    /// <summary>A batch from ids, an attention mask and a mask of trained tokens, each [R, T].</summary>
    public static Batch Batch(Tensor ids, Tensor attention, Tensor trained)
    {
        var (rows, columns) = ((int)ids.shape[0], (int)ids.shape[1]);
        var (real, train) = (attention.Values(), trained.Values());
        return new Batch(rows, columns, ids.data<long>().ToArray(), [.. Enumerable.Range(0, rows).Select(r =>
        {
            var start = Array.IndexOf(real, 1.0, r * columns, columns) - r * columns;
            var length = (int)real.AsSpan(r * columns, columns).ToArray().Sum();
            return new Segment(r, start, length, Trained: [.. Enumerable.Range(0, length).Select(i => train[r * columns + start + i] != 0)]);
        })]);
    }
    /// <summary>A row of a batch as the text it was made of.</summary>
    public static TokenizedText TextOf(Batch batch, int row)
    {
        var s = batch.Segments[row];
        return new([.. batch.Ids.Skip(row * batch.Columns + s.Start).Take(s.Length).Select(i => (int)i)], s.Trained!);
    }

    /// <summary>The mean over the vocabulary and over the places that predict a masked token, by plain loops: what the mean logit of a completion is.</summary>
    /// <param name="logits">Shape [R, T, V].</param>
    /// <param name="mask">Which tokens are a completion's. Shape [R, T].</param>
    public static double MeanLogit(Tensor logits, Tensor mask)
    {
        var (rows, columns, width) = ((int)logits.shape[0], (int)logits.shape[1], (int)logits.shape[2]);
        var (values, completion) = (logits.Values(), mask.Values());
        double sum = 0, count = 0;
        for (var row = 0; row < rows; row++)
            for (var t = 1; t < columns; t++)
                if (completion[row * columns + t] != 0)
                {
                    sum += values.AsSpan((row * columns + t - 1) * width, width).ToArray().Average();
                    count++;
                }

        return sum / count;
    }

    /// <summary>Weights after a float32 trace: Adam makes of a gradient near 0 a step of either sign, so that single weights may be off.</summary>
    public static void WeightsAreNear(IReadOnlyDictionary<string, Tensor> tensors, string prefix, IEnumerable<(string Name, Tensor Value)> weights)
    {
        foreach (var (name, weight) in weights)
        {
            var (expected, actual) = (tensors[prefix + name].Values(), weight.Values());
            Close.To(expected, actual, 5e-3, name);
            var near = expected.Zip(actual, (e, a) => Math.Abs(e - a) <= 1e-4).Count(n => n);
            Assert.True(near >= 0.999 * expected.Length, $"{expected.Length - near} of {expected.Length} weights of {name} are off by more than 1e-4.");
        }
    }
}
