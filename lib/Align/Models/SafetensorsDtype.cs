using static TorchSharp.torch;

namespace Align.Models;

/// <summary>An element type of the format.</summary>
/// <param name="Name">The word in the header, such as <c>BF16</c>.</param>
/// <param name="Bits">Bits of one element.</param>
/// <param name="Torch">The type of the tensor that it becomes; null where TorchSharp has none that holds its values.</param>
/// <param name="IsDecoded">Whether the bytes are decoded value by value, because TorchSharp lacks the type itself.</param>
internal sealed record SafetensorsDtype(string Name, int Bits, ScalarType? Torch = null, bool IsDecoded = false)
{
    /// <summary>Every type the format has, in the order by which the reference writer sorts (it writes the last of these first).</summary>
    public static IReadOnlyList<SafetensorsDtype> All { get; } =
    [
        new("BOOL", 8, ScalarType.Bool),
        new("F4", 4),
        new("F6_E2M3", 6),
        new("F6_E3M2", 6),
        new("U8", 8, ScalarType.Byte),
        new("I8", 8, ScalarType.Int8),
        new("F8_E5M2", 8, ScalarType.Float32, IsDecoded: true),
        new("F8_E4M3", 8, ScalarType.Float32, IsDecoded: true),
        new("F8_E8M0", 8),
        new("F8_E4M3FNUZ", 8),
        new("F8_E5M2FNUZ", 8),
        new("I16", 16, ScalarType.Int16),
        new("U16", 16, ScalarType.Int32, IsDecoded: true),
        new("F16", 16, ScalarType.Float16),
        new("BF16", 16, ScalarType.BFloat16),
        new("I32", 32, ScalarType.Int32),
        new("U32", 32, ScalarType.Int64, IsDecoded: true),
        new("F32", 32, ScalarType.Float32),
        new("C64", 64, ScalarType.ComplexFloat32),
        new("F64", 64, ScalarType.Float64),
        new("I64", 64, ScalarType.Int64),
        new("U64", 64),
    ];

    private static readonly Dictionary<string, SafetensorsDtype> ByName = All.ToDictionary(d => d.Name, StringComparer.Ordinal);
    private static readonly Dictionary<ScalarType, SafetensorsDtype> ByTorch =
        All.Where(d => d is { Torch: not null, IsDecoded: false }).ToDictionary(d => d.Torch!.Value);
    private static readonly Dictionary<string, int> Ranks = All.Index().ToDictionary(d => d.Item.Name, d => d.Index, StringComparer.Ordinal);

    private static readonly ScalarType[] Floats = [ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64];
    private static readonly Dictionary<ScalarType, ScalarType[]> Wider = new()
    {
        [ScalarType.Bool] = [ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Int32, ScalarType.Int64, .. Floats],
        [ScalarType.Byte] = [ScalarType.Int16, ScalarType.Int32, ScalarType.Int64, .. Floats],
        [ScalarType.Int8] = [ScalarType.Int16, ScalarType.Int32, ScalarType.Int64, .. Floats],
        [ScalarType.Int16] = [ScalarType.Int32, ScalarType.Int64, ScalarType.Float32, ScalarType.Float64],
        [ScalarType.Int32] = [ScalarType.Int64, ScalarType.Float64],
        [ScalarType.Float16] = Floats,
        [ScalarType.BFloat16] = Floats,
        [ScalarType.Float32] = Floats,
        [ScalarType.Float64] = Floats,
    };

    /// <summary>The place in the writer's order.</summary>
    public int Rank => Ranks[Name];

    /// <summary>Whether the values are floating-point numbers.</summary>
    public bool IsFloating => Name[0] is 'F' || Name == "BF16";

    /// <summary>The type of that name, or null.</summary>
    public static SafetensorsDtype? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The type that a tensor is written as, or null where the format has none.</summary>
    public static SafetensorsDtype? Of(ScalarType type) => ByTorch.GetValueOrDefault(type);

    /// <summary>Whether a tensor of the type <paramref name="to"/> may take these values: floating point is rounded to any floating point, anything else goes where every one of its values fits.</summary>
    public bool GoesInto(ScalarType to) => Torch is { } from && (from == to || Wider.TryGetValue(from, out var targets) && targets.Contains(to));
}
