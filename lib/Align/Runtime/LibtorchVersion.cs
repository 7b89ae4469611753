using System.Text;
using System.Text.RegularExpressions;

namespace Align.Runtime;

/// <summary>Which libtorch lies in a folder, told from its files, without loading it.</summary>
internal static partial class LibtorchVersion
{
    /// <summary>The version that TorchSharp's native part is built for: another one may crash the process instead of failing.</summary>
    internal const string Needed = "2.10";

    /// <summary>The version of the libtorch whose libraries lie in this folder, such as <c>2.10.0+cu128</c>; null where nothing tells it.</summary>
    internal static string? Of(string folder) =>
        OfPython(Path.Combine(folder, "..", "version.py"))
        ?? OfLine(Path.Combine(folder, "..", "build-version"))
        ?? OfPackage(folder)
        ?? OfLibrary(Path.Combine(folder, OperatingSystem.IsMacOS() ? "libtorch_python.dylib" : "libtorch_python.so"));

    /// <summary>Whether TorchSharp can work with that version.</summary>
    internal static bool Fits(string? version) => version is not null && (version == Needed || version.StartsWith(Needed + ".", StringComparison.Ordinal));

    private static string? OfPython(string file) =>
        Text(file) is { } text && PythonVersion().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    private static string? OfLine(string file) =>
        Text(file)?.Trim() is { } text && WholeVersion().IsMatch(text) ? text : null;

    /// <summary>…/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native.</summary>
    private static string? OfPackage(string folder) => PackageVersion().Match(folder.Replace('\\', '/')) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>libtorch_python, which is part of every PyTorch, holds its version as the only text of that form.</summary>
    internal static string? OfLibrary(string file)
    {
        if (!File.Exists(file)) return null;
        using var stream = File.OpenRead(file);
        var block = new byte[1 << 20];
        const int overlap = 64;
        for (int held = 0, read; (read = stream.Read(block, held, block.Length - held)) > 0;)
        {
            held += read;
            var match = TextInLibrary().Match(Encoding.Latin1.GetString(block, 0, held));
            if (match.Success) return match.Groups[1].Value;
            var keep = Math.Min(overlap, held);
            block.AsSpan(held - keep, keep).CopyTo(block);
            held = keep;
        }

        return null;
    }

    private static string? Text(string file) => new FileInfo(file) is { Exists: true, Length: < 65536 } ? File.ReadAllText(file) : null;

    [GeneratedRegex("""^__version__\s*(?::[^=]*)?=\s*['"](\d+\.\d+[^'"]*)['"]""", RegexOptions.Multiline)]
    private static partial Regex PythonVersion();

    [GeneratedRegex("""^\d+\.\d+\S*$""")]
    private static partial Regex WholeVersion();

    [GeneratedRegex("""/libtorch-[^/]+/(\d+\.\d+[^/]*)/runtimes/""", RegexOptions.IgnoreCase)]
    private static partial Regex PackageVersion();

    [GeneratedRegex("""\0(\d+\.\d+\.\d+[a-z0-9+.]{0,40})\0""")]
    private static partial Regex TextInLibrary();
}
