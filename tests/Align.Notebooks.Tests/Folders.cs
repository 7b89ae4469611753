namespace Align.Notebooks.Tests;

/// <summary>Where the tests find notebooks.</summary>
internal static class Folders
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The tests' own notebooks that must run.</summary>
    public static string Samples { get; } = Path.Combine(AppContext.BaseDirectory, "Samples");

    /// <summary>The notebooks that the kit ships.</summary>
    public static IReadOnlyList<string> Notebooks { get; } = Directory.Exists(Path.Combine(Root, "notebooks"))
        ? [.. Directory.EnumerateFiles(Path.Combine(Root, "notebooks"), "*.ipynb").Order(StringComparer.Ordinal)]
        : [];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Align.Notebooks.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
