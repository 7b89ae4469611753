using System.Text.Json.Nodes;

namespace Align.Tool.Jupyter;

/// <summary>A message of the Jupyter protocol.</summary>
/// <param name="Identities">Who sent it, or who is to receive it; the topic on the publishing socket.</param>
/// <param name="Header">Its own header.</param>
/// <param name="Parent">The header of the message that led to it; empty where none did.</param>
/// <param name="Content">What it says.</param>
internal sealed record Message(IReadOnlyList<byte[]> Identities, JsonObject Header, JsonObject Parent, JsonObject Content)
{
    private static long arrivals;

    /// <summary>What kind of message it is, such as <c>execute_request</c>.</summary>
    public string Type => Header["msg_type"] is JsonValue value && value.TryGetValue(out string? type) ? type : "";

    /// <summary>Its number in the order of arrival: a clock's tick would be shared with messages that came after an answer.</summary>
    public long Arrived { get; } = Interlocked.Increment(ref arrivals);

    /// <summary>The number of the message that came last.</summary>
    public static long LastArrived => Interlocked.Read(ref arrivals);

    /// <summary>A field of the content where it is a boolean, else the fallback.</summary>
    public bool Flag(string name, bool fallback) => Content[name] is JsonValue value && value.TryGetValue(out bool flag) ? flag : fallback;

    /// <summary>A field of the content where it is a text, else the empty text.</summary>
    public string Text(string name) => Content[name] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    /// <summary>A field of the content where it is a whole number, else the fallback.</summary>
    public int Number(string name, int fallback) => Content[name] is JsonValue value && value.TryGetValue(out int number) ? number : fallback;
}
