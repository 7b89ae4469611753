using System.Text;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Align.Tool.Engine;

/// <summary>A symbol and its documentation in plain text.</summary>
internal static class SymbolText
{
    private static readonly SymbolDisplayFormat Format = SymbolDisplayFormat.MinimallyQualifiedFormat
        .AddMemberOptions(SymbolDisplayMemberOptions.IncludeConstantValue)
        .AddParameterOptions(SymbolDisplayParameterOptions.IncludeDefaultValue)
        .AddKindOptions(SymbolDisplayKindOptions.IncludeTypeKeyword | SymbolDisplayKindOptions.IncludeNamespaceKeyword);

    /// <summary>The first symbol with its documentation, and the other overloads by their signatures.</summary>
    public static string Of(IReadOnlyList<ISymbol> symbols)
    {
        var text = new StringBuilder(symbols[0].ToDisplayString(Format)).Append('\n');
        Documentation(text, symbols[0]);
        if (symbols.Count > 1)
            text.Append("\nOverloads:\n");
        foreach (var other in symbols.Skip(1))
            text.Append("  ").Append(other.ToDisplayString(Format)).Append('\n');
        return text.ToString().TrimEnd('\n');
    }

    private static void Documentation(StringBuilder text, ISymbol symbol)
    {
        var xml = (symbol is IMethodSymbol { ReducedFrom: { } whole } ? whole : symbol).GetDocumentationCommentXml();
        if (string.IsNullOrWhiteSpace(xml) || Parse(xml) is not { } docs)
            return;
        foreach (var part in docs.Elements().Where(part => Words(part).Length > 0))
        {
            var label = part.Name.LocalName switch
            {
                "summary" or "remarks" => "",
                "param" or "typeparam" => $"{part.Attribute("name")?.Value}: ",
                "returns" => "Returns: ",
                "exception" => $"Throws {Short(part.Attribute("cref")?.Value)}: ",
                _ => null,
            };
            if (label is not null)
                text.Append('\n').Append(label).Append(Words(part)).Append('\n');
        }
    }

    private static string Words(XElement part)
    {
        var text = string.Concat(part.Nodes().Select(node => node switch
        {
            XText words => words.Value,
            XElement { HasAttributes: true } link when !link.Nodes().Any() => Short(link.FirstAttribute!.Value),
            XElement inner => Words(inner),
            _ => "",
        }));
        return string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary><c>M:Align.Methods.Dpo.Sigmoid(…)</c> is <c>Sigmoid</c> to a reader.</summary>
    private static string Short(string? reference) => (reference ?? "").Split('(')[0].Split('.', ':')[^1];

    private static XElement? Parse(string xml)
    {
        try
        {
            return XElement.Parse(xml, LoadOptions.PreserveWhitespace);
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
