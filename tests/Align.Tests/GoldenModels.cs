using System.Text.Json.Nodes;
using Align.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests;

/// <summary>Golden checkpoints.</summary>
internal static class GoldenModels
{
    /// <summary>Loads a golden folder, with another of its configurations where asked.</summary>
    public static Decoder Load(string folder, ScalarType type = ScalarType.Float32, string config = "config.json")
    {
        if (config == "config.json") return Decoder.Load(Golden.PathOf(folder), type: type);
        var copy = Directory.CreateTempSubdirectory("align-golden-");
        try
        {
            File.Copy(Golden.PathOf($"{folder}/model.safetensors"), Path.Combine(copy.FullName, "model.safetensors"));
            File.Copy(Golden.PathOf($"{folder}/{config}"), Path.Combine(copy.FullName, "config.json"));
            return Decoder.Load(copy.FullName, type: type);
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }
}
