using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>Reads the values of one stored tensor in pieces, decodes those that TorchSharp has no type for, and counts what is not finite.</summary>
internal sealed class PieceReader(SafeFileHandle handle, string path, SafetensorsTensor tensor, long dataStart)
{
    /// <summary>No piece is longer, neither in the file nor as a tensor.</summary>
    public const int PieceBytes = 16 << 20;

    private readonly NonFiniteScan _scan = new();
    private readonly int _storedBytes = tensor.Type.Bits / 8;
    private byte[] _stored = [];

    /// <summary>The type of the values that <see cref="Read"/> gives.</summary>
    public ScalarType Type { get; } = tensor.Type.Torch!.Value;

    /// <summary>Bytes of one such value.</summary>
    public int ElementBytes => tensor.Type switch
    {
        { IsDecoded: false } => _storedBytes,
        { Torch: ScalarType.Int64 } => sizeof(long),
        _ => sizeof(int),
    };

    /// <summary>Values in a whole piece.</summary>
    public long PieceLength => PieceBytes / ElementBytes;

    /// <summary>What was not finite in the pieces read so far.</summary>
    public NonFiniteCount? NonFinite => _scan.Of(tensor.Name);

    /// <summary>Reads values from the one numbered <paramref name="first"/> on, as many as fit.</summary>
    public void Read(long first, Span<byte> values)
    {
        if (tensor.Type.IsDecoded)
        {
            var length = values.Length / ElementBytes * _storedBytes;
            if (_stored.Length < length) _stored = new byte[length];
            ReadBytes(first, _stored.AsSpan(0, length));
            Decode(_stored.AsSpan(0, length), values);
        }
        else
        {
            ReadBytes(first, values);
            // Any byte but 0 is true in the file; in memory only 1 is.
            if (Type == ScalarType.Bool) foreach (ref var b in values) b = b == 0 ? (byte)0 : (byte)1;
        }

        _scan.Add(values, Type);
    }

    private void ReadBytes(long first, Span<byte> bytes)
    {
        for (var position = dataStart + tensor.Begin + first * _storedBytes; bytes.Length > 0;)
        {
            var count = RandomAccess.Read(handle, bytes, position);
            if (count == 0) throw new SafetensorsException(path, "the file has become shorter since it was opened. Copy it aside before another program writes it.", tensor.Name);
            bytes = bytes[count..];
            position += count;
        }
    }

    private void Decode(ReadOnlySpan<byte> stored, Span<byte> values)
    {
        switch (tensor.Dtype)
        {
            case "U16":
                var ints = MemoryMarshal.Cast<byte, int>(values);
                for (var i = 0; i < ints.Length; i++) ints[i] = BinaryPrimitives.ReadUInt16LittleEndian(stored[(2 * i)..]);
                break;
            case "U32":
                var longs = MemoryMarshal.Cast<byte, long>(values);
                for (var i = 0; i < longs.Length; i++) longs[i] = BinaryPrimitives.ReadUInt32LittleEndian(stored[(4 * i)..]);
                break;
            default:
                var floats = MemoryMarshal.Cast<byte, float>(values);
                var table = tensor.Dtype == "F8_E4M3" ? Float8.E4M3 : Float8.E5M2;
                for (var i = 0; i < floats.Length; i++) floats[i] = table[stored[i]];
                break;
        }
    }
}
