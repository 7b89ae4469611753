using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Align.Tool.Engine;

namespace Align.Tool.Notebooks;

/// <summary>Makes an executed notebook one that can be committed: readable without scripts, small, and the same for the same run.</summary>
internal static partial class CommittedOutputs
{
    /// <summary>The most a notebook may weigh, with its outputs.</summary>
    public const int MostBytes = 300_000;

    private static readonly string[] LiveOnly = [MimeBundle.Plotly, "application/javascript"];

    /// <summary>A copy without what only a live page needs, each code cell marked with the fingerprint of the source that made its outputs.</summary>
    /// <exception cref="NotebookException">A script is left in an output, or the file is too big.</exception>
    public static NotebookFile Of(NotebookFile executed)
    {
        var notebook = executed.Copy();
        foreach (var (cell, index) in notebook.CodeCells.Select((cell, index) => (cell, index)))
        {
            foreach (var data in cell.Outputs.Select(output => output!["data"]).OfType<JsonObject>())
                DropLive(data);
            cell.Metadata.Remove("execution");
            cell.SourceSha = cell.ComputeSha();
            if (cell.Outputs.ToJsonString(NotebookJson.Compact).Contains("<script", StringComparison.OrdinalIgnoreCase))
                throw new NotebookException($"{notebook.Name}, cell [{index + 1}]: an output holds <script, which readers such as GitHub drop.");
        }

        notebook.Metadata["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" };
        notebook.Metadata["language_info"] ??= new JsonObject { ["file_extension"] = ".cs", ["mimetype"] = "text/x-csharp", ["name"] = "C#", ["pygments_lexer"] = "csharp" };
        CheckSize(notebook);
        return notebook;
    }

    private static void DropLive(JsonObject data)
    {
        foreach (var mime in LiveOnly)
            data.Remove(mime);
        if (data[MimeBundle.Html] is { } html)
            data[MimeBundle.Html] = SourceLines.Split(Script().Replace(SourceLines.Join(html), ""));
    }

    private static void CheckSize(NotebookFile notebook)
    {
        var bytes = Encoding.UTF8.GetByteCount(notebook.ToJson());
        if (bytes <= MostBytes)
            return;
        var (number, size) = notebook.CodeCells
            .Select((cell, index) => (index + 1, Size: Encoding.UTF8.GetByteCount(cell.Outputs.ToJsonString(NotebookJson.Compact))))
            .MaxBy(cell => cell.Size);
        throw new NotebookException($"{notebook.Name} would weigh {bytes / 1000} kB with its outputs; {MostBytes / 1000} kB is the most. The biggest are those of cell [{number}] with {size / 1000} kB.");
    }

    [GeneratedRegex("<script\\b.*?</script\\s*>", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Script();
}
