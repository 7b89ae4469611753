using System.Text;
using System.Text.Json.Nodes;
using Align.Tool.Notebooks;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Align.Tool.Html;

/// <summary>Prose as HTML: formulas as text, pictures inside the page.</summary>
internal sealed class MarkdownHtml(string folder)
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).UseTaskLists().UseFootnotes().UseAutoLinks().UseMathematics().Build();

    /// <summary>A cell of prose.</summary>
    public string Of(NotebookCell cell)
    {
        var document = Markdown.Parse(cell.Source, Pipeline);
        foreach (var image in document.Descendants<LinkInline>().Where(link => link.IsImage).ToList())
        {
            if (Embedded(image.Url ?? "", cell) is { } inside)
                image.Url = inside;
            else
                image.IsImage = false; // A picture elsewhere would have to be fetched: the page names it and lets the reader decide.
        }

        using var text = new StringWriter();
        var renderer = new HtmlRenderer(text);
        Pipeline.Setup(renderer);
        renderer.ObjectRenderers.ReplaceOrAdd<HtmlMathInlineRenderer>(new InlineMath());
        renderer.ObjectRenderers.ReplaceOrAdd<HtmlMathBlockRenderer>(new BlockMath());
        renderer.Render(document);
        return text.ToString();
    }

    private string? Embedded(string url, NotebookCell cell)
    {
        if (url.StartsWith("data:", StringComparison.Ordinal))
            return url;
        if (url.StartsWith("attachment:", StringComparison.Ordinal))
        {
            var attached = (cell.Json["attachments"] as JsonObject)?[url["attachment:".Length..]] as JsonObject;
            return attached?.FirstOrDefault() is { Key: { } mime, Value: JsonValue content } ? $"data:{mime};base64,{content}" : null;
        }

        var path = Path.Combine(folder, Uri.UnescapeDataString(url));
        var type = Path.GetExtension(url).ToUpperInvariant() switch
        {
            ".SVG" => "image/svg+xml",
            ".PNG" => "image/png",
            ".JPG" or ".JPEG" => "image/jpeg",
            ".GIF" => "image/gif",
            ".WEBP" => "image/webp",
            _ => null,
        };
        return type is not null && File.Exists(path) ? $"data:{type};base64,{Convert.ToBase64String(File.ReadAllBytes(path))}" : null;
    }

    private sealed class InlineMath : HtmlObjectRenderer<MathInline>
    {
        protected override void Write(HtmlRenderer renderer, MathInline obj) =>
            renderer.Write($"<code class=\"math\">{HtmlPage.Text(MathText.Of(obj.Content.ToString()))}</code>");
    }

    private sealed class BlockMath : HtmlObjectRenderer<MathBlock>
    {
        protected override void Write(HtmlRenderer renderer, MathBlock obj)
        {
            var lines = new StringBuilder();
            foreach (var line in obj.Lines.Lines.Take(obj.Lines.Count))
                lines.Append(line.Slice.AsSpan()).Append('\n');
            renderer.Write($"<pre class=\"math\">{HtmlPage.Text(MathText.Of(lines.ToString()))}</pre>\n");
        }
    }
}
