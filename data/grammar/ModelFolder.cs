namespace Align.ToyWorld;

/// <summary>A folder with a model of the toy world, as Hugging Face lays it out, and the log of its training.</summary>
internal static class ModelFolder
{
    public static void Write(string folder, Action<string> save, string tokenizer, IEnumerable<string> log)
    {
        save(folder);
        var own = Path.Combine(folder, "tokenizer.json");
        if (Path.GetFullPath(tokenizer) != Path.GetFullPath(own)) File.Copy(tokenizer, own, overwrite: true);
        File.WriteAllText(Path.Combine(folder, "training.log"), string.Concat(log.Select(l => l + "\n")));
        foreach (var row in ReadmeRows(folder)) Console.WriteLine(row);
    }

    /// <summary>The rows of data/README.md.</summary>
    public static IEnumerable<string> ReadmeRows(string folder) => Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(file =>
        DataFiles.ReadmeRow($"models/{Path.GetFileName(folder)}/{Path.GetFileName(file)}", "–", What(folder, file), "trained", File.ReadAllBytes(file)));

    private static string What(string folder, string file) => Path.GetFileName(file) switch
    {
        "config.json" => "its numbers",
        "model.safetensors" => Path.GetFileName(folder) switch { "base" => "the base model: 1.4 M parameters, fp32", "sft" => "the same after SFT", _ => "a reward model that began as sft, fp32" },
        "tokenizer.json" => "the tokenizer of toy/",
        _ => "what was seen while it was trained",
    };
}
