namespace Align.Tests;

/// <summary>A folder that is gone when the test is over.</summary>
internal sealed class TemporaryFolder(string? parent = null) : IDisposable
{
    public string Path { get; } = parent is null
        ? Directory.CreateTempSubdirectory("align-").FullName
        : Directory.CreateDirectory(System.IO.Path.Combine(parent, $"align-{Guid.NewGuid():N}")).FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
