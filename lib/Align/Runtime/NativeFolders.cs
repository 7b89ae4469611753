using TorchSharp;

namespace Align.Runtime;

/// <summary>Where natives may lie, nearest first: beside the program, in the folders that the build wrote into <c>align.natives</c>, in the NuGet package folder.</summary>
internal static class NativeFolders
{
    internal const string TorchSharpVersion = "0.107.0";
    internal const string LibtorchVersion = "2.10.0";

    /// <summary>The runtime identifier of this process, such as <c>linux-x64</c>.</summary>
    internal static string Rid { get; } =
        $"{(OperatingSystem.IsMacOS() ? "osx" : OperatingSystem.IsWindows() ? "win" : "linux")}-{System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    /// <summary>Every folder to look into, each once, whether it exists or not.</summary>
    internal static IReadOnlyList<string> All()
    {
        var beside = new[] { FolderOf(typeof(torch).Assembly), FolderOf(typeof(NativeFolders).Assembly), AppContext.BaseDirectory }
            .Where(f => f.Length > 0).Distinct().ToList();
        // What the runtime itself searches comes first: a second copy of a library must never be loaded beside the runtime's own.
        var own = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return [.. beside
            .Concat(own)
            .Concat(beside.Select(f => Path.Combine(f, "runtimes", Rid, "native")))
            .Concat(beside.SelectMany(f => Listed(Path.Combine(f, "align.natives"))))
            .Concat(Packages())
            .Select(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f)))
            .Distinct()];
    }

    /// <summary>The lines of an <c>align.natives</c> file; none where there is no such file.</summary>
    internal static IEnumerable<string> Listed(string file) =>
        File.Exists(file) ? File.ReadAllLines(file).Select(l => l.Trim()).Where(l => l.Length > 0) : [];

    private static IEnumerable<string> Packages()
    {
        var root = Environment.GetEnvironmentVariable("NUGET_PACKAGES");
        if (string.IsNullOrEmpty(root))
            root = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        yield return Path.Combine(root, "torchsharp", TorchSharpVersion, "runtimes", Rid, "native");
        yield return Path.Combine(root, $"libtorch-cpu-{Rid}", LibtorchVersion, "runtimes", Rid, "native");
    }

    private static string FolderOf(System.Reflection.Assembly assembly) => Path.GetDirectoryName(assembly.Location) ?? "";
}
