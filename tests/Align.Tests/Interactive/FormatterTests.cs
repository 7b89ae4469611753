using System.Text.Json;
using Align.Interactive;
using Align.Interactive.Drawing;
using Microsoft.DotNet.Interactive.Formatting;

namespace Align.Tests.Interactive;

/// <summary>What the real Formatting package, which kernels draw with, makes of our types.</summary>
public sealed class FormatterTests
{
    private static readonly Lines Chart = new("Loss", new Series("loss", [0.7, 0.5]));

    public static TheoryData<object, string> Shown => new()
    {
        { Chart, "<img " },
        { new Panels("two", Chart, Chart), "<img " },
        { new TokenStrip("t", new TokenRow("a", ["x"], [1])), "<img " },
        { Table.Of([new Bar("a", 1)]), "<table>" },
        { new Verdict("1", ExerciseState.Right, "2 of 2 cases agree."), "<div " },
        { new LiveFrame(Chart, "step 1 of 2", 1, 2), "<img " },
    };

    [Theory]
    [MemberData(nameof(Shown))]
    public void Html_is_preferred_and_ours(object value, string start)
    {
        Assert.Equal(["text/html", "text/plain"], Formatter.GetPreferredMimeTypesFor(value.GetType()));
        Assert.StartsWith(start, value.ToDisplayString("text/html"), StringComparison.Ordinal);
        Assert.DoesNotContain("<", value.ToDisplayString("text/plain"), StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_text_is_the_alt_text() => Assert.Equal(Chart.Alt, Chart.ToDisplayString("text/plain"));

    [Fact]
    public void A_figure_for_Plotly_is_there_for_who_asks()
    {
        using var figure = JsonDocument.Parse(Chart.ToDisplayString(Align.Interactive.Chart.PlotlyMime));
        var trace = figure.RootElement.GetProperty("data")[0];
        Assert.Equal("scatter", trace.GetProperty("type").GetString());
        Assert.Equal(0.5, trace.GetProperty("y")[1].GetDouble());
    }

    [Fact]
    public void Plotly_NET_has_the_same_figure_to_restyle()
    {
        using var ours = JsonDocument.Parse(Chart.ToPlotlyJson()!);
        using var theirs = JsonDocument.Parse(Plotly.NET.GenericChart.toFigureJson(Chart.ToPlotly()));
        foreach (var part in new[] { "data", "layout" })
            Assert.True(JsonElement.DeepEquals(ours.RootElement.GetProperty(part), theirs.RootElement.GetProperty(part)));
    }

    [Fact]
    public void Only_the_last_frame_of_a_live_chart_has_a_figure()
    {
        var frame = new LiveFrame(Chart, "step 1", 1, null);
        Assert.Null(Align.Interactive.Chart.FigureOf(frame));
        Assert.NotNull(Align.Interactive.Chart.FigureOf(frame with { Last = Chart }));
        Assert.Null(Align.Interactive.Chart.FigureOf("text"));
    }

    [Fact]
    public void The_interactive_library_references_no_kernel_and_no_Formatting() =>
        Assert.DoesNotContain(typeof(Chart).Assembly.GetReferencedAssemblies(), a => a.Name!.StartsWith("Microsoft.DotNet.Interactive", StringComparison.Ordinal));
}
