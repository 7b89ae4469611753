using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Align.Models;

/// <summary>The header of a safetensors file, checked by every rule of the format before anything is made from what it claims.</summary>
/// <param name="Metadata">The texts under <c>__metadata__</c>, in the file's order; empty where there are none.</param>
/// <param name="Tensors">The tensors in the order of their bytes.</param>
/// <param name="DataStart">Where the data begins in the file.</param>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<SafetensorsTensor> Tensors, long DataStart)
{
    /// <summary>The longest header that the format allows.</summary>
    public const int MaxLength = 100_000_000;

    /// <summary>Reads the header from the start of a stream, which must know its length.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="SafetensorsException">The file breaks a rule of the format.</exception>
    public static SafetensorsHeader Read(Stream stream, string file)
    {
        var start = new byte[(int)Math.Min(stream.Length, 512)];
        stream.ReadExactly(start);
        var length = LengthOf(start, stream.Length, file);

        var json = new byte[length];
        stream.Position = sizeof(ulong);
        stream.ReadExactly(json);
        if (!Utf8.IsValid(json))
        {
            var at = FirstInvalid(json);
            throw new SafetensorsException(file, $"the header is not UTF-8 at byte position {at} (byte {at + sizeof(ulong)} of the file). {Damaged}", rule: "R4 InvalidHeader");
        }

        var (metadata, entries) = new SafetensorsHeaderJson(file, json).Parse();
        var dataStart = sizeof(ulong) + length;
        var tensors = SafetensorsLayout.Check(entries, dataStart, stream.Length, file);
        return new(metadata, tensors, dataStart);
    }

    private const string Damaged = "The file is damaged or is no safetensors file: fetch it again.";

    // Rules 1 to 3: only after them is a buffer made for the header.
    private static long LengthOf(ReadOnlySpan<byte> start, long fileLength, string file)
    {
        if (fileLength < sizeof(ulong))
            throw Refused(start, $"{fileLength} of 8 bytes: a safetensors file begins with the length of its header. The file is empty or was cut: fetch it again.", "R1 HeaderTooSmall");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaxLength)
            throw Refused(start, $"header length {length} is over the limit of {MaxLength}. {Damaged}", "R2 HeaderTooLarge");
        if ((long)length > fileLength - sizeof(ulong))
            throw Refused(start, $"header length {length}, file length {fileLength}: the file ends inside its header. The download or copy stopped early: fetch it again.", "R3 InvalidHeaderLength");
        if (length == 0)
            throw Refused([], $"header length 0: the header must at least be {{}}. {Damaged}", "R5 InvalidHeader");
        return (long)length;

        SafetensorsException Refused(ReadOnlySpan<byte> start, string problem, string rule) => new(file, ForeignFile.Recognise(start) ?? problem, rule: rule);
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (Rune.DecodeFromUtf8(bytes[at..], out _, out var consumed) == System.Buffers.OperationStatus.Done) at += consumed;
        return at;
    }
}
