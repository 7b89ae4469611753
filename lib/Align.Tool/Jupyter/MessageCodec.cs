using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Align.Tool.Notebooks;
using NetMQ;

namespace Align.Tool.Jupyter;

/// <summary>Writes and reads the frames of messages, signed with the connection's key.</summary>
internal sealed class MessageCodec(byte[] key)
{
    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();

    private readonly string session = Guid.NewGuid().ToString("N");

    /// <summary>A message as it goes over the wire.</summary>
    public NetMQMessage Encode(IReadOnlyList<byte[]> identities, string type, JsonObject parent, JsonObject content)
    {
        var header = new JsonObject
        {
            ["msg_id"] = Guid.NewGuid().ToString("N"),
            ["session"] = session,
            ["username"] = "kernel",
            ["date"] = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture),
            ["msg_type"] = type,
            ["version"] = KernelInfo.Protocol,
        };
        byte[][] parts = [Json(header), Json(parent), "{}"u8.ToArray(), Json(content)];
        return new NetMQMessage([.. identities, Delimiter, Encoding.ASCII.GetBytes(Sign(parts)), .. parts]);
    }

    /// <summary>The message in frames from the wire; null, with the reason, where they are not one or are not signed as they should be.</summary>
    public Message? Decode(NetMQMessage frames, out string? problem)
    {
        var parts = frames.Select(frame => frame.ToByteArray()).ToList();
        var at = parts.FindIndex(part => part.AsSpan().SequenceEqual(Delimiter));
        if (at < 0 || parts.Count < at + 6)
        {
            problem = $"{parts.Count} frames that are no message";
            return null;
        }

        var signed = parts.GetRange(at + 2, 4);
        if (key.Length > 0 && !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(signed)), parts[at + 1]))
        {
            problem = "a message whose signature is wrong";
            return null;
        }

        if (Parse(signed[0]) is { } header && Parse(signed[1]) is { } parent && Parse(signed[3]) is { } content)
        {
            problem = null;
            return new Message(parts.GetRange(0, at), header, parent, content);
        }

        problem = "a message whose parts are not JSON objects";
        return null;
    }

    private string Sign(IEnumerable<byte[]> parts)
    {
        if (key.Length == 0)
            return "";
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        foreach (var part in parts)
            hash.AppendData(part);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Json(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString(NotebookJson.Compact));

    private static JsonObject? Parse(byte[] json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
