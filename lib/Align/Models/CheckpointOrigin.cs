using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>What the files were that a model was loaded from: what is not trained is written back as it was.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Config">Its <c>config.json</c>.</param>
/// <param name="Types">The type in which each parameter was stored.</param>
internal sealed record CheckpointOrigin(string Folder, JsonObject Config, IReadOnlyDictionary<string, ScalarType> Types)
{
    public const string GenerationConfig = "generation_config.json";

    /// <summary>Files beside the weights that belong to the model and that nothing here changes.</summary>
    private static readonly string[] Companions =
    [
        GenerationConfig, "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja",
        "vocab.json", "merges.txt", "tokenizer.model", "spiece.model",
    ];

    /// <summary>Copies the companions that are there, each whole or not at all.</summary>
    public void CopyCompanions(string folder)
    {
        if (Path.GetFullPath(folder) == Path.GetFullPath(Folder)) return;
        foreach (var name in Companions.Where(n => File.Exists(Path.Combine(Folder, n))))
        {
            using var source = File.OpenRead(Path.Combine(Folder, name));
            Runtime.AtomicFile.Write(Path.Combine(folder, name), source.CopyTo);
        }
    }
}
