using System.Text;
using System.Text.Json.Nodes;
using Align.Evaluation;
using Align.Interactive;
using Align.Tool.Engine;

namespace Align.Tool.Html;

/// <summary>A data report with its charts as one HTML file.</summary>
internal static class DataPage
{
    /// <param name="report">The report.</param>
    /// <param name="texts">Texts of a row to show token by token; none for none.</param>
    public static string Of(DataReport report, IReadOnlyList<TokenRow> texts)
    {
        var title = Path.GetFileName(report.Rows.File);
        var body = new StringBuilder($"<section class=\"prose\"><h1>{HtmlPage.Text(title)}</h1></section>\n<section class=\"cell\">\n");
        var hasPlots = OutputHtml.Append(body, Figure(report.Plot()));
        OutputHtml.Append(body, new JsonObject { ["output_type"] = "stream", ["name"] = "stdout", ["text"] = report.ToString() });
        if (texts.Count > 0) hasPlots |= OutputHtml.Append(body, Figure(new TokenStrip("One row: what counts is coloured", texts)));
        return HtmlPage.Of(title, body.Append("</section>\n"), hasPlots);
    }

    private static JsonObject Figure(Chart chart)
    {
        var data = new JsonObject { [MimeBundle.Html] = chart.ToHtml() };
        if (chart.ToPlotlyJson() is { } figure) data[MimeBundle.Plotly] = JsonNode.Parse(figure);
        return new JsonObject { ["output_type"] = "display_data", ["data"] = data };
    }
}
