using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Align.Tool.Notebooks;

/// <summary>A Jupyter notebook (nbformat 4). What this kit does not know in it is kept as it was.</summary>
internal sealed class NotebookFile
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly JsonObject root;

    private NotebookFile(string path, JsonObject root)
    {
        Path = path;
        this.root = root;
        Cells = [.. root["cells"]!.AsArray().Select(cell => new NotebookCell(cell!.AsObject()))];
    }

    /// <summary>Where the notebook was read.</summary>
    public string Path { get; }

    /// <summary>The file's name without its ending, by which people call the notebook.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>All cells in order.</summary>
    public IReadOnlyList<NotebookCell> Cells { get; }

    /// <summary>The cells that hold code, in order; the n-th of them runs as <c>[n]</c>.</summary>
    public IReadOnlyList<NotebookCell> CodeCells => [.. Cells.Where(cell => cell.IsCode)];

    /// <summary>The cell whose numbers a run may replace; null where there is none.</summary>
    public NotebookCell? Parameters => Cells.FirstOrDefault(cell => cell.IsCode && cell.Tags.Contains("parameters"));

    /// <summary>The notebook's own metadata.</summary>
    public JsonObject Metadata => root["metadata"]!.AsObject();

    /// <summary>Reads a notebook from a file.</summary>
    /// <exception cref="NotebookException">The file is not there or is not a notebook.</exception>
    public static NotebookFile Read(string path)
    {
        try
        {
            return Parse(StrictUtf8.GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF'), path);
        }
        catch (DecoderFallbackException error)
        {
            throw new NotebookException($"{path} is not UTF-8 text: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"The notebook {path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads a notebook from its text; <paramref name="path"/> is the name that errors give it.</summary>
    /// <exception cref="NotebookException">The text is not a notebook.</exception>
    public static NotebookFile Parse(string text, string path)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException error)
        {
            var place = error.LineNumber is { } line
                ? string.Create(CultureInfo.InvariantCulture, $", line {line + 1}, byte {error.BytePositionInLine + 1}")
                : "";
            throw new NotebookException($"{path}{place} is not JSON: {error.Message}", error);
        }

        return new NotebookFile(path, new NotebookShape(path).Check(root));
    }

    /// <summary>A copy that can be changed without changing this one.</summary>
    public NotebookFile Copy() => new(Path, root.DeepClone().AsObject());

    /// <summary>The notebook as text: nbformat 4.5, always the same bytes for the same content.</summary>
    public string ToJson()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (cell, index) in Cells.Select((cell, index) => (cell, index)))
        {
            // Ids came with nbformat 4.5. One that is missing follows from the place and the text, so that it stays the same.
            if (cell.Json["id"] is null || !ids.Add(cell.Json["id"]!.ToString()))
            {
                var seed = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{index} {cell.Source}"));
                cell.Json["id"] = Convert.ToHexStringLower(SHA256.HashData(seed))[..12];
                ids.Add(cell.Json["id"]!.ToString());
            }

            cell.Source = cell.Source;
            _ = cell.Metadata;
            if (!cell.IsCode)
                continue;
            cell.Outputs = cell.Json["outputs"] as JsonArray ?? [];
            cell.ExecutionCount = cell.ExecutionCount;
        }

        root["nbformat"] = 4;
        root["nbformat_minor"] = Math.Max((int)root["nbformat_minor"]!, 5);
        return NotebookJson.Write(root);
    }

    /// <summary>Writes the notebook; a reader sees the old file or the whole new one.</summary>
    public void Write(string path)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        var temporary = System.IO.Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        File.WriteAllText(temporary, ToJson(), StrictUtf8);
        File.Move(temporary, path, overwrite: true);
    }
}
