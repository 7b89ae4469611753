using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>Decoders out of folders and into folders. The ways in which files name, tie and store the same weights end here.</summary>
internal static class DecoderFiles
{
    public const long ShardBytes = 5_000_000_000;

    /// <summary>Loads a decoder, and the score of a reward model where there is to be one.</summary>
    /// <param name="files">The folder, open.</param>
    /// <param name="config">What it describes; without a head there is a score.</param>
    /// <param name="device">Where the weights go.</param>
    /// <param name="type">Their type.</param>
    /// <param name="compute">The type of the matrix products.</param>
    /// <param name="report">Receives what is worth knowing.</param>
    public static (Decoder Decoder, Tensor? Score) Load(
        CheckpointFolder files, DecoderConfig config, Device device, ScalarType type, ScalarType? compute, Action<CheckpointReport>? report)
    {
        var (settled, notes) = Settle(files, config with { EndIds = EndIds(files.Path) ?? config.EndIds });
        (string, long[])[] beside = settled.HasHead ? [] : [(RewardModel.ScoreName, [1, settled.Hidden])];
        files.Check([.. settled.ParameterShapes(), .. beside], Ignored);
        var decoder = Decoder.Create(settled, device, type, compute, (_, shape) => empty(shape, type), new(files.Path, (JsonObject)files.Config.DeepClone(), files.Types()));
        var score = settled.HasHead ? null : zeros(1, settled.Hidden, type, device).requires_grad_(true).DetachFromDisposeScope();
        try
        {
            using var frozen = no_grad();
            var found = files.Load(score is null ? decoder.Parameters : [.. decoder.Parameters, (RewardModel.ScoreName, score)], Ignored);
            report?.Invoke(found with { Messages = [.. found.Messages, .. notes] });
            return (decoder, score);
        }
        catch
        {
            decoder.Dispose();
            score?.Dispose();
            throw;
        }

        // A head without a place is the embedding again, or a language model's under a score.
        bool Ignored(string name) => name == ParameterNames.Head || settled.Row.Buffers.Any(b => name.EndsWith(b, StringComparison.Ordinal));
    }

    /// <summary>Writes a folder. Unless a type is asked for, a weight that its stored type still holds to the last bit is written in that type.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="config">What <c>config.json</c> is to hold; its number type is set here.</param>
    /// <param name="origin">The files it came from.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="type">The type of all weights; null for their stored type where it holds them, and their own where not.</param>
    /// <param name="shardBytes">How much one file holds at most.</param>
    public static void Save(
        string folder, JsonObject config, CheckpointOrigin? origin, IReadOnlyList<(string Name, Tensor Value)> parameters, ScalarType? type, long shardBytes)
    {
        StoredWeight[] weights = [.. parameters.Select(p => new StoredWeight(p.Name, p.Value, StoredType(p.Name, p.Value)))];
        config[config.ContainsKey("dtype") ? "dtype" : "torch_dtype"] = NumberType([.. weights.Select(w => w.Type).Distinct()]);
        CheckpointWriter.Write(folder, config, weights, shardBytes);
        if (origin is not null) origin.CopyCompanions(folder);
        else WriteGeneration(folder, config);

        ScalarType StoredType(string name, Tensor value) =>
            type ?? (origin?.Types.TryGetValue(name, out var stored) == true && StoredWeight.Holds(stored, value) ? stored : value.dtype);
    }

    /// <summary>The ids that end and fill, where tools that write look for them.</summary>
    private static void WriteGeneration(string folder, JsonObject config)
    {
        var ids = new JsonObject(config.Where(c => c.Key is "eos_token_id" or "pad_token_id" && c.Value is not null).Select(c => KeyValuePair.Create(c.Key, c.Value?.DeepClone())));
        CheckpointWriter.WriteText(Path.Combine(folder, CheckpointOrigin.GenerationConfig), ids);
    }

    /// <summary>The configuration to save a decoder with: its files' own, where it was loaded.</summary>
    public static JsonObject ConfigOf(Decoder decoder)
    {
        if (decoder.Origin is null) return Families.Write(decoder.Config);
        var config = (JsonObject)decoder.Origin.Config.DeepClone();
        if (Families.Read(config).TiedEmbeddings != decoder.Config.TiedEmbeddings) config["tie_word_embeddings"] = decoder.Config.TiedEmbeddings;
        return config;
    }

    /// <summary>Gives the tensors their full names, and finds out whether the head is the embedding.</summary>
    private static (DecoderConfig Config, IReadOnlyList<string> Notes) Settle(CheckpointFolder files, DecoderConfig config)
    {
        var (names, stored) = (config.Row.Names, files.Tensors.Select(t => t.Name).ToHashSet(StringComparer.Ordinal));
        var expected = config.ParameterShapes().Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        files.Rename(name => !expected.Contains(name) && expected.Contains(names.Trunk + name) && !stored.Contains(names.Trunk + name) ? names.Trunk + name : name);
        if (!config.HasHead || !config.TiedEmbeddings || files.Find(ParameterNames.Head) is null) return (config, []);
        if (files.Find(names.Embedding) is null)
        {
            files.Rename(name => name == ParameterNames.Head ? names.Embedding : name);
            return (config, [$"{files.Path}: the embedding is tied and stored as {ParameterNames.Head} alone; it was taken from there."]);
        }

        return files.AreEqual(names.Embedding, ParameterNames.Head) ? (config, []) : (
            config with { TiedEmbeddings = false },
            [$"{files.Path}: config.json says that {ParameterNames.Head} is the embedding, and another matrix is stored: both were kept, as transformers does."]);
    }

    /// <summary>The ids that end a text by <c>generation_config.json</c>, which count before those of <c>config.json</c>.</summary>
    private static int[]? EndIds(string folder)
    {
        var path = Path.Combine(folder, CheckpointOrigin.GenerationConfig);
        return File.Exists(path) && new ConfigJson(CheckpointJson.Read(path), CheckpointOrigin.GenerationConfig).Ids("eos_token_id") is { Length: > 0 } ids ? ids : null;
    }

    /// <summary>The type to compute in: the one that loses nothing.</summary>
    private static string NumberType(IReadOnlyList<ScalarType> stored) => stored switch
    {
        [ScalarType.BFloat16] => "bfloat16",
        [ScalarType.Float16] => "float16",
        _ when stored.Contains(ScalarType.Float64) => "float64",
        _ => "float32",
    };
}
