using Align.Tool.Notebooks;

namespace Align.Notebooks.Tests.Running;

/// <summary><c>align run</c> as a person meets it, in a small repository of the test's own.</summary>
public sealed class RunCommandTests : IDisposable
{
    private readonly TestFolder repository = new();

    public RunCommandTests()
    {
        Directory.CreateDirectory(Path.Combine(repository.Path, "notebooks", "deeper"));
        File.WriteAllText(Path.Combine(repository.Path, "Align.Notebooks.sln"), "");
    }

    public void Dispose() => repository.Dispose();

    [Fact]
    public async Task Without_a_name_the_two_of_the_main_command_run_and_the_table_closes_it()
    {
        Copy("every-output", "4-dpo");
        Copy("every-output", "1-sft");
        Copy("throws", "9-other");
        // From a folder below the root, as from any.
        var (exit, output, errors) = await ToolProcess.Run(Path.Combine(repository.Path, "notebooks", "deeper"), "run", "--quick", "--set", "beta=0.5");
        Assert.True(exit == 0, errors);
        Assert.Equal(["1-sft.html", "1-sft.ipynb", "4-dpo.html", "4-dpo.ipynb"], Directory.EnumerateFiles(Executed).Select(Path.GetFileName).Order());
        Assert.Contains("4-dpo [3/8] var live", output, StringComparison.Ordinal);
        Assert.Equal(2, output.Split('\n').Count(line => line.Contains("│ sample │    20 │ 10.0 │", StringComparison.Ordinal)));
        Assert.Contains("var steps = 20;\nvar beta = 0.5;", NotebookFile.Read(Path.Combine(Executed, "4-dpo.ipynb")).Parameters!.Source, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_cell_gives_notebook_cell_line_and_message_and_exit_code_1()
    {
        Copy("throws", "fails");
        Copy("every-output", "works");
        var (exit, output, errors) = await ToolProcess.Run(repository.Path, "run", "--all", "--quick");
        Assert.Equal(1, exit);
        Assert.Contains("fails, cell [3], line 2: ArgumentException: no values\n", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Align.Tool", errors, StringComparison.Ordinal);
        // One notebook that fails does not keep the others from running.
        Assert.Contains("works [8/8]", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("endless-heeding", 2)]
    [InlineData("endless-ignoring", 0)]
    public async Task Ctrl_C_stops_the_run_with_130_and_what_ran_is_saved(string name, int ranBefore)
    {
        Copy(name, name);
        Copy("every-output", "later");
        using var tool = ToolProcess.Start(repository.Path, "run", name, "later");
        await tool.Prints($"{name} [{ranBefore + 1}/");
        await Task.Delay(300, TestContext.Current.CancellationToken);
        tool.Interrupt();
        var (exit, output, errors) = await tool.End();
        Assert.Equal(130, exit);
        Assert.Contains($"{name}, cell [{ranBefore + 1}]", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("later", output, StringComparison.Ordinal);
        Assert.Equal("Interrupted", (string?)NotebookFile.Read(Path.Combine(Executed, name + ".ipynb")).CodeCells[ranBefore].Outputs[^1]!["ename"]);
        Assert.True(File.Exists(Path.Combine(Executed, name + ".html")));
    }

    [Fact]
    public async Task Save_writes_the_outputs_back_and_twice_the_same()
    {
        Copy("every-output", "sample");
        var path = Path.Combine(repository.Path, "notebooks", "sample.ipynb");
        Assert.Equal(0, (await ToolProcess.Run(repository.Path, "run", "sample", "--save")).Exit);
        var saved = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        Assert.All(NotebookFile.Read(path).CodeCells, cell => Assert.Equal(cell.ComputeSha(), cell.SourceSha));
        Assert.Contains("5000 steps", saved, StringComparison.Ordinal);
        Assert.Equal(0, (await ToolProcess.Run(repository.Path, "run", "sample", "--save")).Exit);
        Assert.Equal(saved, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("There is no notebook 'other'", "run", "other")]
    [InlineData("holds neither 1-sft nor 4-dpo", "run")]
    [InlineData("'step' is not declared in the parameters cell", "run", "sample", "--set", "step=3")]
    [InlineData("--save keeps the outputs", "run", "sample", "--save", "--quick")]
    [InlineData("takes no names", "run", "sample", "--all")]
    public async Task What_cannot_be_run_as_asked_is_said_before_anything_runs(string message, params string[] arguments)
    {
        Copy("every-output", "sample");
        var (exit, output, errors) = await ToolProcess.Run(repository.Path, arguments);
        Assert.Equal((1, ""), (exit, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    private string Executed => Path.Combine(repository.Path, "artifacts", "notebooks");

    private void Copy(string notebook, string name)
    {
        var folder = File.Exists(Path.Combine(Folders.Samples, notebook + ".ipynb")) ? Folders.Samples : Path.Combine(AppContext.BaseDirectory, "Broken");
        File.Copy(Path.Combine(folder, notebook + ".ipynb"), Path.Combine(repository.Path, "notebooks", name + ".ipynb"));
    }
}
