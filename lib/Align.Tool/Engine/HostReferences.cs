using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Align.Tool.Engine;

/// <summary>Resolves <c>#r</c> by file name to the assemblies this process already holds, and only then by path.</summary>
/// <remarks>So <c>#r "../artifacts/kit/Align.dll"</c> means the library the tool was built with, whether that folder exists,
/// is older or is of another configuration, and no type exists twice.</remarks>
internal sealed class HostReferences : MetadataReferenceResolver
{
    private static readonly Dictionary<string, string> Held =
        ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .GroupBy(Path.GetFileNameWithoutExtension, StringComparer.OrdinalIgnoreCase)
        .ToDictionary(group => group.Key!, group => group.First(), StringComparer.OrdinalIgnoreCase);

    private static readonly ConcurrentDictionary<string, PortableExecutableReference> Read = new(StringComparer.Ordinal);

    public override bool ResolveMissingAssemblies => true;

    public override ImmutableArray<PortableExecutableReference> ResolveReference(
        string reference, string? baseFilePath, MetadataReferenceProperties properties)
    {
        var file = Path.GetFileName(reference.Replace('\\', '/'));
        var name = file.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? file[..^4] : file;
        if (Held.TryGetValue(name, out var held))
            return [From(held)];
        var path = Path.GetFullPath(reference);
        return File.Exists(path) ? [From(path)] : [];
    }

    public override PortableExecutableReference? ResolveMissingAssembly(MetadataReference definition, AssemblyIdentity referenceIdentity) =>
        Held.TryGetValue(referenceIdentity.Name, out var held) ? From(held) : null;

    public override bool Equals(object? other) => other is HostReferences;

    public override int GetHashCode() => typeof(HostReferences).GetHashCode();

    private static PortableExecutableReference From(string path) =>
        Read.GetOrAdd(path, static path => MetadataReference.CreateFromFile(path, documentation: new XmlDocs(Path.ChangeExtension(path, ".xml"))));
}
