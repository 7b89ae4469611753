using Align.Tool.Engine;
using Align.Tool.Notebooks;
using Align.Tool.Running;

namespace Align.Notebooks.Tests.Running;

/// <summary>The notebooks in <c>Broken/</c> must fail, where their metadata says. A runner that finds nothing wrong with them finds nothing.</summary>
public sealed class BrokenNotebookTests : IDisposable
{
    private readonly TestFolder folder = new();

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(Folder, "*.ipynb").Select(path => Path.GetFileNameWithoutExtension(path)).Order()];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Broken");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void There_are_broken_notebooks() => Assert.True(Names.Count >= 6);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_fails_in_the_cell_and_line_it_says_and_runs_no_further(string name)
    {
        var notebook = NotebookFile.Read(Path.Combine(Folder, name + ".ipynb"));
        var fails = notebook.Metadata["align"]!["fails"]!;
        var (cell, line, error) = ((int)fails["cell"]!, (int?)fails["line"], (string?)fails["error"]);

        // The endless ones say when they are running, and then are interrupted.
        AppContext.SetData("endless", null);
        using var interrupt = new CancellationTokenSource();
        var started = new List<int>();
        var runner = new NotebookRunner(folder.Path)
        {
            CellStarts = (number, _) => started.Add(number),
        };
        var running = runner.RunAsync(notebook, interrupt.Token);
        while (!running.IsCompleted)
        {
            if (AppContext.GetData("endless") is true)
                await interrupt.CancelAsync();
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        var run = await running;

        Assert.Equal((cell, line, error), (run.Error?.Cell, run.Error?.Line, run.Error?.Name));
        Assert.Equal(Enumerable.Range(1, cell), started);
        Assert.Equal(name == "endless-ignoring", run.IsAbandoned);

        // What ran is saved: the failing cell with its error last, the later ones empty.
        var saved = NotebookFile.Read(runner.ExecutedOf(notebook));
        Assert.Equal("error", (string?)saved.CodeCells[cell - 1].Outputs[^1]!["output_type"]);
        Assert.All(saved.CodeCells.Skip(cell), later => Assert.Empty(later.Outputs));
        Assert.All(saved.CodeCells.Skip(cell), later => Assert.Null(later.ExecutionCount));
        Assert.Contains($"{error}", await File.ReadAllTextAsync(runner.PageOf(notebook), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        if (name is "throws-after-output")
            Assert.Equal(["display_data", "stream", "error"], saved.CodeCells[0].Outputs.Select(output => (string?)output!["output_type"]));
    }
}
