namespace Align.Models;

/// <summary>Opens the weights of a checkpoint folder, one file or shards, and settles which file each tensor is taken from.</summary>
internal sealed class CheckpointShards : IDisposable
{
    public const string SingleFile = "model.safetensors";

    private readonly List<SafetensorsFile> _files = [];
    private readonly OrderedDictionary<string, SafetensorsFile> _fileOf = new(StringComparer.Ordinal);
    private readonly List<string> _warnings = [];

    /// <summary>What is odd but no error.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>The file of each tensor.</summary>
    public IReadOnlyDictionary<string, SafetensorsFile> FileOf => _fileOf;

    /// <summary>Opens the files of a folder.</summary>
    public static CheckpointShards Open(string folder)
    {
        var shards = new CheckpointShards();
        try
        {
            var (single, index) = (Path.Combine(folder, SingleFile), Path.Combine(folder, CheckpointIndex.FileName));
            if (File.Exists(single)) shards.OpenSingle(single, besideIndex: File.Exists(index));
            else if (File.Exists(index)) shards.OpenShards(folder, CheckpointIndex.Read(index));
            else throw NoWeights(folder);
            return shards;
        }
        catch
        {
            shards.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
    }

    private void OpenSingle(string path, bool besideIndex)
    {
        var file = Add(path);
        foreach (var tensor in file.Tensors) _fileOf.Add(tensor.Name, file);
        if (besideIndex) _warnings.Add($"{path}: it lies beside {CheckpointIndex.FileName}; the single file is taken and the shards are not, as transformers does. Delete the one that is not meant.");
    }

    private void OpenShards(string folder, CheckpointIndex index)
    {
        var counts = index.WeightMap.Values.CountBy(s => s, StringComparer.Ordinal).OrderBy(s => s.Key, StringComparer.Ordinal).ToList();
        var absent = counts.Where(s => !File.Exists(Path.Combine(folder, s.Key))).ToList();
        if (absent.Count > 0)
            throw new CheckpointException(index.Path, $"it names files that are not there: {string.Join(", ", absent.Select(s => $"{s.Key} with {s.Value} tensors"))}. Fetch them; nothing was loaded.");

        var shards = counts.ToDictionary(s => s.Key, s => Add(Path.Combine(folder, s.Key)), StringComparer.Ordinal);
        var holders = shards.SelectMany(s => s.Value.Tensors.Select(t => (t.Name, Shard: s.Key))).ToLookup(h => h.Name, h => h.Shard, StringComparer.Ordinal);
        Settle(index, shards, holders);
        var bytes = _fileOf.Sum(f => f.Value[f.Key].ByteCount);
        if (index.TotalSize is { } total && total != bytes) _warnings.Add($"{index.Path}: total_size says {total} bytes, the tensors have {bytes}.");
    }

    private void Settle(CheckpointIndex index, Dictionary<string, SafetensorsFile> shards, ILookup<string, string> holders)
    {
        var faults = new List<string>();
        foreach (var (tensor, shard) in index.WeightMap)
        {
            if (holders[tensor].Contains(shard)) _fileOf.Add(tensor, shards[shard]);
            else faults.Add($"{Quoted.Name(tensor)} is in {(holders.Contains(tensor) ? string.Join(" and ", holders[tensor]) : "no shard")} and not in {shard}, which the index names");
        }

        foreach (var holder in holders)
        {
            var listed = index.WeightMap.TryGetValue(holder.Key, out var shard);
            if (listed && holder.Count() > 1)
                _warnings.Add($"{index.Path}: {Quoted.Name(holder.Key)} is in {string.Join(" and ", holder)}; the one in {shard}, which the index names, is taken.");
            if (listed) continue;
            if (holder.Count() > 1) faults.Add($"{Quoted.Name(holder.Key)} is in {string.Join(" and ", holder)} and the index does not say which counts");
            else
            {
                _warnings.Add($"{index.Path}: it does not list {Quoted.Name(holder.Key)}, which is in {holder.Single()} and is taken from there.");
                _fileOf.Add(holder.Key, shards[holder.Single()]);
            }
        }

        if (faults.Count > 0) throw new CheckpointException(index.Path, $"the index and the shards disagree: {string.Join("; ", faults)}. Fetch them again from one source; nothing was loaded.");
    }

    private SafetensorsFile Add(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        return file;
    }

    private static CheckpointException NoWeights(string folder)
    {
        string[] pickles = [.. FilesLike("*.bin"), .. FilesLike("*.pt"), .. FilesLike("*.pth"), .. FilesLike("*.ckpt")];
        if (pickles.Length > 0)
            return new(folder, $"this checkpoint has only a pickle ({string.Join(", ", pickles)}), which can run code when it is opened and is never opened here: convert it to safetensors.");
        var others = FilesLike("*.safetensors").ToList();
        var hint = others.Count == 0 ? "Fetch one of them." : $"There is {string.Join(", ", others)}: rename it, or fetch the index of the shards.";
        return new(folder, $"there are no weights: neither {SingleFile} nor {CheckpointIndex.FileName} is in the folder. {hint}");

        IEnumerable<string> FilesLike(string pattern) => Directory.EnumerateFiles(folder, pattern).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);
    }
}
