using System.Runtime.InteropServices;

namespace Align.Tool;

/// <summary>The <c>dotnet</c> that runs this process.</summary>
internal static class DotnetHost
{
    /// <summary>Its full path. It is found from the runtime's own folder, so that neither PATH nor DOTNET_ROOT needs to name it.</summary>
    public static string FilePath { get; } = Find();

    /// <summary>This tool's assembly, which that <c>dotnet</c> can run.</summary>
    public static string ToolPath { get; } = Path.Combine(AppContext.BaseDirectory, "Align.Tool.dll");

    private static string Find()
    {
        // …/shared/Microsoft.NETCore.App/10.0.1/
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var host = Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(host) ? host : "dotnet";
    }
}
