namespace Align.Notebooks.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("align-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
