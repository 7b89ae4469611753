namespace Align.Interactive.Drawing;

/// <summary>What knows how it looks in a notebook.</summary>
internal interface IShown
{
    string Html { get; }

    string Plain { get; }
}

/// <summary>Tells a notebook kernel where a type's formatters are. Kernels find it by its name and members, so no package of theirs is referenced.</summary>
/// <remarks>Plotly's type is not preferred: the Jupyter front end of .NET Interactive hands it on as a string, which draws nothing.</remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    public Type FormatterSourceType { get; } = formatterSourceType;

    public string[]? PreferredMimeTypes { get; set; }
}

/// <summary>The formatters of everything that is <see cref="IShown"/>.</summary>
internal sealed class HtmlFormats
{
    private readonly object[] _formatters =
    [
        new ShownFormatter("text/html", value => (value as IShown)?.Html),
        new ShownFormatter("text/plain", value => (value as IShown)?.Plain),
        new ShownFormatter(Chart.PlotlyMime, Chart.FigureOf),
    ];

    public IEnumerable<object> CreateTypeFormatters() => _formatters;
}

/// <summary>One formatter, in the shape that kernels look for: a property <c>MimeType</c> and a method <c>Format</c>.</summary>
internal sealed class ShownFormatter(string mimeType, Func<object, string?> write)
{
    public string MimeType { get; } = mimeType;

    public bool Format(object instance, TextWriter writer)
    {
        if (write(instance) is not { } text) return false;
        writer.Write(text);
        return true;
    }
}
