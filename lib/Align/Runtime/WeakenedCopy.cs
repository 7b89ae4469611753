using System.Security.Cryptography;

namespace Align.Runtime;

/// <summary>The copy of a library in which one version need is weak, kept in a folder of the user's cache under the SHA-256 of its source.</summary>
/// <remarks>
/// TorchSharp's native part is built with GCC 13 and so names GLIBCXX_3.4.32, which the libstdc++ of Debian 12 and Ubuntu 22.04 lacks.
/// The only symbol behind it marks that the header was included; nothing calls it.
/// </remarks>
internal static class WeakenedCopy
{
    internal const string Version = "GLIBCXX_3.4.32";
    private const string Marker = "_ZSt21ios_base_library_initv";

    /// <summary>The cache of this user: <c>$XDG_CACHE_HOME</c> or <c>~/.cache</c>; null where the user has no home.</summary>
    internal static string? Cache
    {
        get
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (string.IsNullOrEmpty(cache) || !Path.IsPathFullyQualified(cache))
            {
                var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
                cache = home.Length == 0 ? null : Path.Combine(home, ".cache");
            }

            return cache is null ? null : Path.Combine(cache, "align-notebooks", "natives");
        }
    }

    /// <summary>Makes the copy, or finds the one that was made, and returns its path.</summary>
    /// <exception cref="ElfException">The source names no such version, calls what it lacks, or is damaged.</exception>
    internal static string Of(string source, string cache)
    {
        var bytes = File.ReadAllBytes(source);
        var folder = Path.Combine(cache, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        if (!ElfVersionNeed.Weaken(bytes, Version, Marker)) throw new ElfException($"It does not need {Version}.");
        var copy = Path.Combine(folder, Path.GetFileName(source));
        // The name says what was copied, not that the copy is whole: a power cut can leave a file of zeros.
        if (!Holds(copy, bytes)) Write(copy, bytes);
        return copy;
    }

    private static bool Holds(string path, byte[] bytes) =>
        new FileInfo(path) is { Exists: true } file && file.Length == bytes.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes);

    /// <summary>Another process may do the same at the same moment: each writes a file of its own, and the renames put the same bytes in place.</summary>
    private static void Write(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, file => file.Write(bytes));
    }
}
