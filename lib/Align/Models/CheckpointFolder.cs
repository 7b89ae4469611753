using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>A folder as Hugging Face models have it: <c>config.json</c> and <c>model.safetensors</c>, or shards with an index.</summary>
public sealed class CheckpointFolder : IDisposable
{
    private const string ConfigFile = "config.json";

    private readonly CheckpointShards _shards;
    private OrderedDictionary<string, SafetensorsTensor> _tensors = new(StringComparer.Ordinal); // by the name that models know

    private CheckpointFolder(string path, JsonObject config, CheckpointShards shards)
    {
        (Path, Config, _shards) = (path, config, shards);
        foreach (var (name, file) in shards.FileOf) _tensors.Add(name, file[name]);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>What <c>config.json</c> holds.</summary>
    public JsonObject Config { get; }

    /// <summary>Every tensor of the checkpoint.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors => _tensors.Values;

    /// <summary>What is odd about the folder but no error, such as a tensor that two shards hold.</summary>
    public IReadOnlyList<string> Warnings => _shards.Warnings;

    /// <summary>Opens a folder: reads the configuration and every header, and no weights yet. No pickle is ever opened.</summary>
    /// <exception cref="CheckpointException">The folder has no weights or no configuration, or its index is faulty.</exception>
    /// <exception cref="SafetensorsException">A file of weights is damaged.</exception>
    public static CheckpointFolder Open(string path)
    {
        if (!Directory.Exists(path))
            throw new CheckpointException(path, File.Exists(path) ? "this is a file: give the folder it is in." : "there is no such folder.");
        var config = System.IO.Path.Combine(path, ConfigFile);
        if (!File.Exists(config))
            throw new CheckpointException(path, $"there is no {ConfigFile}, which says what model the weights are for. Fetch it from where the weights are from.");
        return new(path, CheckpointJson.Read(config), CheckpointShards.Open(path));
    }

    /// <summary>Compares the checkpoint with the tensors that a model needs, before any memory is taken for them.</summary>
    /// <param name="expected">Name and shape of each.</param>
    /// <param name="ignore">Tells which tensors of the checkpoint may be there without a place in the model, such as <c>rotary_emb.inv_freq</c>.</param>
    /// <param name="strict">Whether any other tensor without a place is an error.</param>
    /// <exception cref="CheckpointException">Tensors are missing, of another shape or no floating point: all of them are listed.</exception>
    public void Check(IEnumerable<(string Name, long[] Shape)> expected, Func<string, bool>? ignore = null, bool strict = false) =>
        Check([.. expected.Select(e => (e.Name, e.Shape, (ScalarType?)null))], ignore, strict);

    /// <summary>Fills a model's tensors in place and converts to their type. Whatever the headers can tell is checked before the first byte is copied.</summary>
    /// <param name="destinations">The model's tensors; a transposed or narrowed view is filled as well.</param>
    /// <param name="ignore">Tells which tensors of the checkpoint may be there without a place in the model, such as <c>rotary_emb.inv_freq</c>.</param>
    /// <param name="strict">Whether any other tensor without a place is an error; by default it is reported.</param>
    /// <exception cref="CheckpointException">Tensors are missing, of another shape or no floating point: all of them are listed.</exception>
    public CheckpointReport Load(IEnumerable<(string Name, Tensor Destination)> destinations, Func<string, bool>? ignore = null, bool strict = false)
    {
        var places = destinations.ToList();
        var difference = Check([.. places.Select(p => (p.Name, p.Destination.shape, (ScalarType?)p.Destination.dtype))], ignore, strict);

        var nonFinite = new List<NonFiniteCount>();
        var converted = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, destination) in places.OrderBy(p => FileOf(p.Name).Path, StringComparer.Ordinal).ThenBy(p => _tensors[p.Name].Begin))
        {
            var tensor = _tensors[name];
            if (FileOf(name).Fill(tensor, destination) is { } count) nonFinite.Add(count);
            if (tensor.Type.IsDecoded || tensor.Type.Torch != destination.dtype)
            {
                var conversion = $"from {tensor.Dtype} to {destination.dtype}";
                converted[conversion] = converted.GetValueOrDefault(conversion) + 1;
            }
        }

        return new(difference.Unexpected, nonFinite, [.. Warnings, .. Messages()]);

        IEnumerable<string> Messages()
        {
            if (difference.Unexpected.Count > 0)
                yield return $"{Path}: {difference.Unexpected.Count} tensors have no place in the model and were left out: {string.Join("; ", difference.Unexpected)}.";
            foreach (var (conversion, count) in converted) yield return $"{Path}: {count} tensors were converted {conversion}.";
            if (nonFinite.Count > 0) yield return $"{Path}: weights are not finite: {string.Join("; ", nonFinite)}.";
        }
    }

    /// <summary>Writes a folder that this class and <c>transformers</c> open: the configuration and the weights, in shards where they are large.</summary>
    /// <remarks>Other files in the folder stay. An older checkpoint there is replaced when the new one is whole and on the disk; should that be interrupted, the folder may refuse to open, but never mixes the two.</remarks>
    /// <param name="path">The folder; it is made where it is not there.</param>
    /// <param name="config">What <c>config.json</c> is to hold.</param>
    /// <param name="tensors">The weights in the order in which they fill the shards.</param>
    /// <param name="shardBytes">How much one file holds at most; a tensor that is larger has a file to itself.</param>
    /// <exception cref="SafetensorsException">A name is there twice, or a type is none of the format's.</exception>
    public static void Save(string path, JsonObject config, IEnumerable<(string Name, Tensor Tensor)> tensors, long shardBytes = 5_000_000_000) =>
        CheckpointWriter.Write(path, config, [.. tensors.Select(t => new StoredWeight(t.Name, t.Tensor, t.Tensor.dtype))], shardBytes);

    /// <inheritdoc/>
    public void Dispose() => _shards.Dispose();

    /// <summary>Calls tensors by other names from now on; in messages they keep those of the files.</summary>
    internal void Rename(Func<string, string> name)
    {
        var renamed = new OrderedDictionary<string, SafetensorsTensor>(_tensors.Count, StringComparer.Ordinal);
        foreach (var (old, tensor) in _tensors) renamed.Add(name(old), tensor);
        _tensors = renamed;
    }

    /// <summary>The tensor of that name, or null.</summary>
    internal SafetensorsTensor? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>The type in which each tensor is stored, where TorchSharp has it.</summary>
    internal Dictionary<string, ScalarType> Types() =>
        _tensors.Where(t => t.Value.Type is { Torch: not null, IsDecoded: false }).ToDictionary(t => t.Key, t => t.Value.Type.Torch!.Value, StringComparer.Ordinal);

    /// <summary>Whether two tensors hold the same values.</summary>
    internal bool AreEqual(string first, string second)
    {
        using var scope = NewDisposeScope();
        if (!_tensors[first].Shape.SequenceEqual(_tensors[second].Shape)) return false;
        return Load(first).eq(Load(second)).all().ToBoolean();

        Tensor Load(string name) => FileOf(name).Load(_tensors[name].Name);
    }

    private SafetensorsFile FileOf(string name) => _shards.FileOf[_tensors[name].Name];

    private CheckpointDifference Check(IReadOnlyList<(string Name, long[] Shape, ScalarType? Type)> expected, Func<string, bool>? ignore, bool strict)
    {
        var difference = CheckpointDifference.Of(_tensors, expected, ignore);
        return difference.IsFatal || strict && difference.Unexpected.Count > 0 ? throw new CheckpointException(difference, Path) : difference;
    }
}
