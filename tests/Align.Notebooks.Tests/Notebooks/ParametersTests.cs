using System.Text.Json.Nodes;
using Align.Tool.Notebooks;

namespace Align.Notebooks.Tests.Notebooks;

public sealed class ParametersTests
{
    [Theory]
    [InlineData("var steps = 400;", "steps=12", "var steps = 12;")]
    [InlineData("int steps = 400, seed = 1; // both", "seed=-7", "int steps = 400, seed = -7; // both")]
    [InlineData("const int steps = 400;", "steps=12", "const int steps = 12;")]
    [InlineData("var beta = 0.1;", "beta=0.5", "var beta = 0.5;")]
    [InlineData("var beta = 0.1;", "beta=1", "var beta = 1.0;")]
    [InlineData("var beta = 0.1;", "beta=1e-3", "var beta = 1e-3;")]
    [InlineData("double beta = 1;", "beta=2", "double beta = 2.0;")]
    [InlineData("var rate = 1e-3f;", "rate=2", "var rate = 2f;")]
    [InlineData("var tokens = 1_000L;", "tokens=5", "var tokens = 5L;")]
    [InlineData("var shift = -1;", "shift=3", "var shift = 3;")]
    [InlineData("var packed = true;", "packed=false", "var packed = false;")]
    [InlineData("var model = \"sft\";", "model=base", "var model = \"base\";")]
    [InlineData("var model = \"sft\";", "model=12", "var model = \"12\";")]
    [InlineData("var model = \"sft\";", "model=a\"b\\c", "var model = \"a\\\"b\\\\c\";")]
    [InlineData("var betas = new[] { 0.1, 0.5, 1.0 };", "betas=[1, 0.25]", "var betas = new[] { 1.0, 0.25 };")]
    [InlineData("double[] betas = [0.1, 0.5];", "betas=[2]", "double[] betas = [2.0];")]
    [InlineData("var sizes = new int[] {\n    1,\n    2 };", "sizes=[3]", "var sizes = new int[] { 3 };")]
    public void A_value_takes_the_place_of_the_initialiser_and_keeps_its_kind(string source, string assignment, string expected)
    {
        var notebook = Notebook("Kit.Start();\n" + source + "\nConsole.WriteLine(1);");
        Parameters.Set(notebook, assignment);
        Assert.Equal("Kit.Start();\n" + expected + "\nConsole.WriteLine(1);", notebook.Parameters!.Source);
    }

    [Theory]
    [InlineData("var steps = 400;", "step=12", "'step' is not declared in the parameters cell. Declared there: steps.")]
    [InlineData("var steps = 400;", "steps=0.5", "0.5 does not fit 'steps', which is 400")]
    [InlineData("var steps = 400;", "steps=99999999999", "does not fit 'steps'")]
    [InlineData("var steps = 400;", "steps=many", "\"many\" does not fit 'steps'")]
    [InlineData("var steps = 400;", "steps=null", "null does not fit 'steps'")]
    [InlineData("var steps = 400;", "steps=[1]", "[1] does not fit 'steps'")]
    [InlineData("var packed = true;", "packed=1", "1 does not fit 'packed'")]
    [InlineData("var steps = Other();", "steps=1", "1 does not fit 'steps', which is Other()")]
    [InlineData("var betas = new[] { 0.1 };", "betas=0.1", "does not fit 'betas'")]
    [InlineData("var betas = new[] { 0.1 };", "betas=[]", "does not fit 'betas'")]
    [InlineData("int F() { var steps = 3; return steps; }", "steps=1", "'steps' is not declared")]
    [InlineData("var steps = 400;", "steps", "write it as name=value")]
    [InlineData("var steps = 400;", "=1", "write it as name=value")]
    public void What_does_not_fit_is_an_error_that_says_why(string source, string assignment, string message)
    {
        var error = Assert.Throws<NotebookException>(() => Parameters.Set(Notebook(source), assignment));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_notebook_without_a_parameters_cell_cannot_be_set_and_has_no_quick_numbers()
    {
        var notebook = TestNotebook.Of("var steps = 1;");
        Assert.Contains("no cell tagged 'parameters'", Assert.Throws<NotebookException>(() => Parameters.Set(notebook, "steps=2")).Message, StringComparison.Ordinal);
        Parameters.SetQuick(notebook);
        Assert.Equal("var steps = 1;", notebook.CodeCells[0].Source);
    }

    [Fact]
    public void Quick_numbers_come_from_the_metadata_of_the_cell()
    {
        var notebook = Notebook("var steps = 400;\nvar beta = 0.1;");
        notebook.Parameters!.Metadata["align"] = new JsonObject { ["quick"] = new JsonObject { ["steps"] = 12, ["beta"] = 1 } };
        Parameters.SetQuick(notebook);
        Assert.Equal("var steps = 12;\nvar beta = 1.0;", notebook.Parameters.Source);
    }

    [Fact]
    public void A_quick_number_that_the_cell_does_not_declare_is_an_error()
    {
        var notebook = Notebook("var steps = 400;");
        notebook.Parameters!.Metadata["align"] = new JsonObject { ["quick"] = new JsonObject { ["stepz"] = 12 } };
        Assert.Contains("'stepz' is not declared", Assert.Throws<NotebookException>(() => Parameters.SetQuick(notebook)).Message, StringComparison.Ordinal);
        notebook.Parameters.Metadata["align"] = new JsonObject { ["quick"] = 12 };
        Assert.Contains("must be an object", Assert.Throws<NotebookException>(() => Parameters.SetQuick(notebook)).Message, StringComparison.Ordinal);
    }

    private static NotebookFile Notebook(string source)
    {
        var notebook = TestNotebook.Of("var other = 1;", source);
        notebook.CodeCells[1].Metadata["tags"] = new JsonArray("parameters");
        return notebook;
    }
}
