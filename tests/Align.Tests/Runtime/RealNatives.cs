using Align.Runtime;

namespace Align.Tests.Runtime;

/// <summary>TorchSharp's native part as its package brings it.</summary>
internal static class RealNatives
{
    /// <summary>Null on systems other than Linux, where there is no ELF file.</summary>
    internal static string? TorchSharp { get; } = OperatingSystem.IsLinux()
        ? NativeFolders.All().Select(f => Path.Combine(f, "libLibTorchSharp.so")).First(File.Exists)
        : null;
}
