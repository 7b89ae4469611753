using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Align.Tool.Machine;

/// <summary>The operating system with the two libraries that decide whether libtorch loads on it.</summary>
internal static partial class OperatingSystemName
{
    internal static Finding Examine()
    {
        var rid = RuntimeInformation.RuntimeIdentifier;
        var name = RuntimeInformation.OSDescription;
        if (OperatingSystem.IsWindows())
            return new("system", name, "use WSL2: wsl --install, then the same commands there (TorchSharp#1567).");
        if (OperatingSystem.IsLinux()) name = $"{Pretty(File.Exists("/etc/os-release") ? File.ReadAllText("/etc/os-release") : "") ?? name}, {Glibc()}, {Libstdcxx()}";
        var supported = RuntimeInformation.ProcessArchitecture == (OperatingSystem.IsMacOS() ? Architecture.Arm64 : Architecture.X64);
        return new("system", $"{name}, {rid}", supported ? null : "libtorch's packages are for linux-x64 and osx-arm64: use one of these.");
    }

    /// <summary>The name that <c>/etc/os-release</c> gives for people to read.</summary>
    internal static string? Pretty(string release) => release.Split('\n')
        .Where(l => l.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))
        .Select(l => l["PRETTY_NAME=".Length..].Trim().Trim('"')).FirstOrDefault();

    private static string Glibc()
    {
        try
        {
            return $"glibc {Marshal.PtrToStringUTF8(gnu_get_libc_version())}";
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return "no glibc";
        }
    }

    /// <summary>The runtime itself has it loaded; its link names the version: 6.0.30 is GLIBCXX_3.4.30.</summary>
    private static string Libstdcxx()
    {
        using var process = Process.GetCurrentProcess();
        var file = process.Modules.Cast<ProcessModule>().Select(m => m.FileName).FirstOrDefault(f => Path.GetFileName(f).StartsWith("libstdc++.so", StringComparison.Ordinal));
        return file is null ? "no libstdc++" : Path.GetFileName(File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file);
    }

    [LibraryImport("libc.so.6")]
    private static partial nint gnu_get_libc_version();
}
