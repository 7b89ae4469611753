using System.CommandLine;
using Align.Runtime;
using Align.Tool.Machine;
using Spectre.Console;

namespace Align.Tool;

/// <summary><c>align doctor</c>: what this machine is, what is loaded on it, and whether <c>align run</c> and <c>dotnet test</c> will work.</summary>
internal static class Doctor
{
    internal static Command Create()
    {
        var command = new Command("doctor", "Says whether this machine runs the notebooks and the tests, and how fast it is.");
        command.SetAction((_, cancellation) => Task.Run(() => Print(AnsiConsole.Console, Examine()), cancellation));
        return command;
    }

    /// <summary>Looks at everything; each finding that stands in the way carries its remedy.</summary>
    internal static IEnumerable<Finding> Examine()
    {
        yield return Sdk.Examine();
        yield return Repository.Examine(Environment.CurrentDirectory);
        yield return OperatingSystemName.Examine();
        var cpu = Cpu.OfThisMachine();
        yield return new("CPU", cpu.ToString());
        yield return Memory();
        NativesReport? natives = null;
        string? failure = null;
        try
        {
            natives = Natives.Report;
        }
        catch (NativeLoadException e)
        {
            failure = e.Message;
        }

        if (natives is null)
        {
            yield return new("libtorch", "does not load", failure);
        }
        else
        {
            foreach (var finding in Libtorch.Examine(natives)) yield return finding;
            var speed = Speed.Measure();
            yield return new("speed", speed.ToString());
            yield return new("compute type", speed.Advice(cpu));
        }

        yield return Kernels.Examine(Kernels.Folders());
    }

    /// <summary>Prints one line per finding, then what to do, and returns the exit code: 0 where nothing stands in the way.</summary>
    internal static int Print(IAnsiConsole console, IEnumerable<Finding> findings)
    {
        if (!console.Profile.Out.IsTerminal)
        {
            // A file or a pipe has no width and no colours: there each finding is one line, to be searched.
            console.Profile.Width = 1000;
            console.Profile.Capabilities.Ansi = false;
        }

        var table = new Table().NoBorder().HideHeaders().AddColumns("", "", "");
        table.Columns[0].NoWrap();
        table.Columns[1].NoWrap();
        List<Finding> failing = [];
        foreach (var finding in findings)
        {
            if (finding.Remedy is not null) failing.Add(finding);
            table.AddRow(finding.Remedy is null ? "[green]ok[/]" : "[red]no[/]", Markup.Escape(finding.Name), Markup.Escape(finding.Text));
        }

        console.Write(table);
        console.WriteLine();
        foreach (var finding in failing) console.MarkupLineInterpolated($"[red]{finding.Name}[/]: {finding.Remedy}");
        console.WriteLine(failing.Count == 0
            ? "dotnet run --project lib/Align.Tool -c Release -- run and dotnet test will work here."
            : "dotnet run --project lib/Align.Tool -c Release -- run and dotnet test will not work here.");
        return failing.Count == 0 ? 0 : 1;
    }

    private static Finding Memory()
    {
        const double needed = 3;
        var gibibytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30);
        return new(
            "memory", $"{gibibytes:0.0} GiB for this process",
            gibibytes >= needed ? null : $"the tests need {needed:0} GiB; give the machine or the container more.");
    }
}
