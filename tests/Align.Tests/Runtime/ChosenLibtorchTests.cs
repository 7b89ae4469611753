using System.Text;
using Align.Runtime;

namespace Align.Tests.Runtime;

/// <summary>ALIGN_LIBTORCH, on folders that only look like a libtorch.</summary>
public sealed class ChosenLibtorchTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("align-tests-");

    private string Lib => Path.Combine(_root.FullName, "torch", "lib");

    public ChosenLibtorchTests()
    {
        Directory.CreateDirectory(Lib);
        File.WriteAllText(Path.Combine(Lib, NativeLibraries.FileName("torch_cpu")), "");
    }

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("__version__ = '2.10.0+cu128'\ndebug = False\ncuda: Optional[str] = '12.8'\n", "2.10.0+cu128")]
    [InlineData("from typing import Optional\n__version__: str = \"2.10.1\"\n", "2.10.1")]
    public void The_version_that_PyTorch_writes_beside_its_libraries_is_read(string python, string version)
    {
        File.WriteAllText(Path.Combine(Lib, "..", "version.py"), python);
        Assert.Equal(version, LibtorchVersion.Of(Lib));
        Assert.Equal(Lib, ChosenLibtorch.Of(Lib, forced: false));
        Assert.Equal(Lib, ChosenLibtorch.Of($" {Lib}/ ", forced: false));
    }

    [Fact]
    public void The_version_of_an_unpacked_libtorch_is_read()
    {
        File.WriteAllText(Path.Combine(Lib, "..", "build-version"), "2.10.0+cpu\n");
        Assert.Equal("2.10.0+cpu", LibtorchVersion.Of(Lib));
    }

    /// <summary>The library is read in pieces of a megabyte: the text may lie across their border.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData((1 << 20) - 4)]
    [InlineData((2 << 20) - 66)]
    [InlineData((3 << 20) - 1)]
    public void The_version_inside_the_library_is_read(int at)
    {
        var library = new byte[at + 4000];
        Array.Fill(library, (byte)'7');
        Encoding.ASCII.GetBytes("\u00002.10.0\0").CopyTo(library, at);
        File.WriteAllBytes(Path.Combine(Lib, NativeLibraries.FileName("torch_python")), library);
        Assert.Equal("2.10.0", LibtorchVersion.Of(Lib));
    }

    [Fact]
    public void The_version_inside_the_packages_own_library_is_read()
    {
        var library = NativeLibraries.FileName("torch_python");
        var folder = NativeFolders.All().FirstOrDefault(f => File.Exists(Path.Combine(f, library)));
        Assert.NotNull(folder);
        Assert.Equal("2.10.0", LibtorchVersion.OfLibrary(Path.Combine(folder, library)));
    }

    [Theory]
    [InlineData("2.9.1")]
    [InlineData("2.1.0")]
    [InlineData("2.100.0")]
    [InlineData("2.11.0+cu130")]
    public void Another_version_is_refused_with_the_reason_unless_it_is_forced(string version)
    {
        File.WriteAllText(Path.Combine(Lib, "..", "version.py"), $"__version__ = '{version}'\n");
        var error = Assert.Throws<NativeLoadException>(() => ChosenLibtorch.Of(Lib, forced: false));
        Assert.Contains($"libtorch {version}; TorchSharp 0.107.0 is built for 2.10", error.Message, StringComparison.Ordinal);
        Assert.Contains("ALIGN_LIBTORCH_FORCE=1", error.Message, StringComparison.Ordinal);
        Assert.Contains("pip install torch==2.10.0", error.Message, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(Lib, NativeLibraries.FileName("torch_cpu")), error.File);
        Assert.Equal(Lib, ChosenLibtorch.Of(Lib, forced: true));
    }

    [Fact]
    public void A_libtorch_that_does_not_say_its_version_is_refused_unless_it_is_forced()
    {
        File.WriteAllText(Path.Combine(Lib, "..", "version.py"), "nothing here\n");
        var error = Assert.Throws<NativeLoadException>(() => ChosenLibtorch.Of(Lib, forced: false));
        Assert.Contains("does not say which version", error.Message, StringComparison.Ordinal);
        Assert.Equal(Lib, ChosenLibtorch.Of(Lib, forced: true));
    }

    [Fact]
    public void A_folder_without_libtorch_is_refused_even_if_forced_and_the_right_one_is_named()
    {
        var error = Assert.Throws<NativeLoadException>(() => ChosenLibtorch.Of(Path.Combine(_root.FullName, "torch"), forced: true));
        Assert.Contains("names a folder without libtorch", error.Message, StringComparison.Ordinal);
        Assert.Contains(Lib, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void An_empty_variable_names_nothing(string? value) => Assert.Null(ChosenLibtorch.Of(value, forced: false));

    [Fact]
    public void The_package_that_the_build_takes_says_its_version() =>
        Assert.Equal("2.10.0", LibtorchVersion.Of("/any/packages/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native"));
}
