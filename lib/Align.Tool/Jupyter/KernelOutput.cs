using System.Text;
using System.Text.Json.Nodes;
using Align.Tool.Engine;

namespace Align.Tool.Jupyter;

/// <summary>Publishes a cell's output. Text is gathered for a moment, so that a loop that prints does not send a message a line.</summary>
internal sealed class KernelOutput : ICellOutput, IDisposable
{
    private const int GatherMilliseconds = 30;
    private const int MostGathered = 1 << 16;

    private readonly KernelSockets sockets;
    private readonly Lock gate = new();
    private readonly StringBuilder text = new();
    private readonly Timer timer;
    private string stream = "";
    private JsonObject parent = [];

    public KernelOutput(KernelSockets sockets)
    {
        this.sockets = sockets;
        timer = new Timer(_ => Flush());
    }

    /// <summary>From here on output belongs to this request.</summary>
    public void Begin(Message request)
    {
        lock (gate)
        {
            Send();
            parent = request.Header;
        }
    }

    /// <inheritdoc/>
    public void Stream(string name, string text)
    {
        lock (gate)
        {
            if (name != stream || this.text.Length > MostGathered)
                Send();
            stream = name;
            if (this.text.Length == 0)
                timer.Change(GatherMilliseconds, Timeout.Infinite);
            this.text.Append(text);
        }
    }

    /// <inheritdoc/>
    public void Display(string id, JsonObject data) => Publish("display_data", Data(id, data));

    /// <inheritdoc/>
    public void Update(string id, JsonObject data) => Publish("update_display_data", Data(id, data));

    /// <inheritdoc/>
    public void Result(int number, JsonObject data) => Publish(
        "execute_result", new JsonObject { ["execution_count"] = number, ["data"] = Joined(data), ["metadata"] = new JsonObject() });

    /// <inheritdoc/>
    public void Error(CellError error) => Publish("error", Content(error));

    /// <summary>Sends what was gathered.</summary>
    public void Flush()
    {
        lock (gate)
            Send();
    }

    /// <summary>An error as the protocol spells it, without a status.</summary>
    public static JsonObject Content(CellError error) => new()
    {
        ["ename"] = error.Name,
        ["evalue"] = error.Message,
        ["traceback"] = new JsonArray([.. error.Traceback.Select(line => (JsonNode)line)]),
    };

    public void Dispose() => timer.Dispose();

    private void Publish(string type, JsonObject content)
    {
        lock (gate)
        {
            Send();
            sockets.Publish(parent, type, content);
        }
    }

    private void Send()
    {
        if (text.Length == 0)
            return;
        sockets.Publish(parent, "stream", new JsonObject { ["name"] = stream, ["text"] = text.ToString() });
        text.Clear();
    }

    private static JsonObject Data(string id, JsonObject data) => new()
    {
        ["data"] = Joined(data),
        ["metadata"] = new JsonObject(),
        ["transient"] = new JsonObject { ["display_id"] = id },
    };

    /// <summary>On the wire text is one string; only files keep it in lines.</summary>
    private static JsonObject Joined(JsonObject data) => new(data.Select(item =>
        KeyValuePair.Create(item.Key, MimeBundle.IsJson(item.Key) ? item.Value?.DeepClone() : (JsonNode)Notebooks.SourceLines.Join(item.Value))));
}
