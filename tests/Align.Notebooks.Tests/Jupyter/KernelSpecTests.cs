using System.Text.Json.Nodes;
using Align.Tool;
using Align.Tool.Jupyter;

namespace Align.Notebooks.Tests.Jupyter;

public sealed class KernelSpecTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("align", "Align (C#)")]
    [InlineData(".net-csharp", ".NET (C#)")]
    public void It_names_the_runtime_and_the_tool_by_full_paths(string name, string display)
    {
        var path = KernelSpec.Install(folder.Path, name);
        Assert.Equal(Path.Combine(folder.Path, "kernels", name, "kernel.json"), path);
        var spec = JsonNode.Parse(File.ReadAllText(path))!;
        Assert.Equal([DotnetHost.FilePath, DotnetHost.ToolPath, "kernel", "--connection-file", "{connection_file}"], spec["argv"]!.AsArray().Select(argument => (string?)argument));
        Assert.Equal((display, "C#", "message"), ((string?)spec["display_name"], (string?)spec["language"], (string?)spec["interrupt_mode"]));
        Assert.True(Path.IsPathFullyQualified(DotnetHost.FilePath) && File.Exists(DotnetHost.ToolPath));
        // Again, as after the tool has moved.
        Assert.Equal(path, KernelSpec.Install(folder.Path, name));
    }

    [Theory]
    [InlineData("""{"argv": ["dotnet", "interactive", "jupyter", "{connection_file}"]}""")]
    [InlineData("not JSON")]
    public void A_kernel_of_somebody_else_is_left_alone(string text)
    {
        var path = Path.Combine(folder.Path, "kernels", ".net-csharp", "kernel.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        Assert.Contains("belongs to another kernel", Assert.Throws<JupyterException>(() => KernelSpec.Install(folder.Path, ".net-csharp")).Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../align")]
    [InlineData("my kernel")]
    public void A_name_that_Jupyter_would_not_take_is_an_error(string name) =>
        Assert.Contains("cannot be a kernel's name", Assert.Throws<JupyterException>(() => KernelSpec.Install(folder.Path, name)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task The_command_installs_where_it_is_told_and_explains_itself_otherwise()
    {
        var (exit, output, _) = await ToolProcess.Run(folder.Path, "kernel", "install", "--prefix", "env", "--as", "mine");
        Assert.Equal(0, exit);
        var path = Path.Combine(folder.Path, "env", "share", "jupyter", "kernels", "mine", "kernel.json");
        Assert.Contains(path, output, StringComparison.Ordinal);
        Assert.True(File.Exists(path));
        Assert.Contains("align kernel install", (await ToolProcess.Run(folder.Path, "kernel")).Errors, StringComparison.Ordinal);
        Assert.Contains("choose one", (await ToolProcess.Run(folder.Path, "kernel", "install", "--user", "--prefix", "x")).Errors, StringComparison.Ordinal);
    }
}
