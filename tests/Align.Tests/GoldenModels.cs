using System.Text.Json.Nodes;
using Align.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests;

/// <summary>Golden checkpoints.</summary>
internal static class GoldenModels
{
    public static Decoder Load(string folder, ScalarType type = ScalarType.Float32, string config = "config.json")
    {
        using var scope = NewDisposeScope();
        var tensors = GoldenTensors.Tensors(folder + "/model.safetensors");
        return Decoder.Create(Families.Read(Golden.Json($"{folder}/{config}").AsObject()), CPU, type, null, (name, _) => tensors[name]);
    }
}
