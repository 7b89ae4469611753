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

    [Fact]
    public void A_key_is_an_answer_at_once_and_Ctrl_C_ends_the_waiting_for_one()
    {
        using var stop = new CancellationTokenSource();
        var keys = new Keys("x21", stop);
        Assert.Equal((1, 0), Form("", keys, stop.Token)("p", ["one", "two", "three"]));
        Assert.Contains("\"x\" is no answer here", screen.ToString(), StringComparison.Ordinal);
        Assert.Throws<QuitException>(() => Form("", new Keys("\u001b", stop), stop.Token)("p", ["one", "two"]));
        Assert.Throws<QuitException>(() => Form("", keys, stop.Token)("p", ["one", "two"])); // no key is left: while it waits, Ctrl+C
    }

    private Annotator Form(string typed, Keys? keys = null, CancellationToken cancellation = default)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(screen) });
        console.Profile.Width = 100;
        return new TerminalForm(console, new StringReader(typed), keys, cancellation).Annotator();
    }

    /// <summary>A keyboard: its keys are pressed one by one, and then Ctrl+C.</summary>
    private sealed class Keys(string typed, CancellationTokenSource stop) : IAnsiConsoleInput
    {
        private readonly Queue<char> left = new(typed);

        public bool IsKeyAvailable() => left.Count > 0;

        public ConsoleKeyInfo? ReadKey(bool intercept) => throw new InvalidOperationException("This waits for ever.");

        public async Task<ConsoleKeyInfo?> ReadKeyAsync(bool intercept, CancellationToken cancellationToken)
        {
            if (left.TryDequeue(out var key)) return new(key, key == '\u001b' ? ConsoleKey.Escape : ConsoleKey.NoName, false, false, false);
            stop.CancelAfter(50);
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return null;
        }
    }
}
