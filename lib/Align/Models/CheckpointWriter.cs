using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Align.Runtime;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>Writes a checkpoint folder: everything into a folder inside it first, then each file under its name.</summary>
internal static partial class CheckpointWriter
{
    private const string Staging = ".saving";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };

    public static void Write(string path, JsonObject config, IReadOnlyList<StoredWeight> tensors, long shardBytes)
    {
        if (tensors.GroupBy(t => t.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } doubled)
            throw new SafetensorsException(path, "two tensors have this name. Give one of them another.", doubled.Key, "R14 DuplicateKey");

        Directory.CreateDirectory(path);
        var staging = Path.Combine(path, Staging);
        if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true); // left by a process that died
        try
        {
            Directory.CreateDirectory(staging);
            var shards = Shards(tensors, shardBytes);
            foreach (var (name, shard) in shards) SafetensorsWriter.Write(Path.Combine(staging, name), shard, Metadata);
            if (shards.Count > 1) WriteText(Path.Combine(staging, CheckpointIndex.FileName), Index(shards));
            WriteText(Path.Combine(staging, "config.json"), config);
            Publish(path, staging);
        }
        finally
        {
            if (Directory.Exists(staging)) Directory.Delete(staging, recursive: true);
        }
    }

    // Filled in the order given, as transformers does.
    private static List<(string File, List<StoredWeight> Tensors)> Shards(IReadOnlyList<StoredWeight> tensors, long shardBytes)
    {
        var shards = new List<List<StoredWeight>> { new() };
        long size = 0;
        foreach (var tensor in tensors)
        {
            if (shards[^1].Count > 0 && size + tensor.ByteCount > shardBytes)
            {
                shards.Add([]);
                size = 0;
            }

            shards[^1].Add(tensor);
            size += tensor.ByteCount;
        }

        return shards.Count == 1
            ? [(CheckpointShards.SingleFile, shards[0])]
            : [.. shards.Select((s, i) => (string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:d5}-of-{shards.Count:d5}.safetensors"), s))];
    }

    private static JsonObject Index(List<(string File, List<StoredWeight> Tensors)> shards)
    {
        var places = shards.SelectMany(s => s.Tensors.Select(t => (t.Name, s.File))).OrderBy(p => p.Name, StringComparer.Ordinal);
        return new()
        {
            ["metadata"] = new JsonObject { ["total_size"] = shards.Sum(s => s.Tensors.Sum(t => t.ByteCount)) },
            ["weight_map"] = new JsonObject(places.Select(p => KeyValuePair.Create(p.Name, (JsonNode?)p.File))),
        };
    }

    /// <summary>Writes JSON to be read by people, too.</summary>
    public static void WriteText(string path, JsonObject json) =>
        AtomicFile.Write(path, stream =>
        {
            JsonSerializer.Serialize(stream, json, Indented);
            stream.WriteByte((byte)'\n');
        });

    // The file that makes the folder a checkpoint comes last. A single file replaces an older one at a stroke and hides older shards;
    // before shards are put in place, whatever could make an older checkpoint of them goes.
    private static void Publish(string path, string staging)
    {
        var (single, index) = (Path.Combine(path, CheckpointShards.SingleFile), Path.Combine(path, CheckpointIndex.FileName));
        var isSingle = File.Exists(Path.Combine(staging, CheckpointShards.SingleFile));
        if (!isSingle) DeleteOld();
        foreach (var file in Directory.GetFiles(staging).OrderBy(f => Path.GetFileName(f) is CheckpointIndex.FileName or CheckpointShards.SingleFile))
            File.Move(file, Path.Combine(path, Path.GetFileName(file)), overwrite: true);
        if (isSingle) DeleteOld();
        AtomicFile.FlushFolder(path);

        void DeleteOld()
        {
            File.Delete(index);
            if (!isSingle) File.Delete(single);
            foreach (var old in Directory.GetFiles(path).Where(f => ShardName().IsMatch(Path.GetFileName(f)))) File.Delete(old);
        }
    }

    [GeneratedRegex(@"^model-\d{5}-of-\d{5}\.safetensors$")]
    private static partial Regex ShardName();
}
