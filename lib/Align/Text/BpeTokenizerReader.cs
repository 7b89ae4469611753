using System.Text.Json;

namespace Align.Text;

/// <summary>Checks every part of a <c>tokenizer.json</c> while reading it.</summary>
internal sealed class BpeTokenizerReader(string file)
{
    public BpeVocabulary Read(JsonElement root)
    {
        Object(root, "the file");
        Refuse(root, "normalizer", "");
        Refuse(root, "post_processor", "", "ByteLevel");
        RequireByteLevel(Property(root, "decoder", ""), "decoder");
        var model = Property(root, "model", "");
        Object(model, "model");
        if (model.TryGetProperty("type", out var type) && Text(type, "model.type") != "BPE") throw Unsupported("model.type", Text(type, "model.type"));
        foreach (var option in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "ignore_merges"])
            Refuse(model, option, "model.");

        var ids = ReadVocabulary(Property(model, "vocab", "model."));
        var specials = ReadSpecials(root, ids);
        var tokens = InOrder(ids);
        return new BpeVocabulary(tokens, ReadMerges(Property(model, "merges", "model."), ids), specials, ReadSplit(Property(root, "pre_tokenizer", "")));
    }

    private Dictionary<string, int> ReadVocabulary(JsonElement vocab)
    {
        Object(vocab, "model.vocab");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in vocab.EnumerateObject())
            if (!ids.TryAdd(entry.Name, Id(entry.Value, $"model.vocab[\"{entry.Name}\"]"))) throw Broken($"model.vocab names \"{entry.Name}\" twice");
        return ids;
    }

    private List<string> ReadSpecials(JsonElement root, Dictionary<string, int> ids)
    {
        var specials = new List<string>();
        if (!root.TryGetProperty("added_tokens", out var added) || added.ValueKind == JsonValueKind.Null) return specials;
        foreach (var (token, at) in Items(added, "added_tokens"))
        {
            Object(token, at);
            var content = Text(Property(token, "content", at + "."), at + ".content");
            var id = Id(Property(token, "id", at + "."), at + ".id");
            if (content.Length == 0) throw Broken($"{at}.content is empty");
            if (!Flag(token, "special", at)) throw Unsupported(at, $"\"{content}\", which is not special");
            foreach (var flag in (string[])["single_word", "lstrip", "rstrip"])
                if (Flag(token, flag, at)) throw Unsupported($"{at}.{flag}", "true");
            if (!ids.TryAdd(content, id) && ids[content] != id) throw Broken($"{at} gives \"{content}\" the id {id}, model.vocab says {ids[content]}");
            if (specials.Contains(content)) throw Broken($"added_tokens names \"{content}\" twice");
            specials.Add(content);
        }

        return specials;
    }

    private string[] InOrder(Dictionary<string, int> ids)
    {
        var tokens = new string?[ids.Count];
        foreach (var (token, id) in ids)
        {
            if (id >= tokens.Length) throw Broken($"the token \"{token}\" has the id {id}, but there are only {tokens.Length} tokens: ids must be 0 to {tokens.Length - 1}");
            if (tokens[id] is { } other) throw Broken($"the tokens \"{other}\" and \"{token}\" both have the id {id}");
            tokens[id] = token;
        }

        foreach (var letter in ByteAlphabet.InOrder)
            if (!ids.ContainsKey(letter.ToString())) throw Broken($"the byte letter \"{letter}\" (U+{(int)letter:X4}) is no token, so not every text could be encoded: this library needs all 256");
        return tokens!;
    }

    private List<(string, string)> ReadMerges(JsonElement merges, Dictionary<string, int> ids)
    {
        var list = new List<(string, string)>();
        foreach (var (merge, at) in Items(merges, "model.merges"))
        {
            var parts = merge.ValueKind == JsonValueKind.Array
                ? [.. merge.EnumerateArray().Select(p => Text(p, at))]
                : Text(merge, at).Split(' ');
            if (parts.Length != 2) throw Broken($"{at} has {parts.Length} parts: a merge is two tokens");
            foreach (var part in (string[])[parts[0], parts[1], parts[0] + parts[1]])
                if (!ids.ContainsKey(part)) throw Broken($"{at} needs the token \"{part}\", which model.vocab does not have");
            list.Add((parts[0], parts[1]));
        }

        return list;
    }

    private WordSplit ReadSplit(JsonElement preTokenizer)
    {
        const string Name = "pre_tokenizer";
        Object(preTokenizer, Name);
        if (Type(preTokenizer, Name) != "Sequence")
        {
            RequireByteLevel(preTokenizer, Name);
            if (preTokenizer.TryGetProperty("use_regex", out _) && !Flag(preTokenizer, "use_regex", Name)) throw Unsupported($"{Name}.use_regex", "false without a Split before it");
            return WordSplit.Gpt2;
        }

        var steps = Items(Property(preTokenizer, "pretokenizers", Name + "."), Name + ".pretokenizers").ToList();
        if (steps.Count != 2 || Type(steps[0].Item, steps[0].At) != "Split") throw Unsupported(Name, "Sequence other than Split and ByteLevel");
        var (split, at) = steps[0];
        if (Text(Property(split, "behavior", at + "."), at + ".behavior") != "Isolated") throw Unsupported(at + ".behavior", Text(split.GetProperty("behavior"), at));
        if (Flag(split, "invert", at)) throw Unsupported(at + ".invert", "true");
        RequireByteLevel(steps[1].Item, steps[1].At);
        if (!steps[1].Item.TryGetProperty("use_regex", out _) || Flag(steps[1].Item, "use_regex", at)) throw Unsupported(steps[1].At + ".use_regex", "true after a Split");
        var pattern = Property(split, "pattern", at + ".");
        Object(pattern, at + ".pattern");
        return new WordSplit(Text(Property(pattern, "Regex", at + ".pattern."), at + ".pattern.Regex"));
    }

    private void RequireByteLevel(JsonElement element, string at)
    {
        Object(element, at);
        if (Type(element, at) != "ByteLevel") throw Unsupported(at, Type(element, at));
        if (at != "decoder" && Flag(element, "add_prefix_space", at)) throw Unsupported(at + ".add_prefix_space", "true");
    }

    // An absent, null, false or empty option changes nothing; a type that is named changes nothing either.
    private void Refuse(JsonElement parent, string name, string at, string? allowed = null)
    {
        if (!parent.TryGetProperty(name, out var value)) return;
        switch (value.ValueKind)
        {
            case JsonValueKind.Null or JsonValueKind.False: return;
            case JsonValueKind.String when value.GetString()!.Length == 0: return;
            case JsonValueKind.Object when allowed is not null && Type(value, at + name) == allowed: return;
            default: throw Unsupported(at + name, value.ValueKind == JsonValueKind.Object ? Type(value, at + name) : value.ToString());
        }
    }

    private IEnumerable<(JsonElement Item, string At)> Items(JsonElement array, string at) => array.ValueKind == JsonValueKind.Array
        ? array.EnumerateArray().Select((item, i) => (item, $"{at}[{i}]"))
        : throw Broken($"{at} is {array.ValueKind}, not an array");

    private void Object(JsonElement element, string at)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Broken($"{at} is {element.ValueKind}, not an object");
    }

    private JsonElement Property(JsonElement parent, string name, string at) =>
        parent.TryGetProperty(name, out var value) ? value : throw Broken($"{at}{name} is missing");

    private string Type(JsonElement element, string at)
    {
        Object(element, at);
        return Text(Property(element, "type", at + "."), at + ".type");
    }

    private string Text(JsonElement element, string at) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Broken($"{at} is {element.ValueKind}, not a string");

    private int Id(JsonElement element, string at) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var id) && id >= 0
        ? id
        : throw Broken($"{at} is {element}, not a token id");

    private bool Flag(JsonElement parent, string name, string at) => parent.TryGetProperty(name, out var value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Broken($"{at}.{name} is {value.ValueKind}, not true or false"),
    };

    private TokenizerException Broken(string what) => new($"{file} is broken: {what}.");

    private TokenizerException Unsupported(string part, string value) =>
        new($"{file} needs {part} = {value}, which this library does not have: it reads byte-level BPE as GPT-2 and Qwen2 use it.");
}
