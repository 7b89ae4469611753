using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Align.Models;

/// <summary>Reads the JSON files of a checkpoint folder with every fault found at once and told with its place.</summary>
internal static class CheckpointJson
{
    private const int MaxLength = 100_000_000;

    /// <summary>The object that a file holds.</summary>
    public static JsonObject Read(string path)
    {
        var bytes = ReadBytes(path);
        if (bytes.AsSpan().StartsWith(Utf8Mark)) bytes = bytes[Utf8Mark.Length..];
        if (!Utf8.IsValid(bytes)) throw new CheckpointException(path, "the file is not UTF-8. Fetch it again.");
        try
        {
            CheckTexts(bytes, path);
            return JsonNode.Parse(bytes, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new CheckpointException(path, "the file must hold a JSON object and holds something else. Fetch it again.");
        }
        catch (JsonException e)
        {
            throw new CheckpointException(path, $"the file is not JSON{Place(e)}. Fetch it again.", e);
        }
    }

    /// <summary>Where the JSON breaks off and why, to be put after "is not JSON".</summary>
    public static string Place(JsonException e)
    {
        var place = e.LineNumber is null ? "" : $" at line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}"; // a name that is there twice has none
        return $"{place}: {e.Message.Split(". ")[0].TrimEnd('.')}";
    }

    private static ReadOnlySpan<byte> Utf8Mark => [0xEF, 0xBB, 0xBF];

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MaxLength) throw new CheckpointException(path, $"{stream.Length} bytes are more than such a file ever has ({MaxLength} are read).");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return ForeignFile.Recognise(bytes) is { } what ? throw new CheckpointException(path, what) : bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CheckpointException(path, $"the file cannot be read: {e.Message}", e);
        }
    }

    // JsonNode would decode each text only when it is asked for, and fail there.
    private static void CheckTexts(ReadOnlySpan<byte> json, string path)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName)) continue;
            try
            {
                _ = reader.GetString();
            }
            catch (InvalidOperationException e)
            {
                throw new CheckpointException(path, $"the text at byte {reader.TokenStartIndex} has half of a surrogate pair as an escape, which is no Unicode. Fetch the file again.", e);
            }
        }
    }
}
