using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Align.Tool.Notebooks;

namespace Align.Tool.Jupyter;

/// <summary>The entry by which Jupyter and VS Code find this kernel.</summary>
internal static partial class KernelSpec
{
    /// <summary>The name under which the archived kernel was known; notebooks name it.</summary>
    public const string NetInteractive = ".net-csharp";

    /// <summary>The name of our own.</summary>
    public const string OwnName = "align";

    /// <summary>Writes <c>kernels/NAME/kernel.json</c> into a data folder of Jupyter and returns its path.</summary>
    /// <exception cref="JupyterException">The name cannot be a kernel's, or belongs to a kernel of somebody else.</exception>
    public static string Install(string dataFolder, string name)
    {
        if (!KernelName().IsMatch(name))
            throw new JupyterException($"'{name}' cannot be a kernel's name: letters, digits, '.', '_' and '-' can.");
        var path = Path.Combine(dataFolder, "kernels", name, "kernel.json");
        if (File.Exists(path) && !IsOurs(path))
            throw new JupyterException($"{path} belongs to another kernel. Remove it first (jupyter kernelspec remove {name}), or choose another name with --as.");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, NotebookJson.Write(Content(name)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new JupyterException($"{path} cannot be written: {error.Message}", error);
        }

        return path;
    }

    /// <summary>The folder in which Jupyter looks for a person's own kernels.</summary>
    public static string UserFolder()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Set("JUPYTER_DATA_DIR")
            ?? (OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Jupyter")
                : OperatingSystem.IsWindows() ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "jupyter")
                : Path.Combine(Set("XDG_DATA_HOME") ?? Path.Combine(home, ".local", "share"), "jupyter"));

        static string? Set(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
    }

    private static JsonObject Content(string name) => new()
    {
        ["argv"] = new JsonArray(DotnetHost.FilePath, DotnetHost.ToolPath, "kernel", "--connection-file", "{connection_file}"),
        ["display_name"] = name == NetInteractive ? ".NET (C#)" : "Align (C#)",
        ["language"] = "C#",
        ["interrupt_mode"] = "message",
    };

    private static bool IsOurs(string path)
    {
        try
        {
            return (JsonNode.Parse(File.ReadAllText(path))?["argv"] as JsonArray ?? [])
                .Any(argument => Path.GetFileName(argument?.ToString()) == Path.GetFileName(DotnetHost.ToolPath));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    [GeneratedRegex("^[A-Za-z0-9._-]+$")]
    private static partial Regex KernelName();
}
