using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Align.Interactive;
using Align.Tool.Notebooks;
using Microsoft.AspNetCore.Html;
using Microsoft.Data.Analysis;
using Microsoft.DotNet.Interactive.Formatting;

namespace Align.Tool.Engine;

/// <summary>A value in every form in which a reader may want to show it: MIME type to content.</summary>
internal static partial class MimeBundle
{
    /// <summary>Rich values are tables and drawings.</summary>
    public const string Html = "text/html";

    /// <summary>What a terminal, a diff and a search see.</summary>
    public const string Plain = "text/plain";

    /// <summary>A figure that Plotly draws where scripts run.</summary>
    public const string Plotly = Chart.PlotlyMime;

    static MimeBundle()
    {
        Formatter.DefaultMimeType = Html;
        Formatter.SetPreferredMimeTypesFor(typeof(string), Plain);
    }

    /// <summary>The forms of a value, as the formatters of its type give them.</summary>
    public static JsonObject Of(object? value)
    {
        if (value is null)
            return new JsonObject { [Plain] = SourceLines.Split("null") };
        // Without this a data frame is shown as the tree of its properties.
        if (value is DataFrame frame)
            value = Table.Of(frame);
        var bundle = new JsonObject();
        foreach (var mime in Formatter.GetPreferredMimeTypesFor(value.GetType()).Append(Plain).Distinct())
        {
            if (mime == Plain && value is IHtmlContent)
                continue;
            var text = value.ToDisplayString(mime);
            if (mime == Html)
                text = FormatterStyle().Replace(text, "");
            // A number, a string or a tensor in a <pre> says no more than the same text does.
            if (mime == Html && value is not IHtmlContent && OnlyText().IsMatch(text))
                continue;
            bundle[mime] = IsJson(mime) ? Parse(mime, text) : SourceLines.Split(SourceLines.Feeds(text));
        }

        if (Chart.FigureOf(value) is { } figure)
            bundle[Plotly] = Parse(Plotly, figure);
        return bundle;
    }

    /// <summary>Whether nbformat keeps content of this type as JSON and not as text.</summary>
    public static bool IsJson(string mime) =>
        mime == "application/json" || (mime.StartsWith("application/", StringComparison.Ordinal) && mime.EndsWith("+json", StringComparison.Ordinal));

    private static JsonNode? Parse(string mime, string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException error)
        {
            throw new NotebookException($"The formatter for {mime} did not write JSON: {error.Message}", error);
        }
    }

    [GeneratedRegex(@"^<div(?: class=""dni-plaintext"")?><pre>")]
    private static partial Regex OnlyText();

    /// <summary>The style sheet that the formatters repeat in every value; it also changes every other table of the page.</summary>
    [GeneratedRegex(@"<style>\s*\.dni-code-hint\b.*?</style>", RegexOptions.Singleline)]
    private static partial Regex FormatterStyle();
}
