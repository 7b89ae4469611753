using System.Text.Json.Nodes;
using Align.Tool.Notebooks;

namespace Align.Tool.Engine;

/// <summary>Collects a cell's output in nbformat's shapes.</summary>
internal sealed class CellOutputs : ICellOutput
{
    private readonly Lock gate = new();
    private readonly List<Item> items = [];
    private bool isClosed;

    /// <inheritdoc/>
    public void Stream(string name, string text) => Add(() =>
    {
        // Neighbouring writes to one stream are one output, as Jupyter keeps them.
        if (items is [.., { Stream: { } last } item] && last == name)
            item.Text.Append(text);
        else
            items.Add(new Item { Stream = name, Text = new(text) });
    });

    /// <inheritdoc/>
    public void Display(string id, JsonObject data) => Add(() => items.Add(new Item { Id = id, Json = Data("display_data", data) }));

    /// <inheritdoc/>
    public void Update(string id, JsonObject data) => Add(() =>
    {
        foreach (var item in items.Where(item => item.Id == id))
            item.Json = Data("display_data", data);
    });

    /// <inheritdoc/>
    public void Result(int number, JsonObject data) => Add(() =>
    {
        var json = Data("execute_result", data);
        json["execution_count"] = number;
        items.Add(new Item { Json = json });
    });

    /// <inheritdoc/>
    public void Error(CellError error) => Add(() => items.Add(new Item
    {
        Json = new JsonObject
        {
            ["output_type"] = "error",
            ["ename"] = error.Name,
            ["evalue"] = error.Message,
            ["traceback"] = new JsonArray([.. error.Traceback.Select(line => (JsonNode)line)]),
        },
    }));

    /// <summary>The outputs so far, as a list that later output does not change.</summary>
    public JsonArray ToJson()
    {
        lock (gate)
        {
            return [.. items.Select(item => item.Stream is null ? item.Json!.DeepClone() : new JsonObject
            {
                ["output_type"] = "stream",
                ["name"] = item.Stream,
                ["text"] = SourceLines.Split(TerminalText.Settle(item.Text.ToString())),
            })];
        }
    }

    /// <summary>Takes no more: what a cell that was given up still writes is lost.</summary>
    public void Close()
    {
        lock (gate)
            isClosed = true;
    }

    private void Add(Action add)
    {
        lock (gate)
        {
            if (!isClosed)
                add();
        }
    }

    private static JsonObject Data(string type, JsonObject data) =>
        new() { ["output_type"] = type, ["data"] = data, ["metadata"] = new JsonObject() };

    private sealed class Item
    {
        public string? Id { get; init; }

        public string? Stream { get; init; }

        public System.Text.StringBuilder Text { get; init; } = new();

        public JsonObject? Json { get; set; }
    }
}
