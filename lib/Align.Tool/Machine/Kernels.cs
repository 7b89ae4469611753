namespace Align.Tool.Machine;

/// <summary>Which Jupyter kernels are installed that run the notebooks.</summary>
internal static class Kernels
{
    private static readonly (string Name, string What)[] Ours = [("align", "this kit's own"), (".net-csharp", ".NET Interactive")];

    internal static Finding Examine(IEnumerable<string> folders)
    {
        var found = Ours
            .Select(k => (k.Name, k.What, Folder: folders.Select(f => Path.Combine(f, k.Name)).FirstOrDefault(f => File.Exists(Path.Combine(f, "kernel.json")))))
            .Where(k => k.Folder is not null)
            .Select(k => $"{k.Name} ({k.What}) in {k.Folder}").ToArray();
        return new("Jupyter kernels", found.Length == 0 ? "neither align nor .net-csharp; only Jupyter and VS Code need one" : string.Join(", ", found));
    }

    /// <summary>The folders in which Jupyter looks for kernels, in its order.</summary>
    internal static IEnumerable<string> Folders()
    {
        static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var user = Variable("JUPYTER_DATA_DIR")
            ?? (OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Jupyter")
                : Path.Combine(Variable("XDG_DATA_HOME") ?? Path.Combine(home, ".local", "share"), "jupyter"));
        var environments = new[] { Variable("VIRTUAL_ENV"), Variable("CONDA_PREFIX") }.OfType<string>().Select(e => Path.Combine(e, "share", "jupyter"));
        return (Variable("JUPYTER_PATH")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [])
            .Append(user).Concat(environments)
            .Append("/usr/local/share/jupyter").Append("/usr/share/jupyter")
            .Select(f => Path.Combine(f, "kernels"));
    }
}
