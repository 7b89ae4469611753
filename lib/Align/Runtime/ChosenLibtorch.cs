namespace Align.Runtime;

/// <summary>The libtorch that the person names by <c>ALIGN_LIBTORCH</c>, such as that of an installed PyTorch with CUDA.</summary>
internal static class ChosenLibtorch
{
    internal const string Variable = "ALIGN_LIBTORCH", Force = "ALIGN_LIBTORCH_FORCE";

    internal static string? FromEnvironment() =>
        Of(Environment.GetEnvironmentVariable(Variable), Environment.GetEnvironmentVariable(Force) == "1");

    /// <summary>The folder, once it is certain that TorchSharp can work with what lies there; null where none is named.</summary>
    /// <exception cref="NativeLoadException">It holds no libtorch, or that of another version.</exception>
    internal static string? Of(string? folder, bool forced)
    {
        if (string.IsNullOrWhiteSpace(folder)) return null;
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder.Trim()));
        var library = Path.Combine(folder, NativeLibraries.FileName("torch_cpu"));
        if (!File.Exists(library))
            throw new NativeLoadException(
                $"{Variable} names a folder without libtorch.", library, "the file does not exist.",
                $"set {Variable} to the lib folder inside an installed PyTorch ({Hint(folder)}), or unset it.");

        var version = LibtorchVersion.Of(folder);
        if (forced || LibtorchVersion.Fits(version)) return folder;
        throw new NativeLoadException(
            version is null
                ? $"{Variable} names a libtorch that does not say which version it is; TorchSharp {NativeFolders.TorchSharpVersion} is built for {LibtorchVersion.Needed}, and another one may crash instead of failing."
                : $"{Variable} names libtorch {version}; TorchSharp {NativeFolders.TorchSharpVersion} is built for {LibtorchVersion.Needed}, and another one may crash instead of failing.",
            library, null,
            $"install PyTorch {LibtorchVersion.Needed} (pip install torch=={NativeFolders.LibtorchVersion}), or unset {Variable}, or set {Force}=1 to try it all the same.");
    }

    private static string Hint(string folder) =>
        File.Exists(Path.Combine(folder, "lib", NativeLibraries.FileName("torch_cpu")))
            ? Path.Combine(folder, "lib")
            : """python -c "import torch; print(torch.__path__[0] + '/lib')" prints it""";
}
