using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests;

/// <summary>Arrays in golden JSON as tensors in fp64.</summary>
internal static class Matrices
{
    public static Tensor Vector(this JsonNode node) => tensor(node.Numbers(), ScalarType.Float64);

    /// <summary>Rows of equal length. Shape [R, C].</summary>
    public static Tensor Matrix(this JsonNode node)
    {
        var rows = node.AsArray().Select(r => r!.Numbers()).ToArray();
        return tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, rows[0].Length], ScalarType.Float64);
    }

    /// <summary>Matrices of equal shape. Shape [M, R, C].</summary>
    public static Tensor Cube(this JsonNode node) => stack([.. node.AsArray().Select(m => m!.Matrix())]);

    public static int[] Ids(this JsonNode node) => [.. node.AsArray().Select(i => (int)i!)];
}
