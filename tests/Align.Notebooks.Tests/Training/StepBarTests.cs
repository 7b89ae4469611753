using System.Text;
using Align.Tool.Training;
using Align.Training;
using Spectre.Console;

namespace Align.Notebooks.Tests.Training;

public sealed class StepBarTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_terminal_has_a_bar_under_the_lines_and_a_file_has_the_lines_alone(bool terminal)
    {
        var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = terminal ? AnsiSupport.Yes : AnsiSupport.No, Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No, Out = new Sink(text, terminal) });
        var taken = new List<int>();
        StepBar.Follow(console, Steps(), 2, 4, step =>
        {
            taken.Add(step.Number);
            console.WriteLine($"line of step {step.Number}");
        });
        Assert.Equal([3, 4], taken);
        Assert.Contains("line of step 3", text.ToString(), StringComparison.Ordinal);
        Assert.Equal(terminal, text.ToString().Contains('━'));
        if (!terminal) Assert.Equal("line of step 3\nline of step 4\n", text.ToString().ReplaceLineEndings("\n"));
    }

    private static IEnumerable<Step> Steps() => from number in (int[])[3, 4] select new Step(number, new Dictionary<string, double> { ["loss"] = 0.5 }, new Dictionary<string, double[]>());

    private sealed class Sink(TextWriter writer, bool terminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => terminal;

        public int Width => 100;

        public int Height => 30;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
