using System.CommandLine;
using Align.Interactive;
using Align.Tool.Notebooks;
using Align.Tool.Running;
using Spectre.Console;

namespace Align.Tool;

/// <summary><c>align run</c>: executes notebooks headlessly.</summary>
internal static class RunCommand
{
    private const int Failed = 1;
    private const int Interrupted = 130;

    /// <summary>The command for the root.</summary>
    public static Command Create()
    {
        var names = new Argument<string[]>("name") { Description = "Notebooks by name, such as 4-dpo, or by path. Without a name: 1-sft and 4-dpo.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "Every notebook in notebooks/." };
        var set = new Option<string[]>("--set") { Description = "name=value: replaces a number of the parameters cell.", HelpName = "name=value" };
        var quick = new Option<bool>("--quick") { Description = "The quick numbers that tests use." };
        var save = new Option<bool>("--save") { Description = "Writes the outputs back into the notebooks." };
        var command = new Command("run", "Runs notebooks from top to bottom and writes them, and a page of each, to artifacts/notebooks/.") { names, all, set, quick, save };
        command.SetAction((arguments, cancellation) => RunAsync(
            new Choice(arguments.GetValue(names) ?? [], arguments.GetValue(all), arguments.GetValue(set) ?? [], arguments.GetValue(quick), arguments.GetValue(save)),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(Choice choice, CancellationToken cancellation)
    {
        var checkout = Checkout.Find(Environment.CurrentDirectory);
        var notebooks = Load(checkout, choice);
        using var terminal = new Terminal();
        var rows = new List<ResultRow>();
        var exit = 0;
        foreach (var notebook in notebooks)
        {
            var run = await terminal.Follow(notebook, checkout.Executed, cancellation);
            rows.AddRange(run.Results);
            if (run.Error is null && choice.Save)
                Keep(run.Notebook);
            if (run.IsInterrupted)
                exit = Interrupted;
            else if (run.Error is not null)
                exit = Failed;
            if (run.IsAbandoned)
                terminal.Leave(Interrupted);
            if (run.IsInterrupted)
                break;
            // Tensors of this notebook are freed now, while no other one trains.
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        if (rows.Count > 0)
            terminal.Out.Write(ResultTable.Of(rows));
        return exit;
    }

    private static void Keep(NotebookFile executed)
    {
        var committed = CommittedOutputs.Of(executed);
        committed.Write(committed.Path);
        foreach (var (picture, svg) in Pictures.Of(committed))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(picture)!);
            File.WriteAllText(picture, svg);
        }
    }

    private static IReadOnlyList<NotebookFile> Load(Checkout checkout, Choice choice)
    {
        if (choice.Save && (choice.Quick || choice.Set.Count > 0))
            throw new NotebookException("--save keeps the outputs of the cells as they are written: it goes with neither --quick nor --set.");
        if (choice.All && choice.Names.Count > 0)
            throw new NotebookException("--all runs every notebook: it takes no names.");
        var notebooks = checkout.Choose(choice.Names, choice.All);
        foreach (var notebook in notebooks)
        {
            if (choice.Quick)
                Parameters.SetQuick(notebook);
            foreach (var assignment in choice.Set)
                Parameters.Set(notebook, assignment);
        }

        return notebooks;
    }

    private sealed record Choice(IReadOnlyList<string> Names, bool All, IReadOnlyList<string> Set, bool Quick, bool Save);
}
