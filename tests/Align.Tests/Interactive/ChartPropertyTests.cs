using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Align.Interactive;
using CsCheck;

namespace Align.Tests.Interactive;

public sealed partial class ChartPropertyTests
{
    private const double Width = 600;

    [Fact]
    public void Every_chart_of_nasty_data_is_well_formed_has_only_finite_coordinates_and_stays_on_its_card() => Nasty.Charts.Sample(chart =>
    {
        var root = XDocument.Parse(chart.ToSvg()).Root!;
        Assert.Equal("svg", root.Name.LocalName);
        foreach (var element in root.DescendantsAndSelf())
        {
            Assert.Contains(element.Name.LocalName, new[] { "svg", "rect", "path", "text", "circle", "title", "g" });
            foreach (var attribute in element.Attributes().Where(a => a.Name.LocalName is "x" or "y" or "cx" or "cy" or "width" or "height" or "r" or "textLength" or "stroke-width"))
                Assert.True(double.TryParse(attribute.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) && double.IsFinite(v), $"{attribute} in {chart.GetType().Name}");
            if (element.Attribute("d") is { } d) Assert.Matches(PathData(), d.Value);
            if (element.Name.LocalName == "rect") Assert.InRange((double)element.Attribute("width")!, 0, Width + 12);
            if (element.Name.LocalName == "text" && element.Parent == root) Assert.InRange((double)element.Attribute("x")!, 0, Width);
        }

        Assert.InRange((double)root.Attribute("height")!, 40, 30_000);
    }, iter: 400);

    [Fact]
    public void Every_chart_of_nasty_data_is_one_image_with_words_and_its_picture_is_the_svg() => Nasty.Charts.Sample(chart =>
    {
        var html = chart.ToHtml();
        var image = XElement.Parse(html.Replace("\">", "\"/>", StringComparison.Ordinal));
        Assert.Equal("img", image.Name.LocalName);
        var source = image.Attribute("src")!.Value;
        Assert.StartsWith("data:image/svg+xml;base64,", source, StringComparison.Ordinal);
        Assert.Equal(chart.ToSvg(), Encoding.UTF8.GetString(Convert.FromBase64String(source[(source.IndexOf(',', StringComparison.Ordinal) + 1)..])));
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
    }, iter: 200);

    [Fact]
    public void Every_figure_for_Plotly_of_nasty_data_is_strict_JSON_that_cannot_close_a_script_element() => Nasty.Charts.Sample(chart =>
    {
        if (chart.ToPlotlyJson() is not { } json)
        {
            Assert.True(chart is TokenStrip || (chart is Panels panels && panels.Charts.Any(c => c is TokenStrip)));
            return;
        }

        using var figure = JsonDocument.Parse(json);
        Assert.Equal(JsonValueKind.Array, figure.RootElement.GetProperty("data").ValueKind);
        Assert.False(figure.RootElement.GetProperty("layout").TryGetProperty("template", out _));
        Assert.DoesNotContain("<", json, StringComparison.Ordinal);
    }, iter: 200);

    [Fact]
    public void Text_from_data_is_escaped_wherever_it_is_shown()
    {
        const string evil = "<script>alert(\"&'\")</script>";
        Chart[] charts =
        [
            new Lines(evil, new Series(evil, [1, 2]), new Series("b", [2, 3])) { XTitle = evil, YTitle = evil, Note = evil, References = [new Reference(1, evil)] },
            new TokenStrip("t", new TokenRow(evil, [evil], [1])),
            new HeatMap("t", [evil], [evil], new double[,] { { 1 } }) { ValueTitle = evil },
            new Bars("t", new Bar(evil, 1, Group: evil)),
            new Ridge("t", new RidgeRow(evil, new Sample(evil, [1, 2]))),
        ];
        foreach (var chart in charts)
        {
            var svg = XDocument.Parse(chart.ToSvg());
            Assert.DoesNotContain(svg.Descendants(), e => e.Name.LocalName == "script");
            Assert.Contains(svg.Descendants(), e => e.Name.LocalName is "text" or "title" && e.Value.Contains("<script>", StringComparison.Ordinal));
            Assert.DoesNotContain("<script", chart.ToHtml(), StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"^[Mmlhvz0-9., \-L]*$")]
    private static partial Regex PathData();
}
