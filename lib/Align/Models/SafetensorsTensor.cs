namespace Align.Models;

/// <summary>A tensor as the header of a safetensors file lists it.</summary>
/// <param name="Name">Its name. Names are compared letter for letter and are never used as paths.</param>
/// <param name="Dtype">The format's word for its element type, such as <c>BF16</c>.</param>
/// <param name="Shape">Its dimensions; none for a single number.</param>
/// <param name="Begin">Where its bytes begin, counted from the end of the header.</param>
/// <param name="End">Where they end: the first byte that is not its own.</param>
public sealed record SafetensorsTensor(string Name, string Dtype, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Its bytes in the file.</summary>
    public long ByteCount => End - Begin;

    /// <summary>Name, type and shape, for messages.</summary>
    public override string ToString() => $"{Quoted.Name(Name)} {Dtype} {Quoted.Shape(Shape)}";

    internal SafetensorsDtype Type => SafetensorsDtype.Find(Dtype)!;

    internal long Count => ByteCount * 8 / Type.Bits;
}
