using System.Text.Json.Nodes;
using Align.Tool.Notebooks;

namespace Align.Notebooks.Tests.Notebooks;

public sealed class CommittedOutputsTests
{
    [Fact]
    public void What_only_a_live_page_needs_is_dropped_and_the_rest_stays()
    {
        var notebook = With("""{"application/vnd.plotly.v1+json": {"data": []}, "text/html": "<b>x</b><SCRIPT src='a'>\n1 < 2\n</Script >y", "text/plain": "x"}""");
        notebook.CodeCells[0].Metadata["execution"] = new JsonObject { ["iopub.status.busy"] = "2026" };
        var committed = CommittedOutputs.Of(notebook);
        Assert.Equal("""{"text/html":["\u003Cb\u003Ex\u003C/b\u003Ey"],"text/plain":"x"}""", committed.CodeCells[0].Outputs[0]!["data"]!.ToJsonString());
        Assert.False(committed.CodeCells[0].Metadata.ContainsKey("execution"));
        Assert.Equal(".net-csharp", (string?)committed.Metadata["kernelspec"]!["name"]);
        // The executed notebook itself keeps its figures.
        Assert.True(notebook.CodeCells[0].Outputs[0]!["data"]!.AsObject().ContainsKey("application/vnd.plotly.v1+json"));
    }

    [Fact]
    public void Each_code_cell_carries_the_fingerprint_of_its_source()
    {
        var committed = CommittedOutputs.Of(With("""{"text/plain": "x"}"""));
        // printf 'x' | sha256sum
        Assert.Equal("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", committed.CodeCells[0].SourceSha);
        committed.CodeCells[0].Source = "y";
        Assert.NotEqual(committed.CodeCells[0].SourceSha, committed.CodeCells[0].ComputeSha());
    }

    [Fact]
    public void A_script_that_cannot_be_dropped_is_an_error_that_names_the_cell()
    {
        var error = Assert.Throws<NotebookException>(() => CommittedOutputs.Of(With("""{"text/html": "<script>never ends"}""")));
        Assert.StartsWith("test, cell [1]: an output holds <script", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_too_big_is_an_error_that_names_the_biggest_cell()
    {
        var notebook = TestNotebook.Of("x", "y");
        foreach (var (cell, length) in notebook.CodeCells.Zip([100_000, 250_000]))
            cell.Outputs = [new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = new string('a', length) }];
        var error = Assert.Throws<NotebookException>(() => CommittedOutputs.Of(notebook));
        Assert.Contains("test would weigh 350 kB with its outputs; 300 kB is the most. The biggest are those of cell [2] with 250 kB.", error.Message, StringComparison.Ordinal);
    }

    private static NotebookFile With(string data)
    {
        var notebook = TestNotebook.Of("x");
        notebook.CodeCells[0].Outputs = [new JsonObject { ["output_type"] = "display_data", ["metadata"] = new JsonObject(), ["data"] = JsonNode.Parse(data) }];
        return notebook;
    }
}
