using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Align.Tool.Engine;

namespace Align.Tool.Notebooks;

/// <summary>The pictures that a notebook's prose shows before the cells that draw them: <c>![The rewards part](pictures/4-dpo.svg)</c> is its chart with that title.</summary>
internal static partial class Pictures
{
    /// <summary>Each picture's file and what it holds.</summary>
    /// <exception cref="NotebookException">No chart of the notebook has that title.</exception>
    public static IReadOnlyList<(string Path, string Svg)> Of(NotebookFile executed)
    {
        var charts = executed.CodeCells.SelectMany(cell => cell.Outputs).Select(output => output!["data"]?[MimeBundle.Html]).OfType<System.Text.Json.Nodes.JsonNode>()
            .SelectMany(html => Chart().Matches(SourceLines.Join(html)))
            .Select(chart => (Words: WebUtility.HtmlDecode(chart.Groups[1].Value), Svg: Encoding.UTF8.GetString(Convert.FromBase64String(chart.Groups[2].Value)))).ToList();
        return [.. executed.Cells.Where(cell => cell.IsMarkdown).SelectMany(cell => Shown().Matches(cell.Source)).Select(shown =>
        {
            var (title, path) = (shown.Groups[1].Value, shown.Groups[2].Value);
            var chart = charts.FirstOrDefault(chart => chart.Words.StartsWith(title, StringComparison.Ordinal));
            return (Path.Combine(Path.GetDirectoryName(Path.GetFullPath(executed.Path))!, path),
                chart.Svg ?? throw new NotebookException($"{executed.Name}: the prose shows {path}, and no chart has the title \"{title}\". There are: {string.Join("; ", charts.Select(c => c.Words.Split(". ")[0]))}."));
        })];
    }

    [GeneratedRegex("""<img alt="([^"]*)"[^>]*? src="data:image/svg\+xml;base64,([^"]+)""")]
    private static partial Regex Chart();

    [GeneratedRegex(@"!\[([^\]]+)\]\(([\w/.-]+\.svg)\)")]
    private static partial Regex Shown();
}
