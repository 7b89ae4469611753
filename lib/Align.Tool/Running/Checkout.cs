using Align.Tool.Notebooks;

namespace Align.Tool.Running;

/// <summary>The checkout in which the notebooks lie.</summary>
internal sealed record Checkout(string Root)
{
    private static readonly string[] Default = ["1-sft", "4-dpo"];

    /// <summary>Where notebooks are kept.</summary>
    public string Notebooks => Path.Combine(Root, "notebooks");

    /// <summary>Where executed copies and pages go.</summary>
    public string Executed => Path.Combine(Root, "artifacts", "notebooks");

    /// <summary>The repository around a folder, or else around this tool.</summary>
    /// <exception cref="NotebookException">Neither lies in one.</exception>
    public static Checkout Find(string folder) =>
        Around(folder) ?? Around(AppContext.BaseDirectory)
        ?? throw new NotebookException($"No folder above {folder} holds Align.Notebooks.sln and notebooks/. Run align inside a checkout of the repository.");

    /// <summary>The notebooks that are meant: by name or path, all of them, or else the two of the main command.</summary>
    /// <exception cref="NotebookException">A notebook is not there or cannot be read.</exception>
    public IReadOnlyList<NotebookFile> Choose(IReadOnlyList<string> names, bool all)
    {
        var known = Directory.EnumerateFiles(Notebooks, "*.ipynb").Order(StringComparer.Ordinal).ToList();
        var chosen = all ? known
            : names.Count > 0 ? [.. names.Select(name => Find(name, known))]
            : known.Where(path => Default.Contains(Path.GetFileNameWithoutExtension(path))).ToList();
        return chosen.Count > 0 ? [.. chosen.Select(NotebookFile.Read)]
            : throw new NotebookException($"{Notebooks} holds {(all ? "no notebook" : "neither 1-sft nor 4-dpo")}.");
    }

    private string Find(string name, List<string> known) =>
        name.EndsWith(".ipynb", StringComparison.Ordinal) && File.Exists(name) ? Path.GetFullPath(name)
        : known.Find(path => Path.GetFileNameWithoutExtension(path) == name)
        ?? throw new NotebookException(
            $"There is no notebook '{name}' in {Notebooks}. There are: {string.Join(", ", known.Select(Path.GetFileNameWithoutExtension))}.");

    private static Checkout? Around(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Align.Notebooks.sln")) && Directory.Exists(Path.Combine(at.FullName, "notebooks")))
                return new Checkout(at.FullName);
        }

        return null;
    }
}
