using System.Text.Json;
using System.Text.Json.Nodes;

namespace Align.Models;

/// <summary><c>model.safetensors.index.json</c>: which shard holds which tensor.</summary>
/// <param name="Path">The index file.</param>
/// <param name="WeightMap">Shard by tensor.</param>
/// <param name="TotalSize">The bytes of all tensors, where the index gives them.</param>
internal sealed record CheckpointIndex(string Path, IReadOnlyDictionary<string, string> WeightMap, double? TotalSize)
{
    public const string FileName = "model.safetensors.index.json";

    /// <summary>Reads and checks an index. A shard must be a plain file name: an index is data, and data does not choose what is opened outside its folder.</summary>
    public static CheckpointIndex Read(string path)
    {
        var index = CheckpointJson.Read(path);
        if (index["weight_map"] is not JsonObject map)
            throw new CheckpointException(path, "it has no object weight_map, which says in which file each tensor is. Fetch it again.");
        if (map.Count == 0) throw new CheckpointException(path, "weight_map is empty: the index lists no tensors. Fetch it again.");

        var weightMap = new OrderedDictionary<string, string>(map.Count, StringComparer.Ordinal);
        foreach (var (tensor, node) in map)
        {
            if (node is not JsonValue value || !value.TryGetValue<string>(out var shard))
                throw new CheckpointException(path, $"weight_map: the entry of {Quoted.Name(tensor)} must be a file name and is {node?.GetValueKind() ?? JsonValueKind.Null}.");
            if (!IsPlainName(shard))
                throw new CheckpointException(path, $"weight_map: {Quoted.Name(tensor)} is said to be in {Quoted.Name(shard)}. A shard must be a plain file name in the folder of the index; nothing outside is opened.");
            weightMap.Add(tensor, shard);
        }

        var total = index["metadata"] is JsonObject metadata && metadata["total_size"] is JsonValue size && size.TryGetValue<double>(out var bytes) ? bytes : (double?)null;
        return new(path, weightMap, total);
    }

    // The same on every system: what is a path on one of them is refused on all.
    private static bool IsPlainName(string name) =>
        name.Length > 0 && name is not ("." or "..") && !name.AsSpan().ContainsAny("/\\:") && !name.Any(char.IsControl);
}
