using Align.Notebooks.Tests.Notebooks;
using Align.Tool.Notebooks;
using Align.Tool.Running;

namespace Align.Notebooks.Tests.Running;

public sealed class NotebookRunTests : IDisposable
{
    private readonly TestFolder folder = new();

    /// <summary>Every notebook the kit ships, and the tests' own.</summary>
    public static TheoryData<string> Notebooks =>
        [.. Folders.Notebooks.Concat(Directory.EnumerateFiles(Folders.Samples, "*.ipynb")).Select(path => Path.GetRelativePath(Folders.Root, path))];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Notebooks))]
    public async Task Every_notebook_runs_with_its_quick_numbers_and_the_solutions_of_its_exercises_are_right(string path)
    {
        var notebook = NotebookFile.Read(Path.Combine(Folders.Root, path));
        Parameters.SetQuick(notebook);
        var exercises = Exercises.Solve(notebook);
        var run = await new NotebookRunner(folder.Path).RunAsync(notebook, TestContext.Current.CancellationToken);
        Assert.True(run.Error is null, $"{notebook.Name}, {run.Error?.Place}: {string.Join('\n', run.Error?.Traceback ?? [])}");
        Assert.Equal(exercises, Exercises.Verdicts(run.Notebook).Count(verdict => verdict.Contains(": right.", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Notebooks))]
    public void Exercises_are_committed_unsolved(string path) =>
        Assert.All(Exercises.Verdicts(NotebookFile.Read(Path.Combine(Folders.Root, path))), verdict => Assert.Contains("not solved yet", verdict, StringComparison.Ordinal));

    [Fact]
    public async Task The_same_notebook_run_twice_gives_the_same_bytes()
    {
        var first = await Sample();
        var text = await File.ReadAllTextAsync(Path.Combine(folder.Path, "every-output.ipynb"), TestContext.Current.CancellationToken);
        var second = await Sample();
        Assert.Equal(text, second.Notebook.ToJson());
        Assert.Equal(CommittedOutputs.Of(first.Notebook).ToJson(), CommittedOutputs.Of(second.Notebook).ToJson());
    }

    [Fact]
    public async Task Each_kind_of_output_has_its_shape_and_an_update_replaces_what_it_names()
    {
        var run = await Sample();
        var shown = run.Notebook.CodeCells.SelectMany(cell => cell.Outputs).Select(output =>
            $"{output!["output_type"]} {string.Join(' ', output["data"]?.AsObject().Select(item => item.Key) ?? [output["name"]!.ToString()])}");
        Assert.Equal(
            [
                "display_data text/plain", "stream stdout", "stream stderr", "execute_result text/plain",
                "execute_result text/html text/plain", "execute_result text/html",
            ],
            shown);
        Assert.Equal("20 steps", SourceLines.Join(run.Notebook.CodeCells[2].Outputs[0]!["data"]!["text/plain"]));
        Assert.Equal(Enumerable.Range(1, 8), run.Notebook.CodeCells.Select(cell => cell.ExecutionCount!.Value));
        Assert.Equal("sample steps=20 sum=2.0", string.Join(' ', run.Results.Select(row => $"{row.Method} {string.Join(' ', row.Cells.Select(cell => $"{cell.Column}={cell.Value}"))}")));
    }

    [Fact]
    public async Task The_current_folder_is_the_notebooks_own_while_it_runs_and_the_old_one_afterwards()
    {
        var before = Environment.CurrentDirectory;
        var notebook = NotebookFile.Parse(TestNotebook.Of("System.IO.Directory.GetCurrentDirectory()").ToJson(), Path.Combine(folder.Path, "where.ipynb"));
        var run = await new NotebookRunner(Path.Combine(folder.Path, "out")).RunAsync(notebook, TestContext.Current.CancellationToken);
        Assert.Equal(folder.Path, SourceLines.Join(run.Notebook.CodeCells[0].Outputs[0]!["data"]!["text/plain"]));
        Assert.Equal(before, Environment.CurrentDirectory);
    }

    private Task<NotebookRun> Sample()
    {
        var notebook = NotebookFile.Read(Path.Combine(Folders.Samples, "every-output.ipynb"));
        Parameters.SetQuick(notebook);
        return new NotebookRunner(folder.Path).RunAsync(notebook, TestContext.Current.CancellationToken);
    }
}
