using System.Text;
using Align.Tool.Notebooks;

namespace Align.Notebooks.Tests.Notebooks;

public sealed class NotebookFileTests
{
    private const string Start = "{\"nbformat\": 4, \"nbformat_minor\": 4, \"metadata\": {}, \"cells\": ";

    [Fact]
    public void A_file_that_Jupyter_wrote_is_written_again_byte_for_byte()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Notebooks", "written-by-jupyter.ipynb");
        Assert.Equal(File.ReadAllText(path), NotebookFile.Read(path).ToJson());
    }

    [Fact]
    public void Reading_gives_the_cells_their_text_and_their_tags()
    {
        var notebook = NotebookFile.Read(Path.Combine(AppContext.BaseDirectory, "Notebooks", "written-by-jupyter.ipynb"));
        Assert.Equal("written-by-jupyter", notebook.Name);
        Assert.Equal([false, true, true, false], notebook.Cells.Select(cell => cell.IsCode));
        Assert.StartsWith("# Titel 😀 – 春眠不覺曉\n\n", notebook.Cells[0].Source, StringComparison.Ordinal);
        Assert.Equal("var s = \"tab\\t\";\nConsole.WriteLine(s);", notebook.Parameters!.Source);
        Assert.Equal(3, notebook.Parameters.ExecutionCount);
        Assert.Equal(4, notebook.Parameters.Outputs.Count);
    }

    [Fact]
    public void Older_minor_formats_gain_ids_that_stay_the_same_and_all_text_becomes_lines()
    {
        var text = Start + "[{\"cell_type\": \"code\", \"source\": \"a\\r\\nb\"}, {\"cell_type\": \"markdown\", \"metadata\": {}, \"source\": [\"x\"]}]}";
        var written = NotebookFile.Parse(text, "old.ipynb").ToJson();
        Assert.Equal(written, NotebookFile.Parse(text, "old.ipynb").ToJson());
        Assert.Equal(written, NotebookFile.Parse(written, "old.ipynb").ToJson());
        Assert.Contains("\"nbformat_minor\": 5", written, StringComparison.Ordinal);
        Assert.Contains("\"source\": [\n    \"a\\n\",\n    \"b\"\n   ]", written, StringComparison.Ordinal);
        Assert.Contains("\"execution_count\": null,\n   \"id\": \"", written, StringComparison.Ordinal);
        Assert.EndsWith("}\n", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_written_as_the_replacement_character_and_whole_ones_as_they_are()
    {
        var notebook = TestNotebook.Of("x");
        notebook.Cells[0].Source = "a\uD83D 😀 \uDE00";
        Assert.Contains("a\uFFFD 😀 \uFFFD", notebook.ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "broken.ipynb, line 1, byte 1 is not JSON")]
    [InlineData("{\n \"cells\": [\n", "broken.ipynb, line 3, byte 1 is not JSON")]
    [InlineData("[]", "the file must be a JSON object, and is array")]
    [InlineData("null", "the file must be a JSON object, and is missing or null")]
    [InlineData("{}", "nbformat must be a whole number, and is missing or null")]
    [InlineData("{\"nbformat\": 3}", "nbformat 3; this kit reads 4")]
    [InlineData("{\"nbformat\": \"4\"}", "nbformat must be a whole number, and is string")]
    [InlineData("{\"nbformat\": 4}", "nbformat_minor must be")]
    [InlineData("{\"nbformat\": 4, \"nbformat\": 4}", "is not JSON")]
    [InlineData("{\"nbformat\": 4, \"nbformat_minor\": 5, \"cells\": []}", "metadata must be an object")]
    [InlineData("{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {}}", "cells must be a list")]
    [InlineData(Start + "[1]}", "cells[0] must be an object, and is number")]
    [InlineData(Start + "[{\"cell_type\": \"heading\", \"source\": \"\"}]}", "cells[0].cell_type must be code, markdown or raw, and is string")]
    [InlineData(Start + "[{\"cell_type\": 1}]}", "cells[0].cell_type must be code")]
    [InlineData(Start + "[{\"cell_type\": \"code\"}]}", "cells[0].source must be text or a list of lines, and is missing or null")]
    [InlineData(Start + "[{\"cell_type\": \"code\", \"source\": [1]}]}", "cells[0].source must be text or a list of lines")]
    [InlineData(Start + "[{\"cell_type\": \"code\", \"source\": \"\", \"metadata\": []}]}", "cells[0].metadata must be an object, and is array")]
    [InlineData(Start + "[{\"cell_type\": \"code\", \"source\": \"\", \"metadata\": {\"tags\": \"parameters\"}}]}", "cells[0].metadata.tags must be a list")]
    [InlineData(Start + "[{\"cell_type\": \"code\", \"source\": \"\", \"execution_count\": 1.5}]}", "cells[0].execution_count must be a whole number or null")]
    [InlineData(Start + "[{\"cell_type\": \"code\", \"source\": \"\", \"id\": 7}]}", "cells[0].id must be text")]
    [InlineData(Start + "[{\"cell_type\": \"code\", \"source\": \"\", \"outputs\": {}}]}", "cells[0].outputs must be a list, and is object")]
    [InlineData(Start + "[{\"cell_type\": \"code\", \"source\": \"\", \"outputs\": [{}]}]}", "cells[0].outputs[0].output_type must be")]
    [InlineData(Start + "[{\"cell_type\": \"code\", \"source\": \"\", \"outputs\": [{\"output_type\": \"stream\", \"text\": 1}]}]}", "cells[0].outputs[0].text must be")]
    [InlineData(Start + "[{\"cell_type\": \"code\", \"source\": \"\", \"outputs\": [{\"output_type\": \"display_data\", \"data\": {\"text/html\": {}}}]}]}", "cells[0].outputs[0].data.text/html must be")]
    public void A_broken_file_is_an_error_that_names_the_file_and_the_place(string text, string message)
    {
        var error = Assert.Throws<NotebookException>(() => NotebookFile.Parse(text, "broken.ipynb"));
        Assert.Contains("broken.ipynb", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_and_one_that_is_not_text_are_errors_with_the_name()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.ipynb");
        Assert.Contains(path, Assert.Throws<NotebookException>(() => NotebookFile.Read(path)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, [0x7b, 0xff, 0xfe]);
        Assert.Contains("not UTF-8", Assert.Throws<NotebookException>(() => NotebookFile.Read(path)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(Start + "[]}")]);
        Assert.Empty(NotebookFile.Read(path).Cells);
        File.Delete(path);
    }
}
