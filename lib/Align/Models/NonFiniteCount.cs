namespace Align.Models;

/// <summary>The values of a tensor that are no finite numbers. They are allowed in a file and are seldom meant.</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="NaN">How many are no number.</param>
/// <param name="PositiveInfinity">How many are +∞.</param>
/// <param name="NegativeInfinity">How many are −∞.</param>
public sealed record NonFiniteCount(string Tensor, long NaN, long PositiveInfinity, long NegativeInfinity)
{
    /// <summary>The counts in words, for messages.</summary>
    public override string ToString() => $"{Quoted.Name(Tensor)}: {NaN} NaN, {PositiveInfinity} +∞, {NegativeInfinity} −∞";
}
