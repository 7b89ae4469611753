using System.Text;
using System.Text.Encodings.Web;
using Align.Tool.Notebooks;

namespace Align.Tool.Html;

/// <summary>An executed notebook as one HTML file that needs nothing else and asks for nothing else.</summary>
internal static class HtmlPage
{
    /// <summary>Nothing is fetched, whatever a cell printed.</summary>
    private const string Policy =
        "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval'; font-src data:";

    /// <summary>The whole page.</summary>
    public static string Of(NotebookFile notebook)
    {
        var body = new StringBuilder();
        var markdown = new MarkdownHtml(Path.GetDirectoryName(Path.GetFullPath(notebook.Path))!);
        var hasPlots = false;
        foreach (var cell in notebook.Cells)
        {
            if (cell.IsMarkdown)
                body.Append("<section class=\"prose\">\n").Append(markdown.Of(cell)).Append("</section>\n");
            else if (cell.IsCode && cell.Source.Trim().Length > 0)
                hasPlots |= Code(body, cell);
        }

        return Of(Title(notebook), body, hasPlots);
    }

    /// <summary>A page of a title and what stands in it.</summary>
    /// <param name="title">The title.</param>
    /// <param name="body">HTML.</param>
    /// <param name="hasPlots">Whether it holds figures for Plotly.</param>
    public static string Of(string title, StringBuilder body, bool hasPlots) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="{Policy}">
        <title>{Text(title)}</title>
        <style>
        {Resources.Own("page.css")}</style>
        </head>
        <body>
        <main>
        {body}</main>
        {(hasPlots ? Plots() : "")}</body>
        </html>

        """;

    /// <summary>Text with what HTML would take for itself escaped.</summary>
    public static string Text(string text) => HtmlEncoder.Create(System.Text.Unicode.UnicodeRanges.All).Encode(text).Replace("&#xA;", "\n", StringComparison.Ordinal);

    private static bool Code(StringBuilder page, NotebookCell cell)
    {
        page.Append("<section class=\"cell\">\n<div class=\"source\">");
        if (cell.ExecutionCount is { } count)
            page.Append($"<span class=\"number\">[{count}]</span>");
        page.Append("<pre><code>").Append(CodeHtml.Of(cell.Source)).Append("</code></pre></div>\n");
        var hasPlots = false;
        foreach (var output in cell.Outputs)
            hasPlots |= OutputHtml.Append(page, output!.AsObject());
        page.Append("</section>\n");
        return hasPlots;
    }

    private static string Title(NotebookFile notebook)
    {
        var heading = notebook.Cells.Where(cell => cell.IsMarkdown).SelectMany(cell => cell.Source.Split('\n'))
            .FirstOrDefault(line => line.StartsWith("# ", StringComparison.Ordinal));
        return heading is null ? notebook.Name : heading[2..].Trim();
    }

    /// <summary>plotly.js once. Where require.js is on the page it would register there and set no global, so its names are hidden meanwhile.</summary>
    private static string Plots() => $"""
        <script>window.alignHidden = [window.define, window.module, window.exports]; window.define = window.module = window.exports = undefined;</script>
        <script>{Resources.Plotly()}</script>
        <script>[window.define, window.module, window.exports] = window.alignHidden;
        {Resources.Own("plots.js")}</script>

        """;
}
