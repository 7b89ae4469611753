using Align.Annotation;
using Align.Tool.Collecting;
using Spectre.Console;

namespace Align.Notebooks.Tests.Collecting;

/// <summary>A person in front of a terminal.</summary>
public sealed class TerminalFormTests : IDisposable
{
    private readonly StringWriter screen = new();

    public void Dispose() => screen.Dispose();

    [Fact]
    public void Lines_name_best_and_worst_and_what_is_no_answer_is_asked_again()
    {
        Assert.Equal((2, 0), Form("9\n3\n1\n")("[a] \u001b prompt", ["one", "[two]", "three"]));
        var seen = screen.ToString();
        Assert.Contains("[a]", seen, StringComparison.Ordinal);
        Assert.Contains("[two]", seen, StringComparison.Ordinal);
        Assert.Contains("\"9\" is no answer here", seen, StringComparison.Ordinal);
        Assert.Contains("Best: 3. Which is the worst?", seen, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', seen);
    }

    [Fact]
    public void S_skips_q_quits_and_so_does_the_end_of_the_input()
    {
        Assert.Null(Form("s\n")("p", ["one", "two"]));
        Assert.Throws<QuitException>(() => Form("q\n")("p", ["one", "two"]));
        Assert.Throws<QuitException>(() => Form("")("p", ["one", "two"]));
    }

    private Annotator Form(string typed)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(screen) });
        console.Profile.Width = 100;
        return new TerminalForm(console, new StringReader(typed), keys: false).Annotator();
    }
}
