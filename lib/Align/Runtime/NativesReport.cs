using System.Runtime.InteropServices;
using TorchSharp;

namespace Align.Runtime;

/// <summary>What is loaded in this process.</summary>
/// <param name="Files">The files of libtorch and of TorchSharp's native part, as the system has them mapped.</param>
/// <param name="Weakened">The copy of TorchSharp's native part that an older libstdc++ needs; null where the file itself was loaded.</param>
/// <param name="Libtorch">The version of libtorch, such as <c>2.10.0</c>; null where nothing tells it.</param>
/// <param name="WhyNoCuda">Why there is no CUDA; null where there is.</param>
public sealed record NativesReport(IReadOnlyList<string> Files, string? Weakened, string? Libtorch, string? WhyNoCuda)
{
    private static readonly string[] Prefixes = ["libtorch", "libc10", "libgomp", "libomp", "libLibTorchSharp"];

    /// <summary>Whether tensors can live on an NVIDIA GPU.</summary>
    public bool Cuda => WhyNoCuda is null;

    internal static NativesReport Now(string? weakened)
    {
        var files = NativeLibraries.Loaded().Where(IsTorch).Order(StringComparer.Ordinal).ToArray();
        var libtorch = files.FirstOrDefault(f => Path.GetFileName(f) == NativeLibraries.FileName("torch_cpu"));
        return new(files, weakened, libtorch is null ? null : LibtorchVersion.Of(Path.GetDirectoryName(libtorch)!), WhyNone(files));
    }

    private static bool IsTorch(string file) => Array.Exists(Prefixes, p => Path.GetFileName(file).StartsWith(p, StringComparison.Ordinal));

    private static string? WhyNone(string[] files)
    {
        if (OperatingSystem.IsMacOS()) return "there is none on macOS.";
        if (!files.Any(f => Path.GetFileName(f) == NativeLibraries.FileName("torch_cuda")))
            return $"this libtorch is built for the CPU. Build with -p:TorchBackend=cuda, or set {ChosenLibtorch.Variable} to the torch/lib folder of a PyTorch {LibtorchVersion.Needed} with CUDA.";
        if (torch.cuda.is_available()) return null;
        if (!NativeLibrary.TryLoad("libcuda.so.1", out _)) return "libcuda.so.1 cannot be loaded: install the NVIDIA driver.";
        return $"the NVIDIA driver finds no device (CUDA_VISIBLE_DEVICES is {Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") ?? "not set"}; nvidia-smi says more).";
    }
}
