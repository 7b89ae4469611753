using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Align.Data;

namespace Align.Rewards;

/// <summary>Prompts with their facts as JSON lines, one <see cref="GoldPrompt"/> a line.</summary>
internal static class GoldPromptFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        Encoder = new ReadableEncoder(),
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <exception cref="DataException">The file cannot be read, or a row is no prompt with facts.</exception>
    public static IReadOnlyList<GoldPrompt> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return [.. File.ReadLines(path).Select((line, i) => Row(line, new RowPosition(path, i + 1)))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path, "the file cannot be read", e.Message, inner: e);
        }
    }

    public static string Write(IEnumerable<GoldPrompt> prompts) =>
        prompts.Aggregate(new StringBuilder(), (text, p) => text.Append(JsonSerializer.Serialize(p, Options)).Append('\n')).ToString();

    private static GoldPrompt Row(string line, RowPosition position)
    {
        try
        {
            if (JsonSerializer.Deserialize<GoldPrompt>(line, Options) is not { } prompt) throw position.Error("null", "A prompt with its facts was expected.");
            if (prompt.Accepted.Concat(prompt.Wrong).Concat(prompt.Rhymes).Concat(prompt.Keywords).Any(string.IsNullOrEmpty))
                throw position.Error("an empty string", "Every string among the facts says something: remove it.");
            return prompt;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw position.Error("no prompt with facts", e.Message, inner: e);
        }
    }
}
