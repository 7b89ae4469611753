using Align.Interactive;
using Align.Tool.Engine;
using Align.Tool.Notebooks;

namespace Align.Notebooks.Tests.Engine;

public sealed class NotebookEngineTests : IDisposable
{
    private const string Kit = """
        #r "../artifacts/kit/TorchSharp.dll"
        #r "../artifacts/kit/Align.dll"
        #r "../artifacts/kit/Align.Interactive.dll"

        """;

    private readonly Cells cells = new();

    public void Dispose() => cells.Dispose();

    [Fact]
    public async Task A_trailing_expression_is_the_result_and_a_statement_is_not()
    {
        Assert.Equal("3", await cells.Text("1 + 2"));
        Assert.Empty(await cells.Show("var x = 4;"));
        Assert.Empty(await cells.Show("(string)null"));
        var result = Assert.Single(await cells.Show("x * 2"))!;
        Assert.Equal("execute_result", (string?)result["output_type"]);
        Assert.Equal(4, (int?)result["execution_count"]);
    }

    [Fact]
    public async Task Names_that_NET_Interactive_opens_by_itself_are_open()
    {
        Assert.Equal("6", await cells.Text("new List<int> { 1, 2, 3 }.Sum()"));
        Assert.Equal("ab", await cells.Text("new StringBuilder(\"a\").Append('b').ToString()"));
        Assert.Equal("7", await cells.Text("await Task.FromResult(7)"));
        Assert.Equal("True", await cells.Text("Math.Sqrt(4) == 2 && new ArrayList().Count == 0"));
        // Reachable, though not opened.
        Assert.Equal("[1]", await cells.Text("System.Text.Json.JsonSerializer.Serialize(new[] { 1 })"));
        Assert.Equal("b", await cells.Text("System.Text.RegularExpressions.Regex.Match(\"abc\", \"b\").Value"));
    }

    [Fact]
    public async Task Using_directives_types_and_functions_last_for_later_cells()
    {
        await cells.Show("using System.Globalization;\nrecord Pair(string Chosen, string Rejected);\nint Twice(int x) => 2 * x;");
        Assert.Equal("8", await cells.Text("Twice(4)"));
        Assert.Equal("yes", await cells.Text("var p = new Pair(\"yes\", \"no\");\np.Chosen"));
        Assert.Equal("1.5", await cells.Text("1.5.ToString(CultureInfo.InvariantCulture)"));
    }

    [Fact]
    public async Task A_cell_that_throws_keeps_what_it_had_set_and_what_was_there()
    {
        await cells.Show("var before = 1;");
        var error = await cells.Run("var during = 2;\nbefore = 10;\nthrow new InvalidOperationException(\"no\");");
        Assert.Equal(("InvalidOperationException", "no", 2, 3), (error!.Name, error.Message, error.Cell, error.Line));
        Assert.Equal("12", await cells.Text("before + during"));
    }

    [Fact]
    public async Task A_first_cell_that_throws_keeps_its_variables_too()
    {
        Assert.NotNull(await cells.Run("var x = 5; throw new Exception();"));
        Assert.Equal("5", await cells.Text("x"));
    }

    [Fact]
    public async Task A_compile_error_names_the_line_and_changes_nothing()
    {
        await cells.Show("var x = 1;");
        var error = await cells.Run("x = 2;\n\nvar y = x +* 3;\n");
        Assert.Equal(("CompilationError", 2, 3), (error!.Name, error.Cell, error.Line));
        Assert.Contains("cell [2], line 3: CS", error.Traceback[1], StringComparison.Ordinal);
        Assert.Contains("var y = x +* 3;", error.Traceback[2], StringComparison.Ordinal);
        Assert.Equal("1", await cells.Text("x"));
    }

    [Fact]
    public async Task The_line_is_that_of_the_running_cell_though_a_function_of_an_earlier_one_threw()
    {
        await cells.Show("int Divide(int a, int b)\n{\n    return a / b;\n}");
        var error = await cells.Run("var a = 1;\nvar b = 0;\n\nDivide(a, b);\nb = 3;");
        Assert.Equal(("DivideByZeroException", 2, 4), (error!.Name, error.Cell, error.Line));
        Assert.Equal(
            [
                "DivideByZeroException: Attempted to divide by zero.",
                "   at Divide, cell [1], line 3", "      return a / b;",
                "   at cell [2], line 4", "      Divide(a, b);",
            ],
            error.Traceback);
    }

    [Theory]
    [InlineData("await Task.Yield();\nthrow new ArgumentException(\"late\");", 2)]
    [InlineData("int F(int x) => x > 2 ? throw new ArgumentException(\"deep\") : F(x + 1);\nvar y = 0;\nF(y);", 1)]
    [InlineData("\n\nnew[] { 1 }.Select<int, int>(x => throw new ArgumentException(\"in a lambda\")).ToList();", 3)]
    [InlineData("async Task<int> F()\n{\n    await Task.Delay(1);\n    throw new ArgumentException();\n}\n\nawait F();", 4)]
    [InlineData("class A\n{\n    public A() => throw new ArgumentException();\n}\nnew A();", 3)]
    public async Task Lines_are_right_through_lambdas_functions_constructors_and_await(string source, int line)
    {
        var error = await cells.Run(source);
        Assert.Equal(("ArgumentException", line), (error!.Name, error.Line));
        Assert.DoesNotContain(error.Traceback, text => text.Contains("MoveNext", StringComparison.Ordinal) || text.Contains("CodeAnalysis", StringComparison.Ordinal) || (text.StartsWith("   at", StringComparison.Ordinal) && text.Contains('<', StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_cause_of_an_exception_is_told()
    {
        var error = await cells.Run("try { throw new FormatException(\"root\"); } catch (Exception e) { throw new InvalidOperationException(\"top\", e); }");
        Assert.Equal("caused by FormatException: root", error!.Traceback[^1]);
    }

    [Fact]
    public async Task References_of_the_kit_resolve_by_file_name_without_the_folder()
    {
        Assert.False(Directory.Exists(Path.Combine(Environment.CurrentDirectory, "../artifacts/kit")));
        await cells.Show(Kit + "using Align.Interactive;");
        Assert.Equal("True", await cells.Text("Kit.Host != null"));
        // The same type, not a second copy of it: the cell sees this engine itself.
        await cells.Show("Kit.Result(\"DPO\", (\"KL\", \"0.1\"));");
        Assert.Equal("DPO", Assert.Single(cells.Engine.Results).Method);
        await cells.Show("using TorchSharp;\nvar type = typeof(torch.Tensor);");
    }

    [Fact]
    public async Task A_reference_that_is_nowhere_is_a_compile_error_with_its_name()
    {
        var error = await cells.Run("#r \"../artifacts/kit/Missing.dll\"\nvar x = 1;");
        Assert.Equal(("CompilationError", 1), (error!.Name, error.Line));
        Assert.Contains("Missing.dll", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_replaces_the_output_in_place_also_from_a_later_cell()
    {
        await cells.Show("var live = display(\"one\");\ndisplay(\"other\");\nlive.Update(\"two\");");
        var first = cells.Last;
        Assert.Equal(["two", "other"], first.ToJson().Select(output => SourceLines.Join(output!["data"]!["text/plain"])));
        Assert.Empty(await cells.Show("live.Update(\"three\");"));
        Assert.Equal("three", SourceLines.Join(first.ToJson()[0]!["data"]!["text/plain"]));
    }

    [Fact]
    public async Task A_trailing_display_is_shown_once() =>
        Assert.Equal("display_data", (string?)Assert.Single(await cells.Show("display(3)"))!["output_type"]);

    [Fact]
    public async Task The_host_shows_and_updates_from_another_thread()
    {
        await cells.Show(Kit + "using Align.Interactive;\nvar shown = await Task.Run(() => Kit.Host!.Display(HTML(\"<b>1</b>\")));\nawait Task.Run(() => shown.Update(HTML(\"<b>2</b>\")));");
        Assert.Equal("<b>2</b>", SourceLines.Join(Assert.Single(cells.Last.ToJson())!["data"]!["text/html"]));
    }

    [Fact]
    public async Task Console_output_of_all_threads_is_a_stream_and_stays_apart_from_errors()
    {
        var outputs = await cells.Show("""
            Console.Write("a");
            var thread = new System.Threading.Thread(() => Console.WriteLine("b"));
            thread.Start();
            thread.Join();
            Console.Error.WriteLine("c");
            Console.WriteLine("{0}-{1}", 1, 2);
            """);
        Assert.Equal(["stdout", "stderr", "stdout"], outputs.Select(output => (string?)output!["name"]));
        Assert.Equal(["ab\n", "c\n", "1-2\n"], outputs.Select(output => SourceLines.Join(output!["text"])));
    }

    [Fact]
    public async Task A_line_that_a_program_overwrites_is_kept_as_it_was_last() =>
        Assert.Equal("100 %\n", await cells.Text("Console.Write(\"  1 %\\r\");\nConsole.Write(\" 50 %\\r\");\nConsole.WriteLine(\"100 %\");"));

    [Fact]
    public async Task Output_before_an_exception_stays()
    {
        Assert.NotNull(await cells.Run("Console.WriteLine(\"first\");\nthrow new Exception(\"then\");"));
        Assert.Equal(["stream", "error"], cells.Last.ToJson().Select(output => (string?)output!["output_type"]));
    }

    [Fact]
    public async Task Rich_values_have_HTML_and_text_and_plain_ones_only_text()
    {
        var table = Assert.Single(await cells.Show("new[] { new { A = 1, B = \"<x>\" } }"))!["data"]!.AsObject();
        Assert.Equal(["text/html", "text/plain"], table.Select(item => item.Key));
        Assert.Contains("&lt;x&gt;", SourceLines.Join(table["text/html"]), StringComparison.Ordinal);
        Assert.DoesNotContain("<style>", SourceLines.Join(table["text/html"]), StringComparison.Ordinal);
        Assert.Equal(["text/plain"], Assert.Single(await cells.Show("2.5"))!["data"]!.AsObject().Select(item => item.Key));
        Assert.Equal(["text/html"], Assert.Single(await cells.Show("HTML(\"<i>x</i>\")"))!["data"]!.AsObject().Select(item => item.Key));
    }

    [Fact]
    public async Task A_data_frame_is_a_table_and_not_the_tree_of_its_properties()
    {
        var data = Assert.Single(await cells.Show("new Microsoft.Data.Analysis.DataFrame(new Microsoft.Data.Analysis.StringDataFrameColumn(\"name\", [\"<x>\"]))"))!["data"]!.AsObject();
        Assert.Contains(">&lt;x&gt;</td>", SourceLines.Join(data["text/html"]), StringComparison.Ordinal);
        Assert.DoesNotContain("dni-treeview", SourceLines.Join(data["text/html"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_type_that_brings_its_own_formatters_by_name_only_is_shown_by_them()
    {
        await cells.Show("""
            class TypeFormatterSourceAttribute(Type type) : Attribute
            {
                public Type FormatterSourceType => type;
                public string[] PreferredMimeTypes { get; set; }
            }
            class Source
            {
                public IEnumerable<object> CreateTypeFormatters() => [new Html(), new Plot()];
            }
            class Html
            {
                public string MimeType => "text/html";
                public bool Format(object value, System.IO.TextWriter writer) { writer.Write("<b>drawn</b>"); return true; }
            }
            class Plot
            {
                public string MimeType => "application/vnd.plotly.v1+json";
                public bool Format(object value, System.IO.TextWriter writer) { writer.Write("{\"data\": [1.50]}"); return true; }
            }
            [TypeFormatterSource(typeof(Source), PreferredMimeTypes = new[] { "text/html", "application/vnd.plotly.v1+json" })]
            class Chart { public override string ToString() => "a chart"; }
            """);
        var data = Assert.Single(await cells.Show("new Chart()"))!["data"]!;
        Assert.Equal("<b>drawn</b>", SourceLines.Join(data["text/html"]));
        Assert.Equal("""{"data":[1.50]}""", data["application/vnd.plotly.v1+json"]!.ToJsonString());
        Assert.NotNull(data["text/plain"]);
    }

    [Fact]
    public async Task A_value_whose_text_throws_fails_the_cell_and_not_the_engine()
    {
        var error = await cells.Run("class Bad\n{\n    public override string ToString() => throw new NotSupportedException(\"no text\");\n}\nnew Bad()");
        Assert.True(error is null || error.Name == "NotSupportedException");
        Assert.Equal("1", await cells.Text("1"));
    }

    [Fact]
    public async Task An_interrupted_cell_keeps_its_variables()
    {
        using var interrupt = new CancellationTokenSource();
        await cells.Show(Kit + "using Align.Interactive;\nvar steps = 0;");
        var running = cells.RunUntil("display(\"running\");\nwhile (true)\n{\n    Kit.Host!.Cancellation.ThrowIfCancellationRequested();\n    steps++;\n}", interrupt.Token);
        while (cells.Last.ToJson().Count == 0)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        await interrupt.CancelAsync();
        var error = await running;
        Assert.Equal((CellError.Interrupted, 2, 4), (error!.Name, error.Cell, error.Line));
        Assert.Equal("True", await cells.Text("steps >= 0"));
    }

    [Fact]
    public async Task All_cells_run_on_one_thread()
    {
        await cells.Show("var id = Environment.CurrentManagedThreadId;");
        Assert.Equal("True", await cells.Text("id == Environment.CurrentManagedThreadId"));
    }

    [Fact]
    public async Task Nobody_answers_a_question_in_a_run_without_a_person()
    {
        await cells.Show(Kit + "using Align.Interactive;");
        Assert.Equal("True", await cells.Text("Console.ReadLine() is null && Kit.Host!.Ask(\"name?\") is null"));
    }

    [Fact]
    public void The_host_and_the_console_are_given_back()
    {
        var console = Console.Out;
        using (new Cells())
            Assert.NotSame(console, Console.Out);
        Assert.Null(Interactive.Kit.Host is NotebookEngine inner && inner != cells.Engine ? inner : null);
    }
}
