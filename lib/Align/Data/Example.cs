using System.Text.Json.Nodes;

namespace Align.Data;

/// <summary>What a row of data is for.</summary>
public enum ExampleKind
{
    /// <summary>A text or a conversation to be continued like it: language modelling.</summary>
    Text,

    /// <summary>A prompt alone, for methods that write the answers themselves.</summary>
    Prompt,

    /// <summary>A prompt and an answer to imitate.</summary>
    Demonstration,

    /// <summary>Two answers to one prompt, the first preferred.</summary>
    Pair,

    /// <summary>An answer and whether it is wanted.</summary>
    Judgement,
}

/// <summary>A text, or the messages of a conversation.</summary>
public sealed class Passage
{
    /// <summary>A plain text.</summary>
    public Passage(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        Text = text;
    }

    /// <summary>Messages: objects with <c>role</c>, <c>content</c> and what else the file had.</summary>
    public Passage(JsonArray messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        Messages = messages;
    }

    /// <summary>The text; null where this is a conversation.</summary>
    public string? Text { get; }

    /// <summary>The messages; null where this is a text.</summary>
    public JsonArray? Messages { get; }

    /// <summary>The text, or what the messages say, one after another.</summary>
    public override string ToString() => Text ?? string.Join('\n', Messages!.Select(m => Said(m?["content"])));

    private static string Said(JsonNode? content) => content switch
    {
        null => "",
        JsonArray parts => string.Concat(parts.Select(p => (string?)p?["text"])),
        _ => content.ToString(),
    };
}

/// <summary>One row of data of any kind and format: plain or conversational, as every trainer here takes it.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Line">Its line in the file, from 1; in a list or a table its row.</param>
/// <param name="Answer">The text, the completion, or the preferred answer; empty where the row is a prompt alone.</param>
/// <param name="Prompt">What comes before the answer; null in plain language modelling.</param>
/// <param name="Rejected">The other answer of a pair.</param>
/// <param name="Desirable">Whether a judged answer was found good.</param>
/// <param name="Margin">By how much the chosen answer is better, where the data says so.</param>
/// <param name="Tools">Tools as JSON schemas, for the chat template.</param>
/// <param name="Variables">More variables for the chat template.</param>
public sealed record Example(
    ExampleKind Kind,
    long Line,
    Passage Answer,
    Passage? Prompt = null,
    Passage? Rejected = null,
    bool Desirable = false,
    double? Margin = null,
    JsonArray? Tools = null,
    JsonObject? Variables = null);
