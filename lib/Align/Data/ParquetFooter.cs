using System.Buffers.Binary;

namespace Align.Data;

/// <summary>Walks over a Parquet footer (Thrift's compact protocol) and makes sure that it ends where it says: Parquet.Net takes what lies behind a damaged one for more fields, and reads on for ever.</summary>
/// <param name="bytes">The footer.</param>
internal ref struct ParquetFooter(ReadOnlySpan<byte> bytes)
{
    private const int DeepestNesting = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>What is wrong with the footer of a file; null where it is whole.</summary>
    public static string? Problem(Stream file)
    {
        if (file.Length < 12) return "It has fewer bytes than a Parquet file's frame.";
        Span<byte> tail = stackalloc byte[8];
        file.Seek(-8, SeekOrigin.End);
        file.ReadExactly(tail);
        if (!tail[4..].SequenceEqual("PAR1"u8)) return "Its last bytes are not those of a Parquet file.";
        var length = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (length == 0 || length > file.Length - 12) return $"Its footer says that it is {length} bytes long.";
        var footer = new byte[length];
        file.Seek(-8 - length, SeekOrigin.End);
        file.ReadExactly(footer);
        return new ParquetFooter(footer).IsWhole() ? null : "Its footer does not end where it says.";
    }

    private bool IsWhole() => Struct(0) && _at == _bytes.Length;

    private bool Struct(int depth)
    {
        while (depth < DeepestNesting && Byte() is { } header)
        {
            if (header == 0) return true;
            if (header >> 4 == 0 && Number() is null) return false; // the field's number
            if ((header & 15) > 2 && !Value(header & 15, depth)) return false; // true and false stand in the type
        }

        return false;
    }

    private bool Value(int type, int depth) => type switch
    {
        1 or 2 or 3 => Skip(1),
        4 or 5 or 6 => Number() is not null,
        7 => Skip(8),
        8 => Number() is { } length && Skip(length),
        9 or 10 => List(depth),
        12 => Struct(depth + 1),
        _ => false, // maps, which footers have not
    };

    private bool List(int depth)
    {
        if (Byte() is not { } header) return false;
        if ((header >> 4 == 15 ? Number() : (ulong)(header >> 4)) is not { } count) return false;
        for (; count > 0; count--)
            if (!Value(header & 15, depth)) return false;
        return true;
    }

    private byte? Byte() => _at < _bytes.Length ? _bytes[_at++] : null;

    private ulong? Number()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64 && Byte() is { } part; shift += 7)
        {
            value |= (ulong)(part & 127) << shift;
            if (part < 128) return value;
        }

        return null;
    }

    private bool Skip(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _at)) return false;
        _at += (int)count;
        return true;
    }
}
