using System.Diagnostics;
using System.Reflection;
using Align.Runtime;

namespace Align.Tests;

/// <summary>artifacts/kit is all that a process which is not ours needs: here a plain program that knows nothing but the folder.</summary>
public sealed class KitTests(KitTests.PlainProgram program) : IClassFixture<KitTests.PlainProgram>
{
    private static string Kit => Path.Combine(Golden.Root, "artifacts", "kit");

    /// <summary>-p:TorchBackend=cuda asks for the package, which brings copies of its own.</summary>
    private static bool BuiltForCuda => typeof(KitTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Any(m => m is { Key: "TorchBackend", Value: "cuda" });

    [Fact]
    public void The_kit_holds_what_cell_1_names_and_the_folders_of_the_natives_and_no_libtorch()
    {
        foreach (var file in new[] { "TorchSharp.dll", "Align.dll", "Align.Interactive.dll", "Plotly.NET.dll", "Microsoft.Data.Analysis.dll", "align.natives" })
            Assert.True(File.Exists(Path.Combine(Kit, file)), file);
        Assert.All(NativeFolders.Listed(Path.Combine(Kit, "align.natives")), f => Assert.True(Directory.Exists(f), f));
        Assert.DoesNotContain(Directory.GetFiles(Kit, "*", SearchOption.AllDirectories), f => f.EndsWith(".so", StringComparison.Ordinal) || f.EndsWith(".dylib", StringComparison.Ordinal));
    }

    [Fact]
    public void No_output_folder_holds_a_copy_of_libtorch()
    {
        if (BuiltForCuda) return;
        Assert.Empty(new[] { "lib", "tests", "artifacts" }.SelectMany(f =>
            Directory.GetFiles(Path.Combine(Golden.Root, f), NativeLibraries.FileName("torch_cpu"), SearchOption.AllDirectories)));
    }

    /// <summary>The file that a restore writes lists every package that it asked for.</summary>
    [Fact]
    public void A_plain_restore_asks_for_no_CUDA_package()
    {
        if (BuiltForCuda) return;
        var restored = Directory.GetFiles(Golden.Root, "project.assets.json", SearchOption.AllDirectories);
        Assert.NotEmpty(restored);
        Assert.All(restored, f => Assert.DoesNotContain("cuda", File.ReadAllText(f), StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Two_plain_processes_at_once_run_torch_from_the_kit_alone()
    {
        using var cache = new Folder();
        (string, string)[] variables = [("XDG_CACHE_HOME", cache.Path), ("NUGET_PACKAGES", cache.Path)];
        var runs = await Task.WhenAll(program.Run(Kit, variables), program.Run(Kit, variables), program.Run(Kit, variables));
        Assert.All(runs, r => Assert.Equal((0, "sum 4"), (r.Code, r.Output)));
        // On a system with a newer libstdc++ there is no copy at all.
        var copies = Directory.GetFiles(cache.Path, "*", SearchOption.AllDirectories);
        Assert.Equal(Natives.Report.Weakened is null ? 0 : 1, copies.Length);
        Assert.All(copies, c => Assert.Equal(File.ReadAllBytes(Natives.Report.Weakened!), File.ReadAllBytes(c)));
    }

    [Fact]
    public async Task A_home_that_cannot_be_written_is_no_obstacle()
    {
        using var cache = new Folder();
        var file = Path.Combine(cache.Path, "no-folder");
        File.WriteAllText(file, "");
        var run = await program.Run(Kit, ("XDG_CACHE_HOME", file));
        Assert.Equal((0, "sum 4"), (run.Code, run.Output));
    }

    [Fact]
    public async Task The_libtorch_that_a_variable_names_is_used_and_another_version_is_refused()
    {
        using var torch = new Folder();
        var lib = Directory.CreateDirectory(Path.Combine(torch.Path, "lib")).FullName;
        foreach (var file in Natives.Report.Files.Where(f => !f.Contains("LibTorchSharp", StringComparison.Ordinal)))
            File.CreateSymbolicLink(Path.Combine(lib, Path.GetFileName(file)), file);

        File.WriteAllText(Path.Combine(torch.Path, "version.py"), "__version__ = '2.10.0+cpu'\n");
        var run = await program.Run(Kit, ("ALIGN_LIBTORCH", lib));
        Assert.Equal((0, "sum 4"), (run.Code, run.Output));

        File.WriteAllText(Path.Combine(torch.Path, "version.py"), "__version__ = '2.9.1'\n");
        run = await program.Run(Kit, ("ALIGN_LIBTORCH", lib));
        Assert.Equal(3, run.Code);
        Assert.StartsWith("ALIGN_LIBTORCH names libtorch 2.9.1", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_loaded_is_said_in_the_loaders_own_words()
    {
        using var torch = new Folder();
        var file = Path.Combine(torch.Path, NativeLibraries.FileName("torch_cpu"));
        File.WriteAllText(file, "no library");
        var run = await program.Run(Kit, ("ALIGN_LIBTORCH", torch.Path), ("ALIGN_LIBTORCH_FORCE", "1"));
        Assert.Equal(3, run.Code);
        Assert.Contains($"file:      {file}", run.Output, StringComparison.Ordinal);
        Assert.Contains(OperatingSystem.IsLinux() ? $"loader:    {file}: file too short" : "loader:", run.Output, StringComparison.Ordinal);
        Assert.Contains("remedy:", run.Output, StringComparison.Ordinal);
        Assert.Contains("Debian 12, Ubuntu 22.04", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_there_is_no_libtorch_the_folders_and_the_remedy_are_named()
    {
        using var other = new Folder();
        foreach (var file in new[] { "Align.dll", "TorchSharp.dll" }) File.Copy(Path.Combine(Kit, file), Path.Combine(other.Path, file));
        var run = await program.Run(other.Path, ("NUGET_PACKAGES", other.Path));
        Assert.Equal(3, run.Code);
        Assert.Contains(Path.Combine(other.Path, "runtimes", NativeFolders.Rid, "native"), run.Output, StringComparison.Ordinal);
        Assert.Contains($"dotnet add package libtorch-cpu-{NativeFolders.Rid} --version 2.10.0", run.Output, StringComparison.Ordinal);
    }

    /// <summary>Built once: it refers to two files of the kit, copies nothing, and finds them at run time in the folder it is told.</summary>
    public sealed class PlainProgram : IAsyncLifetime
    {
        private readonly Folder _folder = new();

        public async ValueTask InitializeAsync()
        {
            File.WriteAllText(Path.Combine(_folder.Path, "plain.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><UseAppHost>false</UseAppHost><InvariantGlobalization>true</InvariantGlobalization></PropertyGroup>
                  <ItemGroup><Reference Include="{Kit}/Align.dll;{Kit}/TorchSharp.dll" Private="false" /></ItemGroup>
                </Project>
                """);
            File.WriteAllText(Path.Combine(_folder.Path, "plain.cs"), """
                System.Runtime.Loader.AssemblyLoadContext.Default.Resolving += (context, name) => context.LoadFromAssemblyPath($"{args[0]}/{name.Name}.dll");
                return await Plain.Run();

                static class Plain
                {
                    public static async System.Threading.Tasks.Task<int> Run()
                    {
                        try
                        {
                            var loads = new System.Threading.Tasks.Task[8];
                            for (var i = 0; i < loads.Length; i++) loads[i] = System.Threading.Tasks.Task.Run(Align.Runtime.Natives.Load);
                            await System.Threading.Tasks.Task.WhenAll(loads);
                            System.Console.WriteLine($"sum {TorchSharp.torch.sum(TorchSharp.torch.ones(2, 2)).item<float>()}");
                            return 0;
                        }
                        catch (Align.Runtime.NativeLoadException e)
                        {
                            System.Console.WriteLine(e.Message);
                            return 3;
                        }
                    }
                }
                """);
            var build = await Dotnet("build", "-v", "quiet", "--disable-build-servers");
            Assert.True(build.Code == 0, build.Output);
        }

        public ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }

        internal Task<(int Code, string Output)> Run(string kit, params (string Name, string Value)[] variables) =>
            Dotnet(["exec", Path.Combine("bin", "Debug", "net10.0", "plain.dll"), kit], variables);

        private Task<(int Code, string Output)> Dotnet(params string[] arguments) => Dotnet(arguments, []);

        private async Task<(int Code, string Output)> Dotnet(string[] arguments, (string Name, string Value)[] variables)
        {
            var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true };
            // What the tests themselves were started with is not what this program is to be told.
            foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("ALIGN_", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
            foreach (var (name, value) in variables) start.Environment[name] = value;
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, output.Trim());
        }
    }

    private sealed class Folder : IDisposable
    {
        internal string Path { get; } = Directory.CreateTempSubdirectory("align-tests-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
