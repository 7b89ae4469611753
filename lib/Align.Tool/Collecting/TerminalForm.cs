using Align.Annotation;
using Spectre.Console;

namespace Align.Tool.Collecting;

/// <summary>A person in front of a terminal as an annotator: numbered answers, one key each; a line where input comes from elsewhere.</summary>
/// <param name="console">Where questions are shown.</param>
/// <param name="input">Where lines come from.</param>
/// <param name="keys">Where keys come from; null where there are only lines.</param>
/// <param name="cancellation">Ends the waiting for a key, which quits.</param>
internal sealed class TerminalForm(IAnsiConsole console, TextReader input, IAnsiConsoleInput? keys = null, CancellationToken cancellation = default)
{
    public Annotator Annotator() => ByHand.Annotator(Ask);

    private string? Ask(HandQuestion question)
    {
        if (question is { Best: null, Complaint: null })
        {
            console.Write(new Rule($"question {question.Number}").LeftJustified());
            console.Write(new Panel(new Spectre.Console.Text(Clean(question.Prompt), new Style(decoration: Decoration.Bold))) { Border = BoxBorder.None, Padding = new Padding(0, 0) });
            for (var i = 0; i < question.Completions.Count; i++)
                console.Write(new Panel(new Spectre.Console.Text(Clean(question.Completions[i]))) { Header = new PanelHeader($" {i + 1} "), Border = BoxBorder.Rounded, Expand = true });
        }

        if (question.Complaint is { } complaint) console.WriteLine(complaint);
        console.Write(question.Ask + ": ");
        if (keys is null || question.Completions.Count > 9) return input.ReadLine();
        var reply = Key(keys);
        console.WriteLine(Clean(reply ?? ""));
        return reply;
    }

    /// <summary>What a model writes cannot steer the terminal.</summary>
    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) && c != '\n' ? '\uFFFD' : c));

    private string? Key(IAnsiConsoleInput from)
    {
        try
        {
            return from.ReadKeyAsync(intercept: true, cancellation).GetAwaiter().GetResult() is { } key ? key.Key == ConsoleKey.Escape ? "q" : key.KeyChar.ToString() : null;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
    }
}
