using Spectre.Console;

namespace Align.Tool.Training;

/// <summary>Where commands write: as wide as the terminal, and wide enough where there is none.</summary>
internal static class Consoles
{
    public static IAnsiConsole Plain()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (!console.Profile.Out.IsTerminal) console.Profile.Width = 1000;
        return console;
    }
}
