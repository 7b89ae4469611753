using Align.Runtime;

namespace Align.Tool.Machine;

/// <summary>The natives in use.</summary>
internal static class Libtorch
{
    internal static IEnumerable<Finding> Examine(NativesReport report)
    {
        yield return new("libtorch", $"{report.Libtorch ?? "of unknown version"}, TorchSharp {typeof(TorchSharp.torch).Assembly.GetName().Version?.ToString(3)}");
        foreach (var file in report.Files) yield return new("", file);
        if (report.Weakened is not null)
            yield return new("", "libLibTorchSharp.so is a copy with one weak version need, because this system's libstdc++ is older than the one it was built with.");
        yield return new("CUDA", report.Cuda ? $"yes, {TorchSharp.torch.cuda.device_count()} devices" : $"no: {report.WhyNoCuda}");
    }
}
