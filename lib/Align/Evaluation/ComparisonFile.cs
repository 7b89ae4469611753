using System.Text.Json;
using System.Text.Json.Serialization;

namespace Align.Evaluation;

/// <summary>Finished cells of a comparison, one JSON line each, appended as they are finished.</summary>
internal static class ComparisonFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The cells by their keys; none where there is no file. A last line that was cut off while it was written is taken away.</summary>
    /// <exception cref="ComparisonException">Another line is damaged.</exception>
    public static Dictionary<string, ComparisonRow> Read(string path)
    {
        var rows = new Dictionary<string, ComparisonRow>(StringComparer.Ordinal);
        if (!File.Exists(path)) return rows;
        var text = File.ReadAllText(path);
        var whole = text.LastIndexOf('\n') + 1;
        if (whole < text.Length) File.WriteAllText(path, text[..whole]);
        foreach (var (i, line) in text[..whole].Split('\n').Index().Where(l => l.Item.Trim().Length > 0))
        {
            try
            {
                if (JsonSerializer.Deserialize<ComparisonRow>(line, Json) is not { Key.Length: > 0, Method: not null, Metrics: not null, Scores: not null } row)
                    throw new JsonException("it lacks a key, a method, metrics or scores");
                rows[row.Key] = row;
            }
            catch (JsonException e)
            {
                throw new ComparisonException($"{path}, line {i + 1}: this is no cell of a comparison ({e.Message}). Delete the line, and the cell is run again.", e);
            }
        }

        return rows;
    }

    public static void Append(string path, ComparisonRow row)
    {
        using var stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        JsonSerializer.Serialize(stream, row, Json);
        stream.WriteByte((byte)'\n');
        stream.Flush(flushToDisk: true);
    }
}
