using Align.Annotation;
using Spectre.Console;

namespace Align.Tool.Collecting;

/// <summary>A person in front of a terminal as an annotator: numbered answers, one key each; a line where input comes from elsewhere.</summary>
internal sealed class TerminalForm(IAnsiConsole console, TextReader input, bool keys)
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
        var reply = keys && question.Completions.Count < 10 ? Key() : input.ReadLine();
        if (keys) console.WriteLine(reply ?? "");
        return reply;
    }

    /// <summary>What a model writes cannot steer the terminal.</summary>
    private static string Clean(string text) => string.Concat(text.Select(c => char.IsControl(c) && c != '\n' ? '\uFFFD' : c));

    private string? Key() => console.Input.ReadKey(intercept: true) is { } key ? key.Key == ConsoleKey.Escape ? "q" : key.KeyChar.ToString() : null;
}
