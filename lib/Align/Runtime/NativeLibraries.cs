using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Align.Runtime;

/// <summary>Loads one native library after the other and keeps the system loader's words where one fails.</summary>
internal static class NativeLibraries
{
    private static readonly string[] InOrderOfNeed = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];

    /// <summary>The file of a library on this system, such as <c>libtorch_cpu.so</c>.</summary>
    internal static string FileName(string library) => OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>The files mapped into this process. Linux marks one that was removed after loading; the mark is no part of its name.</summary>
    internal static IReadOnlyList<string> Loaded()
    {
        const string removed = " (deleted)";
        using var process = Process.GetCurrentProcess();
        return [.. process.Modules.Cast<ProcessModule>().Select(m => m.FileName)
            .Select(f => f.EndsWith(removed, StringComparison.Ordinal) ? f[..^removed.Length] : f)];
    }

    /// <summary>Loads libtorch so that each library finds those it needs by name; the CUDA ones only where they lie there.</summary>
    internal static void LoadLibtorch(string folder)
    {
        var openmp = Directory.GetFiles(folder, OperatingSystem.IsMacOS() ? "libomp.dylib" : "libgomp*.so*").Order(StringComparer.Ordinal);
        var torch = InOrderOfNeed.Select(n => Path.Combine(folder, FileName(n)));
        foreach (var file in openmp.Concat(torch.Where(File.Exists)))
            if (!TryLoad(file, out var words)) throw Failed(file, words);
    }

    /// <summary>Loads TorchSharp's native part, on an older libstdc++ by way of a weakened copy, whose path it returns.</summary>
    internal static string? LoadTorchSharp(string file)
    {
        if (TryLoad(file, out var words)) return null;
        if (!OperatingSystem.IsLinux() || !words.Contains($"`{WeakenedCopy.Version}'", StringComparison.Ordinal)) throw Failed(file, words);
        try
        {
            return WeakenedCopy.Cache is { } cache && LoadCopy(file, cache) is { } copy ? copy : LoadOnce(file);
        }
        catch (ElfException e)
        {
            throw Failed(file, $"{words} {e.Message}", e);
        }
    }

    /// <summary>Null where the cache cannot be written, or lies where nothing may be executed.</summary>
    private static string? LoadCopy(string file, string cache)
    {
        try
        {
            var copy = WeakenedCopy.Of(file, cache);
            return TryLoad(copy, out _) ? copy : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A copy for this process alone, in a folder that only this user can read. A loaded library needs its file no longer, so it goes at once.</summary>
    private static string LoadOnce(string file)
    {
        DirectoryInfo? folder = null;
        try
        {
            folder = Directory.CreateTempSubdirectory("align-natives-");
            var copy = WeakenedCopy.Of(file, folder.FullName);
            return TryLoad(copy, out var words) ? copy : throw Failed(copy, words);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(file, $"the copy that this system needs cannot be written: {e.Message}", e);
        }
        finally
        {
            folder?.Delete(recursive: true);
        }
    }

    private static bool TryLoad(string file, out string words)
    {
        try
        {
            NativeLibrary.Load(file);
            words = "";
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // The first line is the runtime's advice to use strace; the loader's own words follow it.
            var lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            words = string.Join(" ", lines.Length > 1 ? lines.Skip(1).Distinct() : lines);
            return false;
        }
    }

    private static NativeLoadException Failed(string file, string words, Exception? inner = null) => new(
        "libtorch cannot be loaded.", file, words,
        $"use a system that is supported, or set {ChosenLibtorch.Variable} to the torch/lib folder of an installed PyTorch {LibtorchVersion.Needed}.",
        inner);
}
