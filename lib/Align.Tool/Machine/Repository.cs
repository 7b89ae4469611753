namespace Align.Tool.Machine;

/// <summary>The clone in which both commands are run.</summary>
internal static class Repository
{
    private const double NeededGibibytes = 1;
    private const string Solution = "Align.Notebooks.sln";

    internal static Finding Examine(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, Solution)))
                return Judge(at.FullName, new DriveInfo(at.FullName).AvailableFreeSpace / (double)(1 << 30));
        return new("repository", $"none at {folder} nor above it", $"run both commands in the folder that holds {Solution}.");
    }

    /// <summary>What both commands build and write there needs some hundred megabytes.</summary>
    internal static Finding Judge(string root, double gibibytes) => new(
        "repository", $"{root}, {gibibytes:0.0} GiB free",
        gibibytes >= NeededGibibytes ? null : $"what is built there needs {NeededGibibytes} GiB: make room.");
}
