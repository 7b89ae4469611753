using System.Globalization;
using System.Xml.Linq;
using Align.Interactive;
using Align.Training;
using CsCheck;
using Microsoft.Data.Analysis;

namespace Align.Tests.Interactive;

public sealed class TableTests
{
    private sealed record Row(string Method, double Win, int Steps, double? Kl);

    [Fact]
    public void Records_become_rows_with_numbers_aligned_at_the_point()
    {
        var table = Table.Of([new Row("DPO", 0.75249, 200, 3.5), new Row("<b>&", 0.5, 1000, null)]);
        Assert.Equal("""
            Method     Win  Steps     Kl
            DPO     0.7525    200  3.500
            <b>&    0.5000   1000
            """.ReplaceLineEndings("\n"), table.ToText());
        var html = XElement.Parse("<x>" + table.ToHtml() + "</x>");
        Assert.Equal(["Method", "Win", "Steps", "Kl"], html.Descendants("th").Select(e => e.Value));
        Assert.Equal(["left", "right", "right", "right"], html.Descendants("tr").Last().Elements().Select(e => (string)e.Attribute("align")!));
        Assert.Contains("&lt;b&gt;&amp;", table.ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_table_shows_its_ends_and_says_so()
    {
        var table = Table.Of(Enumerable.Range(1, 1000)) with { MaxRows = 5 };
        Assert.Equal(["value", "1", "2", "3", "…", "999", "1000", "5 of 1000 rows: the first 3 and the last 2."], table.ToText().Split('\n').Select(l => l.Trim()));
        Assert.Equal(7, XElement.Parse("<x>" + table.ToHtml() + "</x>").Descendants("tr").Count());
        Assert.Equal("value\nNo rows.", Table.Of(Array.Empty<int>()).ToText());
    }

    [Fact]
    public void Answers_stand_side_by_side_and_line_ends_stay()
    {
        var table = Table.SideBySide(["Write a poem about spring"], ("before", ["the the the"]), ("after", ["春风拂面\n柳绿花红"]));
        Assert.Equal(["prompt", "before", "after"], table.Columns);
        Assert.Contains("<br>", table.ToHtml(), StringComparison.Ordinal);
        Assert.Contains("'after' has 0 answers to 1", Assert.Throws<ChartException>(() => Table.SideBySide(["p"], ("after", []))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_escaped_and_any_number_is_written() => Gen.Select(Nasty.Text, Nasty.Number).Array[0, 30].Sample(rows =>
    {
        var table = Table.Of(rows.Select(r => new Row(r.Item1, r.Item2, 1, r.Item2)));
        var html = table.ToHtml().Replace("<br>", "<br/>", StringComparison.Ordinal);
        Assert.All(XElement.Parse("<x>" + html + "</x>").Descendants(), e => Assert.Contains(e.Name.LocalName, new[] { "table", "thead", "tbody", "tr", "th", "td", "br", "p" }));
        Assert.NotEmpty(table.ToText());
    }, iter: 300);

    [Fact]
    public void A_history_comes_back_from_its_data_frame_and_from_its_file_to_the_last_digit() =>
        Gen.Double[-1e3, 1e3].Array[1, 12].Sample(losses =>
        {
            var history = new History();
            for (var i = 0; i < losses.Length; i++)
                history.Add(new Step(i + 1, i % 3 == 2 ? new Dictionary<string, double> { ["rewards/margins"] = -i } : new Dictionary<string, double> { ["loss"] = losses[i] }, new Dictionary<string, double[]>()));
            var frame = history.ToDataFrame();
            Assert.Equal(["step", .. history.Names], frame.Columns.Select(c => c.Name));
            var path = Path.GetTempFileName();
            try
            {
                history.WriteCsv(path);
                var read = DataFrame.LoadCsv(path, dataTypes: [typeof(int), .. history.Names.Select(_ => typeof(double))], cultureInfo: CultureInfo.InvariantCulture);
                Assert.Equal(losses.Length, read.Rows.Count);
                foreach (var (step, i) in history.Select((s, i) => (s, i)))
                {
                    Assert.Equal(step.Number, read["step"][i]);
                    foreach (var name in history.Names) Assert.Equal(step.Metrics.TryGetValue(name, out var v) ? v : null, (double?)read[name][i]);
                }
            }
            finally
            {
                File.Delete(path);
            }
        }, iter: 40);

    [Fact]
    public void A_data_frame_is_shown_as_it_is()
    {
        var frame = new DataFrame(new StringDataFrameColumn("method", ["DPO", "KTO"]), new DoubleDataFrameColumn("win", [0.7512, null]));
        Assert.Equal("method     win\nDPO     0.7512\nKTO", Table.Of(frame).ToText());
    }
}
