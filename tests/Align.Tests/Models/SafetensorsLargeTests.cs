using System.Diagnostics;
using System.Text;
using Align.Models;
using static TorchSharp.torch;

namespace Align.Tests.Models;

/// <summary>Tensors over 2 GB. Each test runs in a process of its own, where peak memory can be measured.</summary>
/// <remarks>
/// Reading takes 2.3 GB of memory and no disk (the file is sparse). Writing takes 2.3 GB of disk and runs only when the environment variable ALIGN_LARGE is <c>full</c>;
/// so does reading with conversion, which takes 4.6 GB of memory.
/// </remarks>
public sealed class SafetensorsLargeTests
{
    private const long Count = 1_150_000_000; // of BF16: 2.3 GB, and over 2^30 values
    private static readonly long[] Places = [0, (1L << 30) - 1, 1L << 30, (1L << 30) + 1, Count - 1];
    private static readonly bool Full = Environment.GetEnvironmentVariable("ALIGN_LARGE") == "full";

    [Fact]
    public void A_tensor_over_2_GB_is_read_with_less_than_64_MB_besides() => InItsOwnProcess(() =>
    {
        using var folder = new TemporaryFolder();
        using var file = Safetensors.Open(Sparse(folder["it.safetensors"]));
        using var tensor = empty(Count, dtype: ScalarType.BFloat16);
        AssertPeak(Count * 2, () => file.Read("w", tensor));
        AssertValues(tensor);
    });

    [Fact]
    public void Converting_takes_no_more_than_that() => InItsOwnProcess(() =>
    {
        using var folder = new TemporaryFolder();
        using var file = Safetensors.Open(Sparse(folder["it.safetensors"], Full ? Count : 100_000_000));
        var destination = default(Tensor);
        AssertPeak(file["w"].Shape[0] * 4, () => destination = file.Load("w", ScalarType.Float32));
        Assert.Equal(0.5f, destination![0].item<float>()); // 3F 00, the value at the first place
        if (Full) AssertValues(destination);
    });

    [Fact]
    public void A_tensor_over_2_GB_is_written_as_it_was_read()
    {
        if (Full) InItsOwnProcess(WriteAndCompare);
        else WriteAndCompareSmall();
    }

    private static void WriteAndCompare()
    {
        using var folder = new TemporaryFolder();
        var source = Sparse(folder["source.safetensors"]);
        using var scope = NewDisposeScope();
        using var file = Safetensors.Open(source);
        var tensor = file.Load("w");
        AssertPeak(0, () => Safetensors.Save(folder["copy.safetensors"], [("w", tensor)]));
        Assert.Equal(new FileInfo(source).Length, new FileInfo(folder["copy.safetensors"]).Length);
        using var copy = Safetensors.Open(folder["copy.safetensors"]);
        copy.Read("w", tensor.zero_());
        AssertValues(tensor);
    }

    // The same path with several pieces of an expanded view, which lies in memory once and is longer than a piece in the file.
    private static void WriteAndCompareSmall()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var view = arange(3, dtype: ScalarType.Int64).view(3, 1).expand(3, 5_000_000);
        Safetensors.Save(folder["it.safetensors"], [("w", view)]);
        Assert.True(Safetensors.Load(folder["it.safetensors"])["w"].eq(view).all().item<bool>());
    }

    private static string Sparse(string path, long count = Count)
    {
        var header = Encoding.ASCII.GetBytes("""{"w":{"dtype":"BF16","shape":[COUNT],"data_offsets":[0,BYTES]}} """.Replace("COUNT", $"{count}").Replace("BYTES", $"{2 * count}"));
        using var stream = File.Create(path);
        stream.Write(RawSafetensors.File(header));
        foreach (var (index, place) in Places.Index().Where(p => p.Item < count))
        {
            stream.Position = 8 + header.Length + 2 * place;
            stream.Write([(byte)index, 0x3F]);
        }

        stream.SetLength(8 + header.Length + 2 * count);
        return path;
    }

    private static void AssertValues(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        foreach (var (index, place) in Places.Index())
            Assert.Equal(BitConverter.UInt32BitsToSingle((0x3F00u + (uint)index) << 16), tensor[place].to(ScalarType.Float32).item<float>());
        Assert.Equal(Places.Length, tensor.count_nonzero().item<long>());
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
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Align.Tests"), ["-method", $"{test.TestClass.TestClassName}.{test.MethodName}"]) { RedirectStandardOutput = true };
        start.Environment[variable] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && output.Contains("Total: 1, Errors: 0, Failed: 0", StringComparison.Ordinal), output);
    }
}
