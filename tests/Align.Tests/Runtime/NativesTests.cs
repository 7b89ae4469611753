using Align.Runtime;
using static TorchSharp.torch;

namespace Align.Tests.Runtime;

public sealed class NativesTests
{
    [Fact]
    public void Torch_computes_in_this_process()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(4, ones(2, 2).sum().item<float>());
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => mm(ones(2, 3), ones(2, 3)));
    }

    [Fact]
    public void The_report_names_one_file_of_each_library_and_the_version_that_TorchSharp_is_built_for()
    {
        var report = Natives.Report;
        Assert.StartsWith("2.10", report.Libtorch, StringComparison.Ordinal);
        foreach (var library in new[] { "torch_cpu", "c10", "LibTorchSharp" })
            Assert.Single(report.Files, f => Path.GetFileName(f) == NativeLibraries.FileName(library));
        Assert.Equal(report.Cuda, cuda.is_available());
        TestContext.Current.SendDiagnosticMessage(string.Join("\n", report.Files) + "\n" + report);
    }
}
