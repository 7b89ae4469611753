using System.Diagnostics;
using Align.Models;
using static TorchSharp.torch;

namespace Align.Tests.Models;

/// <summary>Tensors over 2 GB, each test in a process of its own, where peak memory can be measured.</summary>
/// <remarks>
/// The file is sparse and takes no disk. In a plain run it is over 2 GB and what is made of it is not, for memory is dear: 2.3 GB of it cost ten seconds on a virtual machine.
/// When the environment variable ALIGN_LARGE is <c>full</c>, tensors over 2 GB are read into memory and written to the disk as well.
/// </remarks>
public sealed class SafetensorsLargeTests
{
    private static readonly bool Full = Environment.GetEnvironmentVariable("ALIGN_LARGE") == "full";

    [Fact]
    public void A_tensor_over_2_GB_is_converted_with_less_than_64_MB_besides() => InItsOwnProcess(() =>
    {
        const long count = 290_000_000; // 2.3 GB of F64
        using var folder = LargeFolder();
        using var file = Safetensors.Open(Sparse(folder["it.safetensors"], "F64", sizeof(double), count));
        Assert.InRange(file["w"].ByteCount, int.MaxValue, long.MaxValue);
        using var tensor = empty(count, dtype: ScalarType.Float16);
        AssertPeak(count * 2, () => file.Read("w", tensor));
        AssertValues(tensor);
    });

    [Fact]
    public void A_tensor_is_read_and_written_in_its_own_type_with_less_than_64_MB_besides() => InItsOwnProcess(() =>
    {
        var count = Full ? 1_150_000_000L : 50_000_000; // of BF16: 2.3 GB, and more than 2^30 values
        using var folder = LargeFolder();
        var source = Sparse(folder["it.safetensors"], "BF16", 2, count);
        using var file = Safetensors.Open(source);
        using var tensor = empty(count, dtype: ScalarType.BFloat16);
        AssertPeak(count * 2, () => file.Read("w", tensor));

        using var disk = new TemporaryFolder();
        AssertPeak(0, () => Safetensors.Save(disk["it.safetensors"], [("w", tensor)]));
        AssertValues(tensor);
        using var copy = Safetensors.Open(disk["it.safetensors"]);
        copy.Read("w", tensor);
        AssertValues(tensor);
    });

    // Where folders in memory are to be had, a hole in a file costs nothing to read; on a disk it fills the cache.
    private static TemporaryFolder LargeFolder() => new(Directory.Exists("/dev/shm") ? "/dev/shm" : null);

    private static long[] Places(long count) => [0, 1, count / 2, count - 2, count - 1];

    // All zeros but for 1.5 at a few places, given by its two highest bytes.
    private static string Sparse(string path, string dtype, int size, long count)
    {
        var header = $"{{\"w\":{{\"dtype\":\"{dtype}\",\"shape\":[{count}],\"data_offsets\":[0,{size * count}]}}}}";
        using var stream = File.Create(path);
        stream.Write(RawSafetensors.File(header));
        foreach (var place in Places(count))
        {
            stream.Position = 8 + header.Length + size * place + size - 2;
            stream.Write(size == 2 ? [0xC0, 0x3F] : [0xF8, 0x3F]); // BF16, F64
        }

        stream.SetLength(8 + header.Length + size * count);
        return path;
    }

    private static void AssertValues(Tensor tensor)
    {
        var count = tensor.numel();
        foreach (var place in Places(count))
        {
            using var value = tensor.narrow(0, place, 1);
            using var wide = value.to(ScalarType.Float32);
            Assert.Equal(1.5f, wide.item<float>());
            value.zero_();
        }

        const long piece = 100_000_000;
        for (long first = 0; first < count; first += piece)
        {
            using var values = tensor.narrow(0, first, Math.Min(piece, count - first));
            Assert.Equal(-1, values.bytes.IndexOfAnyExcept((byte)0));
        }
    }

    private static void AssertPeak(long tensorBytes, Action read)
    {
        if (!OperatingSystem.IsLinux())
        {
            read();
            return;
        }

        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak counts from here
        var before = Kilobytes("VmRSS");
        read();
        Assert.InRange(Kilobytes("VmHWM") - before, 0, (tensorBytes + (64 << 20)) / 1024);
    }

    private static long Kilobytes(string field) =>
        long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].TrimStart(), System.Globalization.CultureInfo.InvariantCulture);

    // The test starts this executable again with itself alone; there the variable is set and the body runs.
    private static void InItsOwnProcess(Action body)
    {
        const string variable = "ALIGN_TEST_ALONE";
        if (Environment.GetEnvironmentVariable(variable) is not null)
        {
            body();
            return;
        }

        var test = TestContext.Current.TestMethod!;
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Align.Tests"), ["-method", $"{test.TestClass.TestClassName}.{test.MethodName}"]) { RedirectStandardOutput = true, WorkingDirectory = Golden.Root };
        start.Environment[variable] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && output.Contains("Total: 1, Errors: 0, Failed: 0", StringComparison.Ordinal), output);
    }
}
