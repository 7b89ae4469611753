using System.Text;
using System.Text.Json;

namespace Align.Data;

/// <summary>Cuts a JSON file that is one list into its rows.</summary>
internal static class JsonList
{
    private const long Largest = 1L << 30;

    private static readonly string[] Wrappers = ["data", "rows", "train", "examples", "items"];

    public static List<byte[]> Rows(string file, Stream stream)
    {
        using var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            content.Write(buffer, 0, read);
            if (content.Length > Largest) throw new DataException(file, "file too large", "A JSON list is read into memory, at most 1 GB. As JSON lines a file may be of any size: jq -c '.[]' FILE > rows.jsonl.");
        }

        var bytes = content.ToArray();
        var start = bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(start));
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Array) return [.. root.EnumerateArray().Select(r => Encoding.UTF8.GetBytes(r.GetRawText()))];
            if (root.ValueKind == JsonValueKind.Object && root.EnumerateObject().FirstOrDefault(p => Wrappers.Contains(p.Name) && p.Value.ValueKind == JsonValueKind.Array) is { Name: { } wrapper })
                throw new DataException(file, $"rows are under the field {wrapper}", $"Take them out: jq -c '.{wrapper}[]' FILE > rows.jsonl.");
            return root.ValueKind == JsonValueKind.Object
                ? [Encoding.UTF8.GetBytes(root.GetRawText())]
                : throw new DataException(file, "no list of rows", $"The file is one {root.ValueKind}; a list of objects, or JSON lines, were expected.");
        }
        catch (JsonException e)
        {
            throw new DataException(file, "invalid JSON", $"{e.Message} The file may have been cut short.", (e.LineNumber ?? 0) + 1, (int)(e.BytePositionInLine ?? 0) + 1, inner: e);
        }
    }
}
