using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Align.Tests.Models;

/// <summary>Files made and taken apart byte by byte, without the library.</summary>
internal static class RawSafetensors
{
    /// <summary>A file of this header, as it stands, and this data.</summary>
    public static byte[] File(string header, params byte[] data) => File(Encoding.UTF8.GetBytes(header), data);

    /// <summary>A file of this header, as it stands, and this data.</summary>
    public static byte[] File(byte[] header, params byte[] data)
    {
        var file = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        data.CopyTo(file, 8 + header.Length);
        return file;
    }

    /// <summary>The bytes of one tensor of a good file.</summary>
    public static byte[] BytesOf(byte[] file, string tensor)
    {
        var (header, start) = HeaderOf(file);
        var offsets = header[tensor]!["data_offsets"]!.AsArray();
        return file[(start + offsets[0]!.GetValue<int>())..(start + offsets[1]!.GetValue<int>())];
    }

    /// <summary>The header of a good file, and where its data begins.</summary>
    public static (JsonObject Header, int DataStart) HeaderOf(byte[] file)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        return (JsonNode.Parse(file.AsSpan(8, length))!.AsObject(), 8 + length);
    }
}
