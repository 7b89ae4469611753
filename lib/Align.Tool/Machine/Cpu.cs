namespace Align.Tool.Machine;

/// <summary>The processor and those of its flags that decide how fast matrix products are.</summary>
internal sealed record Cpu(string Name, IReadOnlyList<string> Flags, int Cores)
{
    private static readonly string[] ThatMatter = ["avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16"];

    /// <summary>Whether it multiplies bf16 numbers itself.</summary>
    internal bool Bf16 => Flags.Any(f => f is "avx512_bf16" or "amx_bf16" or "bf16");

    internal static Cpu OfThisMachine()
    {
        const string linux = "/proc/cpuinfo";
        return File.Exists(linux) ? Parse(File.ReadAllText(linux), Environment.ProcessorCount) : new("unknown", [], Environment.ProcessorCount);
    }

    /// <summary>Reads the first processor of <c>/proc/cpuinfo</c>.</summary>
    internal static Cpu Parse(string cpuinfo, int cores)
    {
        var fields = cpuinfo.Split('\n').Select(l => l.Split(':', 2, StringSplitOptions.TrimEntries)).Where(f => f.Length == 2).ToArray();
        string Field(params string[] names) => fields.FirstOrDefault(f => names.Contains(f[0]))?[1] ?? "";
        var flags = Field("flags", "Features").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new(Field("model name") is { Length: > 0 } name ? name : "unknown", [.. ThatMatter.Where(flags.Contains)], cores);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}, {Cores} {(Cores == 1 ? "core" : "cores")}, {(Flags.Count == 0 ? "no known flags" : string.Join(" ", Flags))}";
}
