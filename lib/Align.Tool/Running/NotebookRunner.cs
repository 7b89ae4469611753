using System.Diagnostics;
using Align.Tool.Engine;
using Align.Tool.Html;
using Align.Tool.Notebooks;

namespace Align.Tool.Running;

/// <summary>Runs a notebook from top to bottom in a fresh engine and writes what it showed.</summary>
/// <param name="folder">Where the executed notebooks and their pages go.</param>
internal sealed class NotebookRunner(string folder)
{
    /// <summary>How long a cell may take to notice that it was interrupted, before it is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.75);

    /// <summary>Called with each cell's number before it runs.</summary>
    public Action<int, NotebookCell> CellStarts { get; init; } = (_, _) => { };

    /// <summary>The executed copy of a notebook.</summary>
    public string ExecutedOf(NotebookFile notebook) => Path.Combine(folder, notebook.Name + ".ipynb");

    /// <summary>The page of a notebook.</summary>
    public string PageOf(NotebookFile notebook) => Path.Combine(folder, notebook.Name + ".html");

    /// <summary>Runs all cells, in the notebook's folder, until one fails or the person interrupts. The notebook itself is not changed.</summary>
    public async Task<NotebookRun> RunAsync(NotebookFile source, CancellationToken cancellation)
    {
        var notebook = source.Copy();
        foreach (var cell in notebook.CodeCells)
            (cell.Outputs, cell.ExecutionCount) = ([], null);
        var clock = Stopwatch.StartNew();
        var home = Environment.CurrentDirectory;
        Environment.CurrentDirectory = Path.GetDirectoryName(Path.GetFullPath(notebook.Path))!;
        try
        {
            // Writing the first page costs seconds, most of them compilation: done beside the first cells, an interrupted run ends at once.
            var unexecuted = notebook.Copy();
            var warm = Task.Run(() => HtmlPage.Of(unexecuted), CancellationToken.None);
            using var engine = new NotebookEngine();
            var shown = new List<(NotebookCell Cell, CellOutputs Outputs)>();
            var (error, isAbandoned) = await RunCellsAsync(engine, notebook, shown, cancellation);
            // Again for all: a later cell may have updated what an earlier one displays.
            foreach (var (cell, outputs) in shown)
                cell.Outputs = outputs.ToJson();
            notebook.Write(ExecutedOf(notebook));
            await warm;
            File.WriteAllText(PageOf(notebook), HtmlPage.Of(notebook));
            return new NotebookRun(notebook, error, isAbandoned, clock.Elapsed, engine.Results);
        }
        finally
        {
            Environment.CurrentDirectory = home;
        }
    }

    private async Task<(CellError? Error, bool IsAbandoned)> RunCellsAsync(
        NotebookEngine engine, NotebookFile notebook, List<(NotebookCell Cell, CellOutputs Outputs)> shown, CancellationToken cancellation)
    {
        foreach (var (cell, index) in notebook.CodeCells.Select((cell, index) => (cell, index)).Where(item => item.cell.Source.Trim().Length > 0))
        {
            var number = index + 1;
            if (cancellation.IsCancellationRequested)
                return (Interrupted(number, "The run was interrupted before this cell."), false);
            CellStarts(number, cell);
            cell.ExecutionCount = number;
            var outputs = new CellOutputs();
            shown.Add((cell, outputs));
            var running = engine.RunAsync(number, cell.Source, outputs, cancellation);
            if (!await EndsInTime(running, cancellation))
            {
                var givenUp = Interrupted(number, "The cell did not heed the interruption and was given up.");
                outputs.Error(givenUp);
                outputs.Close();
                return (givenUp, true);
            }

            cell.Outputs = outputs.ToJson();
            // On disk at once: should native code end the process in a later cell, what ran is there.
            notebook.Write(ExecutedOf(notebook));
            if (await running is { } error)
                return (error, false);
        }

        return (null, false);
    }

    private static CellError Interrupted(int number, string message) =>
        new(number, null, CellError.Interrupted, message, [$"{CellError.Interrupted}: {message}"]);

    private static async Task<bool> EndsInTime(Task running, CancellationToken cancellation)
    {
        try
        {
            await running.WaitAsync(cancellation);
            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return await Task.WhenAny(running, Task.Delay(Patience, CancellationToken.None)) == running;
        }
    }
}
