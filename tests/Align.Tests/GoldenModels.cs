using System.Text.Json.Nodes;
using Align.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests;

/// <summary>Golden checkpoints.</summary>
internal static class GoldenModels
{
    /// <summary>Loads a golden folder, with another of its configurations where asked.</summary>
    public static Decoder Load(string folder, ScalarType type = ScalarType.Float32, string config = "config.json") =>
        With(folder, config, path => Decoder.Load(path, type: type));

    /// <summary>Loads a golden folder with a score.</summary>
    public static RewardModel LoadReward(string folder, ScalarType type = ScalarType.Float32, string config = "config.json") =>
        With(folder, config, path => RewardModel.Load(path, type: type));

    private static T With<T>(string folder, string config, Func<string, T> load)
    {
        if (config == "config.json") return load(Golden.PathOf(folder));
        var copy = Directory.CreateTempSubdirectory("align-golden-");
        try
        {
            File.Copy(Golden.PathOf($"{folder}/model.safetensors"), Path.Combine(copy.FullName, "model.safetensors"));
            File.Copy(Golden.PathOf($"{folder}/{config}"), Path.Combine(copy.FullName, "config.json"));
            return load(copy.FullName);
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }
}
