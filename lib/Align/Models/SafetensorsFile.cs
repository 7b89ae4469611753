using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>An open safetensors file: its header is read and checked, its tensors are read when asked for, straight into their own memory.</summary>
/// <remarks>Reading takes the tensor in its final type and less than 64 MB besides. Several threads may read from one file.</remarks>
public sealed class SafetensorsFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly SafetensorsHeader _header;
    private readonly Dictionary<string, SafetensorsTensor> _byName;

    private SafetensorsFile(string path, FileStream stream)
    {
        Path = path;
        _stream = stream;
        _header = SafetensorsHeader.Read(stream, path);
        _byName = _header.Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>The file, as it was named when it was opened.</summary>
    public string Path { get; }

    /// <summary>The texts that the file carries, such as <c>format</c>: <c>pt</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The tensors in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors => _header.Tensors;

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="SafetensorsException">There is none.</exception>
    public SafetensorsTensor this[string name] => Find(name)
        ?? throw new SafetensorsException(Path, $"it is not among the {Tensors.Count} tensors of this file.", name);

    /// <summary>The tensor of that name, or null.</summary>
    public SafetensorsTensor? Find(string name) => _byName.GetValueOrDefault(name);

    internal static SafetensorsFile Open(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return new(path, stream);
        }
        catch (Exception e)
        {
            stream?.Dispose();
            if (e is IOException or UnauthorizedAccessException or NotSupportedException) throw new SafetensorsException(path, $"the file cannot be read: {e.Message}", inner: e);
            throw;
        }
    }

    /// <summary>Reads a tensor into a new one.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="dtype">The type wanted; by default the file's own. F8_E4M3 and F8_E5M2 become Float32, U16 Int32 and U32 Int64, value for value.</param>
    /// <param name="device">Where it is wanted; by default in main memory.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, TorchSharp has no type for it, or it does not go into the type wanted.</exception>
    public Tensor Load(string name, ScalarType? dtype = null, Device? device = null)
    {
        var tensor = this[name];
        var type = dtype ?? CheckType(tensor);
        CheckType(tensor, type);
        using var scope = NewDisposeScope();
        var result = Allocate(tensor, type, device ?? CPU);
        Fill(tensor, result);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Reads a tensor into one that exists, piece by piece, and converts its values to that one's type.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="destination">A tensor of the same shape on any device; a parameter or a transposed view will do.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, its shape is another, or it does not go into the destination's type.</exception>
    public void Read(string name, Tensor destination)
    {
        var tensor = this[name];
        CheckType(tensor, destination.dtype);
        if (!tensor.Shape.SequenceEqual(destination.shape))
            throw new SafetensorsException(Path, $"its shape is {Quoted.Shape(tensor.Shape)}, the destination's is {Quoted.Shape(destination.shape)}.", name);
        Fill(tensor, destination);
    }

    /// <summary>The tensors that hold NaN or infinities, with their counts. Reads the whole file.</summary>
    public IReadOnlyList<NonFiniteCount> NonFinite()
    {
        var buffer = new byte[PieceReader.PieceBytes];
        return [.. Tensors.Where(t => t.Type is { Torch: not null, IsFloating: true } or { Torch: ScalarType.ComplexFloat32 }).Select(Scan).OfType<NonFiniteCount>()];

        NonFiniteCount? Scan(SafetensorsTensor tensor)
        {
            var reader = Reader(tensor);
            for (long first = 0; first < tensor.Count; first += reader.PieceLength)
                reader.Read(first, buffer.AsSpan(0, (int)(Math.Min(reader.PieceLength, tensor.Count - first) * reader.ElementBytes)));
            return reader.NonFinite;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>Fills a destination whose type and shape have been checked; gives what is not finite in it.</summary>
    internal NonFiniteCount? Fill(SafetensorsTensor tensor, Tensor destination)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var reader = Reader(tensor);
        using var filler = new TensorFiller(reader);
        filler.Fill(destination.detach(), 0);
        return reader.NonFinite;
    }

    /// <summary>The type that a tensor is loaded as; refuses one that TorchSharp has no type for.</summary>
    internal ScalarType CheckType(SafetensorsTensor tensor) => tensor.Type.Torch
        ?? throw new SafetensorsException(Path, $"TorchSharp has no type for {tensor.Dtype}. Convert the file to F32, F16 or BF16 (integers to I64) first.", tensor.Name);

    /// <summary>Refuses a tensor that a destination of this type cannot take.</summary>
    internal void CheckType(SafetensorsTensor tensor, ScalarType type)
    {
        var own = CheckType(tensor);
        if (!tensor.Type.GoesInto(type))
            throw new SafetensorsException(Path, $"its values are {tensor.Dtype} and not all of them fit into {type}. Load it as {own} and convert it.", tensor.Name);
    }

    private PieceReader Reader(SafetensorsTensor tensor) => new(_stream.SafeFileHandle, Path, tensor, _header.DataStart);

    private Tensor Allocate(SafetensorsTensor tensor, ScalarType type, Device device)
    {
        try
        {
            return empty([.. tensor.Shape], dtype: type, device: device);
        }
        catch (ExternalException e)
        {
            throw new SafetensorsException(Path, $"a tensor of shape {Quoted.Shape(tensor.Shape)} and type {type} cannot be made on {device}: {e.Message.Split('\n')[0]}", tensor.Name, inner: e);
        }
    }
}
