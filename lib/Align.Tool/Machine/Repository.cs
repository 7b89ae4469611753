namespace Align.Tool.Machine;

/// <summary>The clone in which both commands are run.</summary>
internal static class Repository
{
    private const string Solution = "Align.Notebooks.sln";

    internal static Finding Examine(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, Solution))) return new("repository", at.FullName);
        return new("repository", $"none at {folder} nor above it", $"run both commands in the folder that holds {Solution}.");
    }
}
