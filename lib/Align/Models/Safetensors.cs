using static TorchSharp.torch;

namespace Align.Models;

/// <summary>The safetensors format: tensors by name in one file, which runs no code when it is read.</summary>
public static class Safetensors
{
    /// <summary>Opens a file: reads and checks its header, and no tensor yet.</summary>
    /// <exception cref="SafetensorsException">The file cannot be read or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path) => SafetensorsFile.Open(path);

    /// <summary>Reads every tensor of a file, in the order of their bytes.</summary>
    /// <exception cref="SafetensorsException">The file cannot be read, breaks a rule of the format, or holds a type that TorchSharp has not.</exception>
    public static OrderedDictionary<string, Tensor> Load(string path)
    {
        using var scope = NewDisposeScope();
        using var file = Open(path);
        foreach (var tensor in file.Tensors) file.CheckType(tensor);
        var tensors = new OrderedDictionary<string, Tensor>(file.Tensors.Count, StringComparer.Ordinal);
        foreach (var tensor in file.Tensors) tensors.Add(tensor.Name, file.Load(tensor.Name));
        foreach (var tensor in tensors.Values) tensor.MoveToOuterDisposeScope();
        return tensors;
    }

    /// <summary>Writes tensors to a file, byte for byte as <c>safetensors.torch.save_file</c> does; the order in which they are given does not matter.</summary>
    /// <remarks>The file appears under its name only when it is whole and on the disk; until then an older one stays as it was.</remarks>
    /// <param name="path">Where to write. The folder must be there.</param>
    /// <param name="tensors">Tensors on any device, each with its name.</param>
    /// <param name="metadata">Texts to carry along; written in the order of their keys.</param>
    /// <exception cref="SafetensorsException">A name is there twice, a type is none of the format's, or the header would be over 100 MB.</exception>
    /// <exception cref="IOException">The disk is full or the folder is not there.</exception>
    public static void Save(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafetensorsWriter.Write(path, tensors.Select(t => new StoredWeight(t.Name, t.Tensor, t.Tensor.dtype)), metadata);
}
