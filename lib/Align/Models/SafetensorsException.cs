using Align.Runtime;

namespace Align.Models;

/// <summary>A safetensors file that cannot be read or written as asked.</summary>
public sealed class SafetensorsException : AlignException
{
    internal SafetensorsException(string file, string problem, string? tensor = null, string? rule = null, Exception? inner = null)
        : base(tensor is null ? $"{file}: {problem}" : $"{file}: tensor {Quoted.Name(tensor)}: {problem}", inner)
    {
        File = file;
        Tensor = tensor;
        Rule = rule;
    }

    /// <summary>The file, as the caller named it.</summary>
    public string File { get; }

    /// <summary>The tensor concerned, where it is one.</summary>
    public string? Tensor { get; }

    /// <summary>The rule of the format that is broken, by its number and the reference implementation's word, such as <c>R8 InvalidOffset</c>.</summary>
    public string? Rule { get; }
}
