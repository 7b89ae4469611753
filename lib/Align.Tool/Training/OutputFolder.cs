namespace Align.Tool.Training;

/// <summary>The folder that a training will write, tried out before a model is loaded.</summary>
internal static class OutputFolder
{
    /// <summary>Makes the folder, writes a file there and takes both away again.</summary>
    /// <param name="output">The folder.</param>
    /// <param name="inputs">Folders that are read, by the option that names them.</param>
    /// <exception cref="TrainException">It is a file, cannot be written, or is one of the inputs, by whatever path.</exception>
    public static void Try(string output, params IReadOnlyList<(string Option, string Folder)> inputs)
    {
        if (File.Exists(output)) throw new TrainException($"--output {output} is a file. Name a folder; one that is not there is made.");
        var made = Missing(output);
        var probe = $".align-{Guid.NewGuid():N}";
        try
        {
            Directory.CreateDirectory(output);
            File.WriteAllText(Path.Combine(output, probe), "");
            var same = inputs.FirstOrDefault(i => i.Folder.Length > 0 && File.Exists(Path.Combine(i.Folder, probe)));
            File.Delete(Path.Combine(output, probe));
            if (same.Option is not null) throw new TrainException($"--output {output} is the folder of {same.Option}, whose files would be overwritten. Name another folder.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new TrainException($"--output {output} cannot be written: {e.Message} Name a folder in which you may write.", e);
        }
        finally
        {
            foreach (var folder in made.Where(f => Directory.Exists(f) && !Directory.EnumerateFileSystemEntries(f).Any())) Directory.Delete(folder);
        }
    }

    /// <summary>The folder and those above it that are not there, from the innermost outwards.</summary>
    private static List<string> Missing(string folder)
    {
        List<string> missing = [];
        for (var at = Path.GetFullPath(folder); at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at)) missing.Add(Path.TrimEndingDirectorySeparator(at));
        return [.. missing.Distinct()];
    }
}
