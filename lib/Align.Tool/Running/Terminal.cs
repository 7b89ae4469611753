using System.Globalization;
using Align.Tool.Notebooks;
using Spectre.Console;

namespace Align.Tool.Running;

/// <summary>What a person sees of a run: a bar where there is a terminal, a line per cell where there is none.</summary>
/// <remarks>It writes to the streams the process started with; what cells print goes into their outputs.</remarks>
internal sealed class Terminal : IDisposable
{
    private readonly TextWriter stdout = Console.Out;
    private readonly TextWriter stderr = Console.Error;

    public Terminal()
    {
        Out = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(stdout) });
        if (!Out.Profile.Out.IsTerminal)
            Out.Profile.Width = 200;
    }

    /// <summary>Where tables go.</summary>
    public IAnsiConsole Out { get; }

    /// <summary>Runs a notebook and says how it goes.</summary>
    public async Task<NotebookRun> Follow(NotebookFile notebook, string folder, CancellationToken cancellation)
    {
        var run = Out.Profile.Out.IsTerminal
            ? await WithBar(notebook, folder, cancellation)
            : await WithLines(notebook, folder, cancellation);
        var page = Path.GetRelativePath(Environment.CurrentDirectory, new NotebookRunner(folder).PageOf(notebook));
        stdout.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{notebook.Name}: {run.Time.TotalSeconds:0.0} s, {page}"));
        if (run.Error is { } error)
        {
            stderr.WriteLine($"{notebook.Name}, {error.Place}: {error.Name}: {error.Message}");
            foreach (var line in error.Traceback)
                stderr.WriteLine($"    {line}");
        }

        return run;
    }

    /// <summary>Ends the process although a cell still runs.</summary>
    public void Leave(int exit)
    {
        stdout.Flush();
        stderr.Flush();
        ProcessEnd.Now(exit);
    }

    public void Dispose() => stdout.Flush();

    private Task<NotebookRun> WithLines(NotebookFile notebook, string folder, CancellationToken cancellation) => new NotebookRunner(folder)
    {
        CellStarts = (number, cell) => stdout.WriteLine($"{notebook.Name} {Title(notebook, number, cell)}"),
    }.RunAsync(notebook, cancellation);

    private Task<NotebookRun> WithBar(NotebookFile notebook, string folder, CancellationToken cancellation) => Out.Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new ElapsedTimeColumn())
        .StartAsync(context =>
        {
            var bar = context.AddTask(Markup.Escape(notebook.Name), maxValue: notebook.CodeCells.Count);
            return new NotebookRunner(folder)
            {
                CellStarts = (number, cell) =>
                {
                    bar.Value = number - 1;
                    bar.Description = Markup.Escape($"{notebook.Name} {Title(notebook, number, cell)}");
                },
            }.RunAsync(notebook, cancellation);
        });

    private static string Title(NotebookFile notebook, int number, NotebookCell cell)
    {
        var lines = cell.Source.Split('\n').Select(text => text.Trim()).Where(text => text.Length > 0).ToList();
        var line = lines.Find(text => !text.StartsWith('#') && !text.StartsWith("using ", StringComparison.Ordinal)) ?? lines[0];
        return $"[{number}/{notebook.CodeCells.Count}] {(line.Length > 40 ? line[..39] + "…" : line)}";
    }
}
