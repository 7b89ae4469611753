using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Align.Tool.Jupyter;

/// <summary>Where Jupyter wants to reach the kernel, and the key with which both sign.</summary>
internal sealed record ConnectionFile(string Ip, int Shell, int Control, int Stdin, int IoPub, int Heartbeat, byte[] Key)
{
    /// <summary>Reads the file that Jupyter wrote.</summary>
    /// <exception cref="JupyterException">The file is not there, is not one, or asks for what this kernel cannot do.</exception>
    public static ConnectionFile Read(string path)
    {
        JsonNode? json;
        try
        {
            json = JsonNode.Parse(File.ReadAllText(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new JupyterException($"The connection file {path} cannot be read: {error.Message}", error);
        }

        if (Text("transport") is var transport && transport != "tcp")
            throw new JupyterException($"The connection file {path} asks for the transport '{transport}'; this kernel speaks tcp.");
        var key = Encoding.UTF8.GetBytes(Text("key"));
        if (key.Length > 0 && Text("signature_scheme") is var scheme && scheme != "hmac-sha256")
            throw new JupyterException($"The connection file {path} asks for the signature '{scheme}'; this kernel signs with hmac-sha256.");
        return new ConnectionFile(
            Text("ip"), Port("shell_port"), Port("control_port"), Port("stdin_port"), Port("iopub_port"), Port("hb_port"), key);

        string Text(string name) => (json as JsonObject)?[name] is JsonValue value && value.TryGetValue(out string? text)
            ? text : throw new JupyterException($"The connection file {path} has no text '{name}'.");

        int Port(string name) => (json as JsonObject)?[name] is JsonValue value && value.TryGetValue(out int port) && port is > 0 and < 65536
            ? port : throw new JupyterException($"The connection file {path} has no port '{name}'.");
    }

    /// <summary>The address of a port in ZeroMQ's words.</summary>
    public string At(int port) => $"tcp://{Ip}:{port}";
}
