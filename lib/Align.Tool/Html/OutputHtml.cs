using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Align.Tool.Engine;
using Align.Tool.Notebooks;

namespace Align.Tool.Html;

/// <summary>One output of a cell, in the richest form a page can show.</summary>
internal static partial class OutputHtml
{
    /// <summary>Appends an output; true where it holds a figure for Plotly.</summary>
    public static bool Append(StringBuilder page, JsonObject output)
    {
        switch ((string?)output["output_type"])
        {
            case "stream":
                var name = (string?)output["name"] == "stderr" ? "stderr" : "stdout";
                page.Append($"<div class=\"output {name}\">{Pre(SourceLines.Join(output["text"]))}</div>\n");
                return false;
            case "error":
                var traceback = string.Join('\n', (output["traceback"] as JsonArray ?? []).Select(line => line?.ToString()));
                page.Append($"<div class=\"output error\">{Pre(traceback.Length > 0 ? traceback : $"{output["ename"]}: {output["evalue"]}")}</div>\n");
                return false;
            default:
                return Data(page, output["data"]!.AsObject());
        }
    }

    private static bool Data(StringBuilder page, JsonObject data)
    {
        var still = data switch
        {
            _ when data[MimeBundle.Html] is { } html => SourceLines.Join(html),
            _ when data["image/svg+xml"] is { } svg => Image("image/svg+xml", Convert.ToBase64String(Encoding.UTF8.GetBytes(SourceLines.Join(svg)))),
            _ when data["image/png"] is { } png => Image("image/png", SourceLines.Join(png)),
            _ when data["image/jpeg"] is { } jpeg => Image("image/jpeg", SourceLines.Join(jpeg)),
            _ when data[MimeBundle.Plain] is { } plain => Pre(SourceLines.Join(plain)),
            _ => "",
        };
        var figure = data[MimeBundle.Plotly];
        if (figure is null && still.Length == 0)
            return false;
        page.Append("<div class=\"output\">");
        if (figure is null)
            page.Append(still);
        else
            page.Append($"<figure class=\"plot\"><div class=\"still\">{still}</div><script type=\"application/json\">{InScript(figure)}</script></figure>");
        page.Append("</div>\n");
        return figure is not null;
    }

    /// <summary>JSON that cannot end the script element it stands in.</summary>
    private static string InScript(JsonNode json) =>
        json.ToJsonString(NotebookJson.Compact).Replace("<", "\\u003c", StringComparison.Ordinal);

    private static string Image(string mime, string base64) =>
        $"<img alt=\"\" src=\"data:{mime};base64,{base64.Replace("\n", "", StringComparison.Ordinal)}\">";

    private static string Pre(string text) => $"<pre>{HtmlPage.Text(Colour().Replace(text.TrimEnd('\n'), ""))}</pre>";

    [GeneratedRegex(@"\x1b\[[0-9;]*[A-Za-z]")]
    private static partial Regex Colour();
}
