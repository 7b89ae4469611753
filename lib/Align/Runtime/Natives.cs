namespace Align.Runtime;

/// <summary>Finds and loads libtorch before anything touches <c>torch</c>. It needs no variable, no root and no copy of libtorch's 490 MB.</summary>
public static class Natives
{
    private static readonly Lock Once = new();
    private static volatile bool _loaded;
    private static string? _weakened;

    /// <summary>What is loaded, after loading it where that was not done yet.</summary>
    /// <exception cref="NativeLoadException">Nothing on this machine can be loaded.</exception>
    public static NativesReport Report
    {
        get
        {
            Load();
            return NativesReport.Now(_weakened);
        }
    }

    /// <summary>Loads the natives once; later calls do nothing. Call it before the first use of <c>torch</c>.</summary>
    /// <remarks>
    /// <c>ALIGN_LIBTORCH=…/torch/lib</c> takes the libtorch of an installed PyTorch 2.10 instead, and
    /// <c>ALIGN_LIBTORCH_FORCE=1</c> takes it whatever its version. The number of threads is left to libtorch.
    /// </remarks>
    /// <exception cref="NativeLoadException">Nothing on this machine can be loaded.</exception>
    public static void Load()
    {
        if (_loaded) return;
        lock (Once)
        {
            if (_loaded) return;
            RefuseOtherSystems();
            Allocator.KeepFreedMemory();
            Waiting.SleepEarly();
            // A second libtorch beside one that is in the process already would have a state of its own.
            var loaded = NativeLibraries.Loaded().Select(Path.GetFileName).ToHashSet();
            var folders = NativeFolders.All();
            if (!loaded.Contains(NativeLibraries.FileName("torch_cpu")))
                NativeLibraries.LoadLibtorch(ChosenLibtorch.FromEnvironment() ?? Holding(folders, "torch_cpu", $"libtorch-cpu-{NativeFolders.Rid}", NativeFolders.LibtorchVersion));
            if (!loaded.Contains(NativeLibraries.FileName("LibTorchSharp")))
                _weakened = NativeLibraries.LoadTorchSharp(Path.Combine(Holding(folders, "LibTorchSharp", "TorchSharp", NativeFolders.TorchSharpVersion), NativeLibraries.FileName("LibTorchSharp")));
            _loaded = true;
        }
    }

    private static void RefuseOtherSystems()
    {
        if (NativeFolders.Rid is "linux-x64" or "osx-arm64") return;
        throw new NativeLoadException(
            $"libtorch is not loaded on {NativeFolders.Rid}.", null, null,
            OperatingSystem.IsWindows()
                ? "install WSL2 (wsl --install) and run the same commands there: TorchSharp's own Windows build does not load (TorchSharp#1567)."
                : "use a system that is supported.");
    }

    private static string Holding(IReadOnlyList<string> folders, string library, string package, string version)
    {
        var file = NativeLibraries.FileName(library);
        return folders.FirstOrDefault(f => File.Exists(Path.Combine(f, file))) ?? throw new NativeLoadException(
            $"{file} is in none of these folders:{string.Concat(folders.Select(f => $"{Environment.NewLine}    {f}"))}", null, null,
            $"in the repository run dotnet build; in a project of your own run dotnet add package {package} --version {version}; "
            + $"or set {ChosenLibtorch.Variable} to the torch/lib folder of an installed PyTorch {LibtorchVersion.Needed}.");
    }
}
