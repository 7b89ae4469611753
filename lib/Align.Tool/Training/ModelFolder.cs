using System.Security.Cryptography;

namespace Align.Tool.Training;

/// <summary>A model folder as a command's option names it.</summary>
internal static class ModelFolder
{
    private const string Example = "Qwen/Qwen2.5-0.5B-Instruct";

    /// <summary>Says what to do where there is no such folder, before anything is opened.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="TrainException">There is no such folder, or it holds no model.</exception>
    public static void Require(string folder)
    {
        if (((string[])["config.json", "adapter_config.json"]).Any(f => File.Exists(Path.Combine(folder, f)))) return;
        if (Directory.Exists(folder)) throw new TrainException($"{folder} has no config.json, so it holds no model. {Fetch(Example)}");
        if (File.Exists(folder)) throw new TrainException($"{folder} is a file. Name the folder that it is in.");
        var isName = folder.Split('/') is [{ Length: > 0 } owner, { Length: > 0 }] && owner.Trim('.').Length > 0;
        throw new TrainException($"There is no model folder {folder} (relative paths start at {Environment.CurrentDirectory}). {(isName ? "It may be a name on a hub. " : "")}{Fetch(isName ? folder : Example)}");
    }

    /// <summary>The hash of everything that decides what the model is: configuration, tokenizer and weights.</summary>
    public static string Sha256(string folder)
    {
        string[] decisive = ["config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var file in Directory.EnumerateFiles(folder).Where(f => decisive.Contains(Path.GetFileName(f)) || Path.GetExtension(f) == ".safetensors").Order(StringComparer.Ordinal))
        {
            using var stream = File.OpenRead(file);
            for (int read; (read = stream.Read(buffer)) > 0;) hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Fetch(string name) => $"Fetch a model with Hugging Face's own tool: hf download {name} --local-dir {name.Split('/')[^1]}, then name the folder {name.Split('/')[^1]}.";
}
