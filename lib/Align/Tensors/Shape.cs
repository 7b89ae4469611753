using System.Runtime.CompilerServices;
using Align.Runtime;
using static TorchSharp.torch;

namespace Align.Tensors;

/// <summary>Shapes are asserted at the door: a transposed or mis-sized argument throws here, and never broadcasts or reaches native code.</summary>
public static class Shape
{
    /// <summary>Throws unless <paramref name="tensor"/> has these sizes; -1 stands for any size.</summary>
    /// <exception cref="ShapeException">The sizes differ.</exception>
    public static void Is(Tensor tensor, ReadOnlySpan<long> sizes, [CallerArgumentExpression(nameof(tensor))] string name = "")
    {
        var actual = tensor.shape;
        var same = actual.Length == sizes.Length;
        for (var i = 0; same && i < sizes.Length; i++) same = sizes[i] == -1 || sizes[i] == actual[i];
        if (!same) throw new ShapeException($"{name} has shape {Text(actual)}, expected {Text(sizes)}.");
    }

    /// <summary>Throws unless both tensors have the same sizes.</summary>
    /// <exception cref="ShapeException">The sizes differ.</exception>
    public static void Same(
        Tensor first,
        Tensor second,
        [CallerArgumentExpression(nameof(first))] string firstName = "",
        [CallerArgumentExpression(nameof(second))] string secondName = "")
    {
        var (a, b) = (first.shape, second.shape);
        if (!a.AsSpan().SequenceEqual(b)) throw new ShapeException($"{firstName} has shape {Text(a)} and {secondName} has {Text(b)}: they must be the same.");
    }

    /// <summary>A shape as text, such as <c>[4, 17]</c>.</summary>
    internal static string Text(ReadOnlySpan<long> sizes) => $"[{string.Join(", ", sizes.ToArray().Select(s => s == -1 ? "any" : s.ToString(System.Globalization.CultureInfo.InvariantCulture)))}]";
}

/// <summary>A tensor with another shape than the one the documentation names.</summary>
public sealed class ShapeException(string message) : AlignException(message);
