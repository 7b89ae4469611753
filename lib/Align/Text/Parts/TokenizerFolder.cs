using System.Text.Json;

namespace Align.Text.Parts;

/// <summary>Finds and reads the tokenizer's files of a model folder.</summary>
internal static class TokenizerFolder
{
    /// <summary>Reads a folder or a <c>tokenizer.json</c>.</summary>
    public static HuggingFaceTokenizer Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!Directory.Exists(path)) return Parse(Bytes(path), path, Roles(Path.GetDirectoryName(Path.GetFullPath(path))!));
        var file = Path.Combine(path, "tokenizer.json");
        if (File.Exists(file)) return Parse(Bytes(file), file, Roles(path));
        if (File.Exists(Path.Combine(path, "vocab.json")) && File.Exists(Path.Combine(path, "merges.txt"))) return Classic(path);
        var other = ((string[])["tokenizer.model", "vocab.tiktoken", "spiece.model", "vocab.txt"]).FirstOrDefault(f => File.Exists(Path.Combine(path, f)));
        throw new TokenizerException(other is null
            ? $"{path} has no tokenizer.json. A model folder holds the tokenizer's files beside the weights; were they copied?"
            : $"{path} has {other} but no tokenizer.json, which is what this library reads. Write one with transformers: AutoTokenizer.from_pretrained(folder).save_pretrained(folder).");
    }

    /// <summary>Reads a file's content.</summary>
    public static HuggingFaceTokenizer Parse(ReadOnlyMemory<byte> json, string name, IReadOnlyDictionary<string, string>? roles) =>
        Json(json, name, root => new HuggingFaceTokenizer(new TokenizerReader(name).Read(root), roles));

    /// <summary>Reads the roles of special tokens from <c>tokenizer_config.json</c>, or else from <c>special_tokens_map.json</c>.</summary>
    public static IReadOnlyDictionary<string, string> Roles(string folder)
    {
        var roles = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in (string[])["special_tokens_map.json", "tokenizer_config.json"])
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path)) continue;
            Json(Bytes(path), path, root =>
            {
                new TokenizerJson(path).Object(root, "the file");
                foreach (var entry in root.EnumerateObject().Where(e => e.Name.EndsWith("_token", StringComparison.Ordinal)))
                    if ((entry.Value.ValueKind == JsonValueKind.Object && entry.Value.TryGetProperty("content", out var content) ? content : entry.Value) is { ValueKind: JsonValueKind.String } text)
                        roles[entry.Name] = text.GetString()!;
                return true;
            });
        }

        return roles;
    }

    /// <summary>Reads JSON, and turns every way in which it may be broken into one error.</summary>
    public static T Json<T>(ReadOnlyMemory<byte> json, string name, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new TokenizerException($"{name} is no JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // JsonElement.GetString and JsonProperty.Name say so of strings with half a surrogate pair or broken UTF-8.
            throw new TokenizerException($"{name} holds a string that is no valid Unicode.", e);
        }
    }

    /// <summary>A file's content.</summary>
    public static byte[] Bytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException($"{path} cannot be read: {e.Message}", e);
        }
    }

    // GPT-2's first form: a vocabulary and merges, everything else by convention.
    private static HuggingFaceTokenizer Classic(string folder)
    {
        const string End = "<|endoftext|>";
        var path = Path.Combine(folder, "vocab.json");
        var merges = System.Text.Encoding.UTF8.GetString(Bytes(Path.Combine(folder, "merges.txt"))).Split('\n')
            .Select(l => l.TrimEnd('\r')).Where(l => l.Length > 0 && !l.StartsWith("#version", StringComparison.Ordinal));
        return Json(Bytes(path), path, vocabulary =>
        {
            var root = new Dictionary<string, object>
            {
                ["model"] = new { type = "BPE", vocab = vocabulary, merges },
                ["pre_tokenizer"] = new { type = "ByteLevel", add_prefix_space = false },
                ["decoder"] = new { type = "ByteLevel" },
                ["added_tokens"] = vocabulary.ValueKind == JsonValueKind.Object && vocabulary.TryGetProperty(End, out var id)
                    ? [new { id, content = End, special = true, normalized = true }]
                    : Array.Empty<object>(),
            };
            var roles = new Dictionary<string, string> { ["bos_token"] = End, ["eos_token"] = End, ["unk_token"] = End };
            foreach (var (role, name) in Roles(folder)) roles[role] = name;
            return new HuggingFaceTokenizer(new TokenizerReader(path).Read(JsonSerializer.SerializeToElement(root)), roles);
        });
    }
}
