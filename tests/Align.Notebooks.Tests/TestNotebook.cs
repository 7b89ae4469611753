using System.Text.Json.Nodes;
using Align.Tool.Notebooks;

namespace Align.Notebooks.Tests;

/// <summary>Makes notebooks in memory.</summary>
internal static class TestNotebook
{
    /// <summary>A notebook of code cells; a text that starts with <c>md:</c> becomes a cell of prose.</summary>
    public static NotebookFile Of(params string[] sources) => NotebookFile.Parse(new JsonObject
    {
        ["nbformat"] = 4,
        ["nbformat_minor"] = 5,
        ["metadata"] = new JsonObject(),
        ["cells"] = new JsonArray([.. sources.Select(source => (JsonNode)Cell(source))]),
    }.ToJsonString(), "test.ipynb");

    private static JsonObject Cell(string source) => source.StartsWith("md:", StringComparison.Ordinal)
        ? new() { ["cell_type"] = "markdown", ["metadata"] = new JsonObject(), ["source"] = source[3..] }
        : new() { ["cell_type"] = "code", ["metadata"] = new JsonObject(), ["source"] = source, ["outputs"] = new JsonArray(), ["execution_count"] = null };
}
