using System.Text.Json.Nodes;
using Align.Tool.Notebooks;

namespace Align.Notebooks.Tests.Lint;

public sealed class NotebookLintTests
{
    private const string References = "#r \"../artifacts/kit/TorchSharp.dll\"\n#r \"../artifacts/kit/Align.dll\"\n#r \"../artifacts/kit/Align.Interactive.dll\"\nusing Align.Interactive;";

    [Fact]
    public void The_notebooks_of_the_kit_keep_the_rules() =>
        Assert.Empty(Folders.Notebooks.SelectMany(path => NotebookLint.Check(Path.GetFileName(path), File.ReadAllText(path))));

    [Fact]
    public void The_pictures_in_the_prose_of_the_kits_notebooks_are_charts_of_theirs() =>
        Assert.All(Folders.Notebooks.SelectMany(path => Pictures.Of(NotebookFile.Read(path))), picture => Assert.Equal(picture.Svg, File.ReadAllText(picture.Path)));

    [Fact]
    public void A_picture_in_the_prose_that_no_chart_has_drawn_is_an_error_that_names_the_charts_there_are()
    {
        var notebook = TestNotebook.Of("md:![Loss](pictures/x.svg)", "x");
        notebook.CodeCells[0].Outputs =
        [
            new JsonObject { ["output_type"] = "display_data", ["metadata"] = new JsonObject(), ["data"] = new JsonObject { ["text/html"] = "<img alt=\"Marks &amp; more. a: 1\" width=\"9\" src=\"data:image/svg+xml;base64,PHN2Zy8+\">" } },
        ];
        Assert.EndsWith("the prose shows pictures/x.svg, and no chart has the title \"Loss\". There are: Marks & more.", Assert.Throws<NotebookException>(() => Pictures.Of(notebook)).Message, StringComparison.Ordinal);
        notebook.Cells[0].Source = "![Marks & more](pictures/x.svg)";
        var picture = Assert.Single(Pictures.Of(notebook));
        Assert.EndsWith("pictures/x.svg", picture.Path, StringComparison.Ordinal);
        Assert.Equal("<svg/>", picture.Svg);
    }

    [Fact]
    public void A_good_notebook_has_no_findings() => Assert.Empty(Check(Good()));

    [Fact]
    public void A_code_cell_is_short() => Has("26 lines, 25 are the most", Good(Code(26)));

    [Fact]
    public void Code_cells_are_shorter_in_the_mean() => Has("8.3 lines in the mean code cell, 8 are the most", Good(Code(19)));

    [Fact]
    public void The_code_of_a_notebook_has_a_budget() =>
        Has("261 lines of code, 260 are the most", Good([.. Enumerable.Repeat(Code(5), 51)]));

    [Fact]
    public void The_prose_of_a_notebook_has_a_budget() =>
        Has("2001 words of prose, 2000 are the most", Good("md:" + string.Join(' ', Enumerable.Repeat("word", 1997))));

    [Fact]
    public void The_cells_of_a_notebook_have_a_budget() =>
        Has("63 cells, 62 are the most", Good([.. Enumerable.Repeat("x++;", 60)]));

    [Theory]
    [InlineData("md:TODO: explain", "prose \"TODO: explain\": something is left to do")]
    [InlineData("throw new NotImplementedException();", "something is left to do")]
    [InlineData("var x = \"/home/me/data.jsonl\";", "the absolute path /home/me")]
    [InlineData("var x = @\"C:\\data\\x\";", "the absolute path C:\\data")]
    [InlineData("md:see file:///a/b", "the absolute path file:///a/b")]
    [InlineData("md:<script>alert(1)</script>", "a <script")]
    [InlineData("#!time\nx++;", "the kernel magic #!time")]
    [InlineData("#r \"nuget: TorchSharp\"", "the kernel magic #r \"nuget: TorchSharp\"")]
    [InlineData("var page = client.Get(\"https://example.org\");", "a notebook fetches nothing")]
    public void What_does_not_belong_into_a_cell_is_found(string source, string finding) => Has(finding, Good(source));

    [Theory]
    [InlineData("md:either/or, and/home/made, a path ../data/x, 1/2")]
    [InlineData("var x = a / b; // todo lists are data here")]
    [InlineData("md:[paper](https://arxiv.org/abs/2305.18290)")]
    public void What_only_looks_like_it_is_not(string source) => Assert.Empty(Check(Good(source)));

    [Theory]
    [InlineData("""{"output_type": "stream", "name": "stdout", "text": "<SCRIPT>"}""", "cell [3]: an output holds a <script")]
    [InlineData("""{"output_type": "stream", "name": "stdout", "text": "read /root/x/y"}""", "cell [3]: an output holds the absolute path /root/x")]
    [InlineData("""{"output_type": "error", "ename": "E", "evalue": "v", "traceback": []}""", "cell [3]: an output is an error")]
    [InlineData("""{"output_type": "display_data", "metadata": {}, "data": {"application/vnd.plotly.v1+json": {}}}""", "an output of type application/vnd.plotly.v1+json")]
    [InlineData("""{"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": "<svg/>"}}""", "an output of type image/svg+xml")]
    [InlineData("""{"output_type": "display_data", "metadata": {}, "data": {"text/html": "<svg/>"}}""", "a raw <svg")]
    public void What_readers_would_not_show_is_found_in_outputs(string output, string finding)
    {
        var notebook = Good("x++;");
        notebook.CodeCells[2].Outputs = [JsonNode.Parse(output)];
        Has(finding, notebook);
    }

    [Fact]
    public void A_source_that_changed_after_its_outputs_were_made_is_found()
    {
        var notebook = Good("x++;");
        notebook.CodeCells[2].Source = "x--;";
        Has("cell [3]: the outputs are not those of this source", notebook);
        notebook.CodeCells[2].Metadata.Remove("align");
        Has("cell [3]: the outputs are not those of this source", notebook);
    }

    [Fact]
    public void A_cell_run_out_of_order_is_found()
    {
        var notebook = Good("x++;");
        notebook.CodeCells[2].ExecutionCount = 7;
        Has("cell [3]: its execution count is 7", notebook);
    }

    [Fact]
    public void A_file_that_something_else_wrote_is_found()
    {
        var text = Good().ToJson();
        Assert.Single(NotebookLint.Check("made-up", text.Replace("\n ", "\n  ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_notebook_that_does_not_begin_as_all_do_is_found()
    {
        Has("cell [1] does not start with the three #r lines", Saved(TestNotebook.Of("using Align.Interactive;")));
        Has("cell [2] does not start with Kit.Start();", Saved(TestNotebook.Of(References, "var x = 1;")));
        Has("cell [2] is not tagged parameters", Saved(TestNotebook.Of(References, "Kit.Start();")));
        var notebook = Good();
        notebook.CodeCells[1].Metadata["align"]!.AsObject().Remove("quick");
        Has("cell [2] has no align.quick numbers", notebook);
        notebook.CodeCells[1].Metadata["align"]!["quick"] = new JsonObject { ["stepz"] = 1 };
        Has("'stepz' is not declared in the parameters cell", notebook);
        notebook.Metadata.Remove("kernelspec");
        Has("metadata lacks the kernelspec", notebook);
    }

    [Fact]
    public void A_file_that_is_too_big_is_found()
    {
        var notebook = Good("x++;");
        notebook.CodeCells[2].Outputs = [new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = new string('a', 300_000) }];
        Has("300000 are the most", notebook);
    }

    private static string Code(int lines) => string.Join('\n', Enumerable.Repeat("x++;", lines));

    private static void Has(string finding, NotebookFile notebook) =>
        Assert.Contains(Check(notebook), found => found.Contains(finding, StringComparison.Ordinal));

    private static IReadOnlyList<string> Check(NotebookFile notebook) => NotebookLint.Check("made-up", notebook.ToJson());

    private static NotebookFile Good(params string[] more)
    {
        var notebook = TestNotebook.Of(["md:# Made up notebook", References, "Kit.Start();\nvar steps = 400;", .. more]);
        notebook.CodeCells[1].Metadata["tags"] = new JsonArray("parameters");
        notebook.CodeCells[1].Metadata["align"] = new JsonObject { ["quick"] = new JsonObject { ["steps"] = 12 } };
        return Saved(notebook);
    }

    private static NotebookFile Saved(NotebookFile notebook)
    {
        foreach (var (cell, index) in notebook.CodeCells.Select((cell, index) => (cell, index)))
            cell.ExecutionCount = index + 1;
        return CommittedOutputs.Of(notebook);
    }
}
