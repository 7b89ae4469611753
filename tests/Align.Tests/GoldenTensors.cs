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
}
