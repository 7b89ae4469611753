using Align.Interactive;
using Microsoft.AspNetCore.Html;

namespace Align.Tool.Engine;

/// <summary>What every cell can call without a <c>using</c>, under the names that .NET Interactive gave it.</summary>
public sealed class CellScope
{
    private readonly INotebookHost host;

    internal CellScope(INotebookHost host) => this.host = host;

    /// <summary>Shows a value now, and returns the handle whose <c>Update</c> replaces it.</summary>
    /// <param name="value">What to show.</param>
    public ILiveDisplay display(object value) => host.Display(value);

    /// <summary>Marks text as HTML, so that it is shown and not spelled out.</summary>
    /// <param name="content">The HTML.</param>
    public static IHtmlContent HTML(string content) => new HtmlString(content);
}
