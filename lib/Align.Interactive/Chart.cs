using System.Text;
using Align.Interactive.Drawing;
using Plotly.NET;

namespace Align.Interactive;

/// <summary>A chart as data: drawn when it is shown, as SVG everywhere and by Plotly where scripts run.</summary>
/// <param name="Title">The headline: what the reader should see.</param>
[TypeFormatterSource(typeof(HtmlFormats), PreferredMimeTypes = ["text/html", "text/plain"])]
public abstract record Chart(string Title) : IShown
{
    /// <summary>The MIME type of the interactive rendering, for engines that mount it over the SVG.</summary>
    public const string PlotlyMime = "application/vnd.plotly.v1+json";

    private const int LongestAlt = 1500;

    /// <summary>What runs across, and its unit.</summary>
    public string XTitle { get; init; } = "";

    /// <summary>What goes up, and its unit.</summary>
    public string YTitle { get; init; } = "";

    /// <summary>A sentence under the chart.</summary>
    public string Note { get; init; } = "";

    /// <summary>Labelled straight lines, such as ln 2 under a loss.</summary>
    public IReadOnlyList<Reference> References { get; init; } = [];

    /// <summary>What the chart shows and its key numbers, in words.</summary>
    public string Alt
    {
        get
        {
            var text = string.Join(" ", new[] { Title, Describe(), Note }.Where(s => s.Length > 0).Select(Sentence));
            return text.Length <= LongestAlt ? text : text[..LongestAlt] + "…";
        }
    }

    /// <summary>The chart as a standalone SVG document.</summary>
    public string ToSvg() => Svg.Render(Draw() with { Title = Title, Note = Note });

    /// <summary>The chart as a figure of Plotly.NET, to be restyled with its functions; null for one that has laid-out text, as a token strip.</summary>
    public GenericChart? ToPlotly() => Figure() is { } picture ? PlotlyFigure.Chart(picture) : null;

    /// <summary>The figure as JSON with <c>data</c> and <c>layout</c>; null for a chart that is text.</summary>
    public string? ToPlotlyJson() => Figure() is { } picture ? PlotlyFigure.Json(picture) : null;

    /// <summary>The figure of a value that an engine shows, as JSON; null for everything but charts and the last frame of a live one.</summary>
    public static string? FigureOf(object value) => (value as Chart ?? (value as LiveFrame)?.Last)?.ToPlotlyJson();

    /// <summary>An image element that every viewer of notebooks shows: no script, no style it depends on.</summary>
    public string ToHtml() =>
        $"<img alt=\"{Words.Escape(Alt)}\" width=\"{Svg.Width}\" style=\"max-width:100%;height:auto\" src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(ToSvg()))}\">";

    string IShown.Html => ToHtml();

    string IShown.Plain => Alt;

    internal abstract Picture Draw();

    internal abstract string Describe();

    private Picture? Figure() => Draw() is var picture && picture.Panels.Any(p => p.X.Hidden) ? null : picture with { Title = Title, Note = Note };

    private protected IEnumerable<Rule> Rules() => References.Select(r => new Rule(r.Value, r.Label, r.Upright));

    private static string Sentence(string text) => ".!?".Contains(text[^1], StringComparison.Ordinal) ? text : text + ".";
}

/// <summary>A labelled straight line across a chart.</summary>
/// <param name="Value">Where it crosses its axis.</param>
/// <param name="Label">What it stands for.</param>
/// <param name="Upright">Whether it marks a place on the horizontal axis.</param>
public sealed record Reference(double Value, string Label, bool Upright = false);

/// <summary>Data that no chart can be made of.</summary>
public sealed class ChartException(string message) : Runtime.AlignException(message);
