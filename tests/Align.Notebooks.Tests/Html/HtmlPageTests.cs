using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Align.Tool.Html;
using Align.Tool.Notebooks;

namespace Align.Notebooks.Tests.Html;

public sealed class HtmlPageTests
{
    private const string Figure = """{"data": [{"y": [1, 2], "name": "</script><b>"}], "layout": {"width": 700}}""";

    [Fact]
    public void Prose_code_and_every_kind_of_output_are_on_the_page()
    {
        var notebook = Executed(
            """{"output_type": "stream", "name": "stdout", "text": ["a < b\n", "\u001b[31mred\u001b[0m"]}""",
            """{"output_type": "stream", "name": "stderr", "text": "warning"}""",
            """{"output_type": "display_data", "metadata": {}, "data": {"text/html": "<i>rich</i>", "text/plain": "poor"}}""",
            """{"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": "<svg/>", "text/plain": "poor"}}""",
            """{"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0=\n"}}""",
            """{"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "1 & 2"}}""",
            """{"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["E: v", "   at cell [1], line 2"]}""");
        var page = HtmlPage.Of(notebook);
        Assert.Contains("<title>Title &amp; more</title>", page, StringComparison.Ordinal);
        Assert.Contains("<em>prose</em>", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"k\">var</span> s = <span class=\"s\">&quot;x&lt;y&quot;</span>; <span class=\"c\">// note</span>", page, StringComparison.Ordinal);
        Assert.Contains("<pre>a &lt; b\nred</pre>", page, StringComparison.Ordinal);
        Assert.Contains("<div class=\"output stderr\"><pre>warning</pre></div>", page, StringComparison.Ordinal);
        Assert.Contains("<div class=\"output\"><i>rich</i></div>", page, StringComparison.Ordinal);
        Assert.Contains("<img alt=\"\" src=\"data:image/svg+xml;base64,PHN2Zy8+\">", page, StringComparison.Ordinal);
        Assert.Contains("<img alt=\"\" src=\"data:image/png;base64,iVBORw0=\">", page, StringComparison.Ordinal);
        Assert.Contains("<pre>1 &amp; 2</pre>", page, StringComparison.Ordinal);
        Assert.Contains("<div class=\"output error\"><pre>E: v\n   at cell [1], line 2</pre></div>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("poor", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_asked_of_another_machine()
    {
        var notebook = TestNotebook.Of("md:![far](https://example.org/a.png) and ![near](no-such-file.png)\n\n![inside](data:image/png;base64,AAAA)");
        var page = HtmlPage.Of(notebook);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.Contains("<a href=\"https://example.org/a.png\">far</a>", page, StringComparison.Ordinal);
        Assert.All(Regex.Matches(page, "<img[^>]*>"), image => Assert.Contains("src=\"data:", image.Value, StringComparison.Ordinal));
        Assert.DoesNotMatch("(?:src|@import|url)\\s*[=(]?\\s*[\"']?https?:", page);
    }

    [Fact]
    public void A_picture_beside_the_notebook_and_an_attached_one_are_put_inside()
    {
        using var folder = new TestFolder();
        File.WriteAllText(Path.Combine(folder.Path, "a b.svg"), "<svg/>");
        var text = TestNotebook.Of("md:![one](a%20b.svg) ![two](attachment:x.png)");
        text.Cells[0].Json["attachments"] = new JsonObject { ["x.png"] = new JsonObject { ["image/png"] = "BBBB" } };
        var page = HtmlPage.Of(NotebookFile.Parse(text.ToJson(), Path.Combine(folder.Path, "n.ipynb")));
        Assert.Contains("<img src=\"data:image/svg+xml;base64,PHN2Zy8+\" alt=\"one\"", page, StringComparison.Ordinal);
        Assert.Contains("<img src=\"data:image/png;base64,BBBB\" alt=\"two\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_figure_for_Plotly_stands_over_its_picture_and_the_library_comes_once()
    {
        var output = $$"""{"output_type": "display_data", "metadata": {}, "data": {"application/vnd.plotly.v1+json": {{Figure}}, "text/html": "<img alt=\"c\" src=\"data:image/svg+xml;base64,AA\">"} }""";
        var page = HtmlPage.Of(Executed(output, output));
        Assert.Equal(2, Regex.Count(page, "<figure class=\"plot\"><div class=\"still\"><img alt=\"c\" src=\"data:image/svg\\+xml;base64,AA\"></div><script type=\"application/json\">"));
        Assert.Single(Regex.Matches(page, @"plotly\.js v2\.\d+"));
        // Two figures' data, the library, and the two small scripts around it; the text in the data ends none of them.
        Assert.Equal(5, Regex.Count(page, "</script>"));
        Assert.Contains("\\u003c/script>\\u003cb>", page, StringComparison.Ordinal);
        var hide = page.IndexOf("window.define = window.module = window.exports = undefined", StringComparison.Ordinal);
        var library = page.IndexOf("plotly.js v2", StringComparison.Ordinal);
        var restore = page.IndexOf("[window.define, window.module, window.exports] = window.alignHidden", StringComparison.Ordinal);
        Assert.True(hide < library && library < restore);
    }

    [Fact]
    public void Raw_details_of_a_solution_stay_and_tables_are_tables()
    {
        var page = HtmlPage.Of(TestNotebook.Of("md:<details><summary>Solution</summary>\n\n`x`\n\n</details>\n\n| a | b |\n|---|---|\n| 1 | 2 |"));
        Assert.Contains("<details><summary>Solution</summary>\n<p><code>x</code></p>\n</details>", page, StringComparison.Ordinal);
        Assert.Contains("<td>1</td>", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"-\log\sigma(\beta\,\Delta)", "−log σ(β Δ)")]
    [InlineData(@"\pi_\theta(y^+\mid x)", "π_θ(y⁺ | x)")]
    [InlineData(@"\pi_{\mathrm{ref}}", "π_ref")]
    [InlineData(@"\frac{1}{N}\sum_{i=1}^{N} x_i", "1/N Σᵢ₌₁^N xᵢ")]
    [InlineData(@"\frac{a + b}{2}", "(a + b)/2")]
    [InlineData(@"\mathbb{E}_{x \sim \mathcal{D}}\left[r(x)\right]", "E_(x ~ D)[r(x)]")]
    [InlineData(@"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a = b \n c = d")]
    [InlineData(@"x \le y_{w} \text{ and } 10^{-3}", "x ≤ y_w and 10⁻³")]
    [InlineData("春 = 1", "春 = 1")]
    [InlineData(@"\", "\\")]
    [InlineData("a_", "a_")]
    [InlineData("{{{", "")]
    public void A_formula_is_readable_without_MathJax(string tex, string text) => Assert.Equal(text, MathText.Of(tex));

    [Fact]
    public void Formulas_in_prose_are_set_like_code_and_escaped_dollars_are_dollars()
    {
        var page = HtmlPage.Of(TestNotebook.Of("md:With $\\beta_1$ it costs \\$5 and \\$6.\n\n$$\n\\alpha = 1\n$$"));
        Assert.Contains("With <code class=\"math\">β₁</code> it costs $5 and $6.", page, StringComparison.Ordinal);
        Assert.Contains("<pre class=\"math\">α = 1</pre>", page, StringComparison.Ordinal);
    }

    private static NotebookFile Executed(params string[] outputs)
    {
        var notebook = TestNotebook.Of("md:# Title & more\n\n*prose*", "var s = \"x<y\"; // note");
        notebook.CodeCells[0].ExecutionCount = 1;
        notebook.CodeCells[0].Outputs = [.. outputs.Select(output => JsonNode.Parse(output))];
        return notebook;
    }
}
