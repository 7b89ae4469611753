using Align.Runtime;

namespace Align.Models;

/// <summary>A checkpoint folder that cannot be opened, or whose tensors are not those that the model needs.</summary>
public sealed class CheckpointException : AlignException
{
    internal CheckpointException(string path, string problem, Exception? inner = null)
        : base($"{path}: {problem}", inner) => Path = path;

    internal CheckpointException(CheckpointDifference difference, string path, string what = "the checkpoint", string check = "config.json")
        : this(path, difference.Describe(what, check))
    {
        Missing = [.. difference.Missing.Select(m => m.Name)];
        Misshapen = [.. difference.Misshapen.Select(m => m.Found.Name)];
        WrongType = [.. difference.WrongType.Select(w => w.Name)];
        Unexpected = [.. difference.Unexpected.Select(u => u.Name)];
    }

    /// <summary>The folder or the file in it.</summary>
    public string Path { get; }

    /// <summary>Tensors that the model needs and the checkpoint has not.</summary>
    public IReadOnlyList<string> Missing { get; } = [];

    /// <summary>Tensors whose shape in the checkpoint is not the model's.</summary>
    public IReadOnlyList<string> Misshapen { get; } = [];

    /// <summary>Tensors whose type in the checkpoint does not go into the model's.</summary>
    public IReadOnlyList<string> WrongType { get; } = [];

    /// <summary>Tensors of the checkpoint that the model has not. Where nothing else is wrong they are no error unless asked.</summary>
    public IReadOnlyList<string> Unexpected { get; } = [];
}
