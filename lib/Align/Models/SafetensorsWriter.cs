using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Align.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>Writes the bytes that the reference's <c>save_file</c> writes: types in its order, then names, a header padded to 8 bytes.</summary>
internal static class SafetensorsWriter
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly SearchValues<char> Escaped = SearchValues.Create([.. Enumerable.Range(0, ' ').Select(c => (char)c), '"', '\\']);

    private sealed record Item(string Name, byte[] Utf8Name, Tensor Tensor, SafetensorsDtype Type);

    public static void Write(string path, IEnumerable<StoredWeight> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var items = Sorted(path, tensors);
        var header = Header(path, items, metadata);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            foreach (var item in items) WriteValues(stream, item.Tensor, item.Type.Torch!.Value);
        });
    }

    // The reference compares names byte by byte, which for letters beyond U+FFFF is another order than that of UTF-16.
    private static List<Item> Sorted(string path, IEnumerable<StoredWeight> tensors)
    {
        var items = new List<Item>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, tensor, stored) in tensors)
        {
            if (name == SafetensorsHeaderJson.MetadataName) throw new SafetensorsException(path, "this name is the format's own. Give the tensor another.", name);
            if (!names.Add(name)) throw new SafetensorsException(path, "two tensors have this name. Give one of them another.", name, "R14 DuplicateKey");
            var type = SafetensorsDtype.Of(stored)
                ?? throw new SafetensorsException(path, $"the format has no type for {stored}. Convert the tensor first.", name);
            items.Add(new(name, Encode(path, name), tensor, type));
        }

        items.Sort((a, b) => a.Type == b.Type ? a.Utf8Name.AsSpan().SequenceCompareTo(b.Utf8Name) : b.Type.Rank - a.Type.Rank);
        return items;
    }

    private static byte[] Header(string path, List<Item> items, IReadOnlyDictionary<string, string>? metadata)
    {
        using var header = new MemoryStream();
        header.Write(stackalloc byte[sizeof(ulong)]);
        Append("{");
        if (metadata is { Count: > 0 })
        {
            Append($"\"{SafetensorsHeaderJson.MetadataName}\":");
            var separator = '{';
            foreach (var (key, value) in metadata.OrderBy(p => p.Key, StringComparer.Ordinal))
            {
                Append($"{separator}{Json(key)}:{Json(value)}");
                separator = ',';
            }

            Append(items.Count > 0 ? "}," : "}");
        }

        var (offset, written) = (0L, 0);
        foreach (var (name, _, tensor, type) in items)
        {
            var end = offset + tensor.numel() * type.Bits / 8;
            var shape = string.Join(',', tensor.shape);
            Append($"{Json(name)}:{{\"dtype\":\"{type.Name}\",\"shape\":[{shape}],\"data_offsets\":[{offset},{end}]}}{(++written < items.Count ? "," : "")}");
            offset = end;
        }

        Append("}");
        while (header.Length % sizeof(ulong) != 0) Append(" ");
        var bytes = header.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(bytes.Length - sizeof(ulong)));
        return bytes;

        void Append(string text)
        {
            var utf8 = Encode(path, text);
            if (header.Length + utf8.Length > sizeof(ulong) + SafetensorsHeader.MaxLength)
                throw new SafetensorsException(path, $"the header would be longer than the {SafetensorsHeader.MaxLength} bytes that the format allows. Write fewer tensors or less metadata into one file.", rule: "R15 HeaderTooLarge");
            header.Write(utf8);
        }
    }

    private static byte[] Encode(string path, string text)
    {
        try
        {
            return Utf8.GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new SafetensorsException(path, $"{Quoted.Name(text)} has half of a surrogate pair, which is no Unicode. Give it another name.", rule: "R4", inner: e);
        }
    }

    // Only what JSON demands is escaped, as the reference does; System.Text.Json would escape more.
    private static string Json(string text)
    {
        if (!text.AsSpan().ContainsAny(Escaped)) return $"\"{text}\"";
        var json = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                < ' ' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }

        return json.Append('"').ToString();
    }

    private static void WriteValues(Stream stream, Tensor tensor, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var count = tensor.numel();
        if (count == 0) return;
        var (rows, view) = tensor.is_contiguous() ? (count, tensor.detach().view(-1)) : (tensor.size(0), tensor.detach());
        var (rowLength, pieceLength) = (count / rows, PieceReader.PieceBytes / tensor.element_size());
        if (rowLength > pieceLength)
        {
            for (long row = 0; row < rows; row++) WriteValues(stream, view.select(0, row), type);
            return;
        }

        var rowsPerPiece = pieceLength / rowLength;
        for (long row = 0; row < rows; row += rowsPerPiece)
        {
            using var pieceScope = NewDisposeScope();
            stream.Write(view.narrow(0, row, Math.Min(rowsPerPiece, rows - row)).cpu().to(type).contiguous().resolve_conj().resolve_neg().bytes);
        }
    }
}
