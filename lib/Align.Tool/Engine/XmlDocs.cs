using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;

namespace Align.Tool.Engine;

/// <summary>The documentation file that a build writes beside an assembly, read when somebody first asks.</summary>
internal sealed class XmlDocs(string path) : DocumentationProvider
{
    private readonly Lazy<Dictionary<string, string>> members = new(() => ReadMembers(path));

    public override bool Equals(object? obj) => obj is XmlDocs other && other.FilePath == FilePath;

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(FilePath);

    protected override string GetDocumentationForSymbol(
        string documentationMemberID, CultureInfo preferredCulture, CancellationToken cancellationToken = default) =>
        members.Value.GetValueOrDefault(documentationMemberID, "");

    private string FilePath { get; } = path;

    private static Dictionary<string, string> ReadMembers(string path)
    {
        try
        {
            return XDocument.Load(path).Descendants("member")
                .Where(member => member.Attribute("name") is not null)
                .GroupBy(member => member.Attribute("name")!.Value, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => group.First().ToString(), StringComparer.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or XmlException)
        {
            // Documentation is a comfort: an assembly without it works the same.
            return [];
        }
    }
}
