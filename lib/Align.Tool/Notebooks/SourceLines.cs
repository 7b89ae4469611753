using System.Text.Json.Nodes;

namespace Align.Tool.Notebooks;

/// <summary>Text the way nbformat keeps it: a list of lines, each with its line feed but the last.</summary>
internal static class SourceLines
{
    /// <summary>Text as a list of lines.</summary>
    public static JsonArray Split(string text)
    {
        var lines = new JsonArray();
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start) + 1;
            if (end == 0)
                end = text.Length;
            lines.Add(text[start..end]);
            start = end;
        }

        return lines;
    }

    /// <summary>The text of a string or a list of strings, with line feeds only.</summary>
    public static string Join(JsonNode? text)
    {
        var joined = text is JsonArray lines ? string.Concat(lines.Select(line => line?.ToString())) : text?.ToString() ?? "";
        return Feeds(joined);
    }

    /// <summary>Text with line feeds only. Unlike <see cref="string.ReplaceLineEndings()"/> it leaves form feeds and Unicode's separators alone.</summary>
    public static string Feeds(string text) =>
        text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
}
