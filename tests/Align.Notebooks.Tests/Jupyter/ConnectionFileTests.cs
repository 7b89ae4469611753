using Align.Tool.Jupyter;

namespace Align.Notebooks.Tests.Jupyter;

public sealed class ConnectionFileTests : IDisposable
{
    private const string Good = """{"transport": "tcp", "ip": "127.0.0.1", "shell_port": 1, "control_port": 2, "stdin_port": 3, "iopub_port": 4, "hb_port": 5, "key": "k", "signature_scheme": "hmac-sha256"}""";

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_as_Jupyter_writes_it_is_read()
    {
        var connection = Read(Good);
        Assert.Equal((1, 2, 3, 4, 5), (connection.Shell, connection.Control, connection.Stdin, connection.IoPub, connection.Heartbeat));
        Assert.Equal("k"u8, connection.Key);
        Assert.Equal("tcp://127.0.0.1:4", connection.At(connection.IoPub));
    }

    [Theory]
    [InlineData("\"tcp\"", "\"ipc\"", "asks for the transport 'ipc'")]
    [InlineData("hmac-sha256", "hmac-md5", "asks for the signature 'hmac-md5'")]
    [InlineData("\"ip\"", "\"pi\"", "has no text 'ip'")]
    [InlineData("\"hb_port\": 5", "\"hb_port\": \"5\"", "has no port 'hb_port'")]
    [InlineData("\"hb_port\": 5", "\"hb_port\": 70000", "has no port 'hb_port'")]
    [InlineData(Good, "[]", "has no text 'transport'")]
    [InlineData(Good, "{", "cannot be read")]
    public void A_file_that_is_not_one_is_an_error_that_names_it(string part, string instead, string message)
    {
        var error = Assert.Throws<JupyterException>(() => Read(Good.Replace(part, instead, StringComparison.Ordinal)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("connection.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_an_error_that_names_it() =>
        Assert.Contains("nowhere.json", Assert.Throws<JupyterException>(() => ConnectionFile.Read("nowhere.json")).Message, StringComparison.Ordinal);

    private ConnectionFile Read(string text)
    {
        var path = Path.Combine(folder.Path, "connection.json");
        File.WriteAllText(path, text);
        return ConnectionFile.Read(path);
    }
}
