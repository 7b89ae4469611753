using System.Text.Json;
using System.Text.Json.Nodes;

namespace Align.Tool.Notebooks;

/// <summary>Checks that JSON has the shape of a notebook, so that nothing behind this door meets a field of another type.</summary>
internal sealed class NotebookShape(string path)
{
    /// <summary>The root object of the notebook.</summary>
    /// <exception cref="NotebookException">A field that this kit reads is missing or of another type.</exception>
    public JsonObject Check(JsonNode? node)
    {
        var root = node as JsonObject ?? throw Wrong("the file", "a JSON object", node);
        var format = Number(root, "nbformat");
        if (format != 4)
            throw new NotebookException($"{path} is a notebook of nbformat {format}; this kit reads 4. Open and save it in a current Jupyter first.");
        Number(root, "nbformat_minor");
        Require<JsonObject>(root, "metadata", "metadata", "an object");
        var cells = Require<JsonArray>(root, "cells", "cells", "a list");
        for (var index = 0; index < cells.Count; index++)
            Cell(cells[index], $"cells[{index}]");
        return root;
    }

    private void Cell(JsonNode? node, string where)
    {
        var cell = node as JsonObject ?? throw Wrong(where, "an object", node);
        var kind = cell["cell_type"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        if (kind is not ("code" or "markdown" or "raw"))
            throw Wrong($"{where}.cell_type", "code, markdown or raw", cell["cell_type"]);
        IsText(cell["source"], $"{where}.source");
        var metadata = Optional<JsonObject>(cell, "metadata", where, "an object");
        if (metadata is not null)
            Optional<JsonArray>(metadata, "tags", $"{where}.metadata", "a list");
        if (cell["id"] is { } id && id.GetValueKind() != JsonValueKind.String)
            throw Wrong($"{where}.id", "text", id);
        if (cell["execution_count"] is { } count && (count.GetValueKind() != JsonValueKind.Number || !count.AsValue().TryGetValue(out int _)))
            throw Wrong($"{where}.execution_count", "a whole number or null", count);
        var outputs = Optional<JsonArray>(cell, "outputs", where, "a list") ?? [];
        for (var index = 0; index < outputs.Count; index++)
            Output(outputs[index], $"{where}.outputs[{index}]");
    }

    private void Output(JsonNode? node, string where)
    {
        var output = node as JsonObject ?? throw Wrong(where, "an object", node);
        switch (output["output_type"]?.ToString())
        {
            case "stream":
                IsText(output["text"], $"{where}.text");
                break;
            case "display_data" or "execute_result":
                var data = Require<JsonObject>(output, "data", $"{where}.data", "an object");
                foreach (var (mime, content) in data.Where(item => !item.Key.EndsWith("json", StringComparison.Ordinal)))
                    IsText(content, $"{where}.data.{mime}");
                break;
            case "error":
                Optional<JsonArray>(output, "traceback", where, "a list");
                break;
            default:
                throw Wrong($"{where}.output_type", "stream, display_data, execute_result or error", output["output_type"]);
        }
    }

    private void IsText(JsonNode? node, string where)
    {
        var isText = node is JsonArray lines
            ? lines.All(line => line?.GetValueKind() == JsonValueKind.String)
            : node?.GetValueKind() == JsonValueKind.String;
        if (!isText)
            throw Wrong(where, "text or a list of lines", node);
    }

    private int Number(JsonObject root, string name) =>
        root[name] is JsonValue value && value.TryGetValue(out int number) ? number : throw Wrong(name, "a whole number", root[name]);

    private T Require<T>(JsonObject owner, string name, string where, string what)
        where T : JsonNode =>
        owner[name] as T ?? throw Wrong(where, what, owner[name]);

    private T? Optional<T>(JsonObject owner, string name, string where, string what)
        where T : JsonNode =>
        owner[name] is null ? null : Require<T>(owner, name, $"{where}.{name}", what);

    private NotebookException Wrong(string where, string what, JsonNode? found) =>
        new($"{path}: {where} must be {what}, and is {(found is null ? "missing or null" : found.GetValueKind().ToString().ToLowerInvariant())}.");
}
