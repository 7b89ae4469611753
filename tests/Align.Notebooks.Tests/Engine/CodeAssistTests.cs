using System.Text.Json.Nodes;
using Align.Tool.Engine;

namespace Align.Notebooks.Tests.Engine;

public sealed class CodeAssistTests : IDisposable
{
    private readonly Cells cells = new();
    private readonly CodeAssist assist;

    public CodeAssistTests() => assist = new CodeAssist(cells.Engine);

    public void Dispose() => cells.Dispose();

    [Fact]
    public async Task Members_are_those_of_the_value_the_type_or_the_namespace()
    {
        await cells.Show("""
            class Policy { public int Steps; public static Policy Load() => null; public class Head { } int secret; public void Train() { } }
            var policy = new Policy();
            string text = null;
            """);
        Assert.Equal(["Steps", "Train"], Own("policy.|"));
        Assert.Equal(["Head", "Load"], Own("Policy.|"));
        Assert.Equal(["Head", "Load"], Own("Policy .  |"));
        Assert.Contains("Length", Matches("text?.Le|"));
        Assert.Contains("Length", Matches("text.Trim().|"));
        Assert.Contains("Generic", Matches("System.Collections.G|"));
        Assert.Contains("Generic", Matches("using System.Collections.|"));
        Assert.Contains("Where", Matches("new[] { 1 }.Wh|"));
        Assert.Contains("Key", Matches("new Dictionary<string, int>().Select(pair => pair.K|"));
        Assert.Contains("Sqrt", Matches("if (Math.S| > 2) { }"));

        // What every object has is there too, and is not what this test is about.
        string[] Own(string code) => [.. Matches(code).Where(name => typeof(object).GetMember(name).Length == 0)];
    }

    [Fact]
    public async Task Names_are_those_of_the_cells_of_the_language_and_of_what_is_open()
    {
        await cells.Show("var margins = 1;\nint Margin(int x) => x;\nrecord MarginRow(int Step);");
        Assert.Equal(["Margin", "MarginRow", "margins"], Matches("Margin|"));
        Assert.Equal(["margins", "Margin", "MarginRow"], Matches("margin|"));
        Assert.Equal(["display", "HTML", "Margin", "MarginRow", "margins"], Matches("|"));
        Assert.Equal(["foreach"], Matches("foreac|"));
        Assert.Contains("Console", Matches("Conso|"));
        Assert.Contains("local", Matches("{ var local = 1; loc|"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("nothing.")]
    [InlineData("\"text.")]
    [InlineData("// comment.")]
    [InlineData("1.")]
    [InlineData("}}}).")]
    public void Code_that_means_nothing_completes_to_nothing_and_does_no_harm(string code) =>
        Assert.All(new[] { code.Length, 0, 1000 }, cursor => Assert.Equal("ok", (string?)assist.Complete(code, cursor)["status"]));

    [Fact]
    public void Positions_count_code_points()
    {
        var reply = assist.Complete("var s = \"😀😀\"; Consol", 20);
        Assert.Equal((14, 20), ((int)reply["cursor_start"]!, (int)reply["cursor_end"]!));
        Assert.Contains("Console", reply["matches"]!.AsArray().Select(match => (string?)match));
    }

    [Fact]
    public async Task The_kind_of_a_match_is_told_for_its_icon()
    {
        await cells.Show("var margins = 1;");
        var kinds = assist.Complete("marg", 4)["metadata"]!["_jupyter_types_experimental"]!;
        Assert.Equal("""[{"text":"margins","type":"instance","start":0,"end":4}]""", kinds.ToJsonString());
    }

    [Fact]
    public async Task Inspection_gives_the_signature_the_documentation_and_the_overloads()
    {
        await cells.Show("#r \"Align.Interactive.dll\"\nusing Align.Interactive;\ndouble Mean(double[] values, int skip = 0) => 0;");
        Assert.Equal("void Kit.Start()\n\nLoads the natives before anything touches torch.", Inspect("Kit.St|art();"));
        Assert.Equal("double Mean(double[] values, int skip = 0)", Inspect("Mean(|"));
        Assert.Equal("double Mean(double[] values, int skip = 0)", Inspect("Mean|"));
        Assert.StartsWith("class Kit\n\nThe notebook's side of the library", Inspect("Ki|t.Start()"), StringComparison.Ordinal);
        Assert.Contains("\nmethod: The method, such as DPO.\n", Inspect("Kit.Result(|"), StringComparison.Ordinal);
        var overloads = Inspect("Math.Abs(|");
        Assert.Contains("Overloads:\n", overloads, StringComparison.Ordinal);
        Assert.Contains("double Math.Abs(double value)", overloads, StringComparison.Ordinal);
        Assert.Equal("", Inspect("1 + |1"));
        Assert.Equal("", Inspect("|"));
        Assert.Equal("", Inspect("unknown|"));
    }

    [Theory]
    [InlineData("var x = 1;", "complete")]
    [InlineData("x + 1", "complete")]
    [InlineData("", "complete")]
    [InlineData("for (;;)", "incomplete")]
    [InlineData("class A\n{", "incomplete")]
    [InlineData("\"\"\"\ntext", "incomplete")]
    [InlineData("var = 1 +* ;", "invalid")]
    public void Completeness_is_what_the_compiler_says(string code, string status) =>
        Assert.Equal(status, (string?)CodeAssist.IsComplete(code)["status"]);

    private string[] Matches(string code)
    {
        var cursor = code.IndexOf('|', StringComparison.Ordinal);
        return [.. assist.Complete(code.Remove(cursor, 1), cursor)["matches"]!.AsArray().Select(match => (string)match!)];
    }

    private string Inspect(string code)
    {
        var cursor = code.IndexOf('|', StringComparison.Ordinal);
        return (string?)(assist.Inspect(code.Remove(cursor, 1), cursor)["data"] as JsonObject)?["text/plain"] ?? "";
    }
}
