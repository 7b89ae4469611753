namespace Align.Models;

/// <summary>Rules 8 to 13: the tensors' bytes lie end to end, are as many as type and shape need, and fill the file.</summary>
internal static class SafetensorsLayout
{
    /// <summary>The tensors in the order of their bytes.</summary>
    public static IReadOnlyList<SafetensorsTensor> Check(List<SafetensorsEntry> entries, long dataStart, long fileLength, string file)
    {
        var sorted = entries.OrderBy(e => e.Begin).ThenBy(e => e.End).ToList();
        var previous = default(SafetensorsEntry);
        foreach (var entry in sorted)
        {
            CheckPlace(entry, previous, file);
            CheckSize(entry, file);
            previous = entry;
        }

        var (end, data) = (previous?.End ?? 0, (ulong)(fileLength - dataStart));
        if (end != data)
        {
            var cause = end > data
                ? "the download or copy stopped early: fetch it again"
                : "the last bytes belong to no tensor: fetch the file again, and do not trust it if it stays so";
            throw new SafetensorsException(file, $"expected length {(UInt128)end + (ulong)dataStart}, actual length {fileLength}: {cause}.", end > data ? previous!.Name : null, "R12 MetadataIncompleteBuffer");
        }

        return [.. sorted.Select(e => new SafetensorsTensor(e.Name, e.Type.Name, Array.ConvertAll(e.Shape, d => (long)d), (long)e.Begin, (long)e.End))];
    }

    private static void CheckPlace(SafetensorsEntry entry, SafetensorsEntry? previous, string file)
    {
        var expected = previous?.End ?? 0;
        if (entry.Begin == expected && entry.End >= entry.Begin) return;
        var after = previous is null ? "the start of the data" : $"the end of {Quoted.Name(previous.Name)}";
        var problem = entry.End < entry.Begin ? "end before they begin"
            : entry.Begin < expected ? $"overlap: they must begin at {expected}, {after}"
            : $"leave a hole: they must begin at {expected}, {after}";
        throw Broken(entry, file, "R8 InvalidOffset", $"data_offsets [{entry.Begin}, {entry.End}] {problem}");
    }

    private static void CheckSize(SafetensorsEntry entry, string file)
    {
        var bits = (ulong)entry.Type.Bits;
        try
        {
            bits = checked(entry.Shape.Aggregate(1UL, (a, b) => checked(a * b)) * bits);
        }
        catch (OverflowException e)
        {
            throw Broken(entry, file, "R9 ValidationOverflow", $"shape [{string.Join(", ", entry.Shape)}] of {entry.Type.Name} needs more than 2^64 bits", e);
        }

        if (entry.Shape.Any(d => d > long.MaxValue))
            throw Broken(entry, file, "R9 ValidationOverflow", $"shape [{string.Join(", ", entry.Shape)}] has a dimension of 2^63 or more");
        if (bits % 8 != 0)
            throw Broken(entry, file, "R10 MisalignedSlice", $"shape [{string.Join(", ", entry.Shape)}] of {entry.Type.Name} needs {bits} bits, which are no whole bytes");
        if (entry.End - entry.Begin != bits / 8)
            throw Broken(entry, file, "R11 TensorInvalidInfo", $"data_offsets hold {entry.End - entry.Begin} bytes, shape [{string.Join(", ", entry.Shape)}] of {entry.Type.Name} needs {bits / 8}");
    }

    private static SafetensorsException Broken(SafetensorsEntry entry, string file, string rule, string problem, Exception? inner = null) =>
        new(file, $"{problem}. The file is damaged or was written by a faulty program: fetch or write it again.", entry.Name, rule, inner);
}
