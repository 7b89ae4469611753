using Align.Tool;
using Align.Tool.Machine;
using Spectre.Console;

namespace Align.Notebooks.Tests;

public sealed class DoctorTests
{
    private static (int Code, string Text) Print(params Finding[] findings)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        return (Doctor.Print(console, findings), writer.ToString());
    }

    [Fact]
    public void On_a_machine_that_runs_these_tests_everything_is_well()
    {
        var findings = Doctor.Examine().ToArray();
        // The tests may be started from any folder; the finding about the current one is tested below.
        Assert.All(findings.Where(f => f.Name != "repository"), f => Assert.Null(f.Remedy));
        foreach (var name in new[] { ".NET SDK", "repository", "system", "CPU", "memory", "libtorch", "CUDA", "speed", "compute type", "Jupyter kernels" })
            Assert.Single(findings, f => f.Name == name);
        Assert.Contains(findings, f => f.Text.EndsWith(OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_remedy_the_exit_code_is_0()
    {
        var (code, text) = Print(new("CPU", "fast"), new("memory", "much"));
        Assert.Equal(0, code);
        Assert.Contains("dotnet test will work here", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_failing_line_prints_its_remedy_and_makes_the_exit_code_1()
    {
        var (code, text) = Print(new("CPU", "fast"), new("memory", "little", "buy [more]"), new(".NET SDK", "8.0.100", "install it"));
        Assert.Equal(1, code);
        Assert.Contains("memory: buy [more]", text, StringComparison.Ordinal);
        Assert.Contains(".NET SDK: install it", text, StringComparison.Ordinal);
        Assert.Contains("will not work here", text, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_file_each_finding_is_one_line_without_colours()
    {
        var path = string.Concat(Enumerable.Repeat("/a-long-folder", 30));
        var (_, text) = Print(new("libtorch", path), new("", "[brackets] stay"));
        Assert.Contains(text.Split('\n'), l => l.Contains(path, StringComparison.Ordinal));
        Assert.Contains("[brackets] stay", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
    }

    [Theory]
    [InlineData("10.0.100", true)]
    [InlineData("10.0.401", true)]
    [InlineData("9.0.300", false)]
    [InlineData("11.0.100", false)]
    public void The_SDK_must_be_of_version_10(string version, bool good) => Assert.Equal(good, Sdk.Judge(version).Remedy is null);

    [Fact]
    public void The_repository_is_found_from_a_folder_inside_it_and_missed_outside()
    {
        var root = Directory.CreateTempSubdirectory("align-tests-");
        try
        {
            var inside = root.CreateSubdirectory("a/b");
            Assert.NotNull(Repository.Examine(inside.FullName).Remedy);
            File.WriteAllText(Path.Combine(root.FullName, "Align.Notebooks.sln"), "");
            Assert.StartsWith(root.FullName + ", ", Repository.Examine(inside.FullName).Text, StringComparison.Ordinal);
            Assert.Null(Repository.Judge("/r", 1.5).Remedy);
            Assert.Contains("make room", Repository.Judge("/r", 0.5).Remedy, StringComparison.Ordinal);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_processor_is_read_from_cpuinfo()
    {
        var cpu = Cpu.Parse("processor\t: 0\nmodel name\t: Some CPU: fast\nflags\t\t: fpu avx2 avx512f avx512_bf16 avx512_vnni\n\nprocessor\t: 1\nmodel name\t: Other\n", 2);
        Assert.Equal("Some CPU: fast, 2 cores, avx2 avx512f avx512_bf16", cpu.ToString());
        Assert.True(cpu.Bf16);

        var old = Cpu.Parse("model name : Old\nflags : sse2 avx2f\n", 1);
        Assert.Equal("Old, 1 core, no known flags", old.ToString());
        Assert.False(old.Bf16);
        Assert.Equal("unknown, 4 cores, no known flags", Cpu.Parse("", 4).ToString());
    }

    [Theory]
    [InlineData("avx512_bf16", 100, 400, "bf16 pays here (4.0 times fp32)")]
    [InlineData("amx_bf16", 100, 110, "only 1.1 times fp32")]
    [InlineData("avx2", 100, 400, "no bf16 instructions")]
    public void The_compute_type_is_recommended_by_flags_and_measurement(string flag, double fp32, double bf16, string advice) =>
        Assert.Contains(advice, new Speed(fp32, bf16, 10, 2).Advice(new("CPU", [flag], 2)), StringComparison.Ordinal);

    [Fact]
    public void The_name_of_the_system_is_read_from_os_release()
    {
        Assert.Equal("Debian GNU/Linux 12 (bookworm)", OperatingSystemName.Pretty("NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"));
        Assert.Null(OperatingSystemName.Pretty("NAME=x\n"));
    }

    [Fact]
    public void Kernels_are_found_where_their_kernel_json_lies()
    {
        var root = Directory.CreateTempSubdirectory("align-tests-");
        try
        {
            Assert.StartsWith("neither align nor .net-csharp", Kernels.Examine([root.FullName]).Text, StringComparison.Ordinal);
            root.CreateSubdirectory(".net-csharp");
            Assert.StartsWith("neither", Kernels.Examine([root.FullName]).Text, StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(root.FullName, ".net-csharp", "kernel.json"), "{}");
            Assert.Equal($".net-csharp (.NET Interactive) in {Path.Combine(root.FullName, ".net-csharp")}", Kernels.Examine([root.FullName]).Text);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
