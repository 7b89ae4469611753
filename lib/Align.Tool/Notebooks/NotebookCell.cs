using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Align.Tool.Notebooks;

/// <summary>One cell: a view on its JSON, so that fields this kit does not know survive.</summary>
/// <remarks><see cref="NotebookFile"/> has checked the types of every field read here.</remarks>
internal sealed class NotebookCell(JsonObject json)
{
    /// <summary>The cell as it stands in the file.</summary>
    public JsonObject Json { get; } = json;

    /// <summary>Whether the cell holds code.</summary>
    public bool IsCode => (string?)Json["cell_type"] == "code";

    /// <summary>Whether the cell holds prose.</summary>
    public bool IsMarkdown => (string?)Json["cell_type"] == "markdown";

    /// <summary>The whole text of the cell, lines parted by line feeds.</summary>
    public string Source
    {
        get => SourceLines.Join(Json["source"]);
        set => Json["source"] = SourceLines.Split(value);
    }

    /// <summary>The cell's metadata.</summary>
    public JsonObject Metadata
    {
        get
        {
            if (Json["metadata"] is not JsonObject metadata)
                Json["metadata"] = metadata = [];
            return metadata;
        }
    }

    /// <summary>The tags that Jupyter shows on the cell.</summary>
    public IEnumerable<string> Tags =>
        (Metadata["tags"] as JsonArray ?? []).OfType<JsonValue>().Select(tag => tag.ToString());

    /// <summary>What a code cell shows, in nbformat's shapes.</summary>
    public JsonArray Outputs
    {
        get => Json["outputs"] as JsonArray ?? [];
        set => Json["outputs"] = value;
    }

    /// <summary>The number in front of a code cell that has run.</summary>
    public int? ExecutionCount
    {
        get => (int?)Json["execution_count"];
        set => Json["execution_count"] = value;
    }

    /// <summary>The fingerprint of the source from which the outputs came; null where the cell was never saved by this kit.</summary>
    public string? SourceSha
    {
        get => (Metadata["align"] as JsonObject)?["sha"] is JsonValue sha ? sha.ToString() : null;
        set
        {
            if (Metadata["align"] is not JsonObject own)
                Metadata["align"] = own = [];
            own["sha"] = value;
        }
    }

    /// <summary>The SHA-256 of the source as it is now, in hexadecimal.</summary>
    public string ComputeSha() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Source)));
}
