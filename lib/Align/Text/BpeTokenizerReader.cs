using System.Text.Json;
using Align.Text.Parts;

namespace Align.Text;

/// <summary>Checks every part of a <c>tokenizer.json</c> while reading it.</summary>
internal sealed class BpeTokenizerReader(string file)
{
    private readonly TokenizerJson _json = new(file);

    public BpeVocabulary Read(JsonElement root)
    {
        _json.Object(root, "the file");
        Refuse(root, "normalizer", "");
        Refuse(root, "post_processor", "", "ByteLevel");
        RequireByteLevel(_json.Property(root, "decoder", ""), "decoder");
        var model = _json.Property(root, "model", "");
        _json.Object(model, "model");
        if (model.TryGetProperty("type", out var type) && _json.Text(type, "model.type") != "BPE") throw _json.Unsupported("model.type", _json.Text(type, "model.type"));
        foreach (var option in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "ignore_merges"])
            Refuse(model, option, "model.");

        var ids = ReadVocabulary(_json.Property(model, "vocab", "model."));
        var specials = ReadSpecials(root, ids);
        var tokens = InOrder(ids);
        return new BpeVocabulary(tokens, ReadMerges(_json.Property(model, "merges", "model."), ids), specials, ReadSplit(_json.Property(root, "pre_tokenizer", "")));
    }

    private Dictionary<string, int> ReadVocabulary(JsonElement vocab)
    {
        _json.Object(vocab, "model.vocab");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in vocab.EnumerateObject())
            if (!ids.TryAdd(entry.Name, _json.Id(entry.Value, $"model.vocab[\"{entry.Name}\"]"))) throw _json.Broken($"model.vocab names \"{entry.Name}\" twice");
        return ids;
    }

    private List<string> ReadSpecials(JsonElement root, Dictionary<string, int> ids)
    {
        var specials = new List<string>();
        if (!root.TryGetProperty("added_tokens", out var added) || added.ValueKind == JsonValueKind.Null) return specials;
        foreach (var (token, at) in _json.Items(added, "added_tokens"))
        {
            _json.Object(token, at);
            var content = _json.Text(_json.Property(token, "content", at + "."), at + ".content");
            var id = _json.Id(_json.Property(token, "id", at + "."), at + ".id");
            if (content.Length == 0) throw _json.Broken($"{at}.content is empty");
            if (!_json.Flag(token, "special", at)) throw _json.Unsupported(at, $"\"{content}\", which is not special");
            foreach (var flag in (string[])["single_word", "lstrip", "rstrip"])
                if (_json.Flag(token, flag, at)) throw _json.Unsupported($"{at}.{flag}", "true");
            if (!ids.TryAdd(content, id) && ids[content] != id) throw _json.Broken($"{at} gives \"{content}\" the id {id}, model.vocab says {ids[content]}");
            if (specials.Contains(content)) throw _json.Broken($"added_tokens names \"{content}\" twice");
            specials.Add(content);
        }

        return specials;
    }

    private string[] InOrder(Dictionary<string, int> ids)
    {
        var tokens = new string?[ids.Count];
        foreach (var (token, id) in ids)
        {
            if (id >= tokens.Length) throw _json.Broken($"the token \"{token}\" has the id {id}, but there are only {tokens.Length} tokens: ids must be 0 to {tokens.Length - 1}");
            if (tokens[id] is { } other) throw _json.Broken($"the tokens \"{other}\" and \"{token}\" both have the id {id}");
            tokens[id] = token;
        }

        foreach (var letter in ByteAlphabet.InOrder)
            if (!ids.ContainsKey(letter.ToString())) throw _json.Broken($"the byte letter \"{letter}\" (U+{(int)letter:X4}) is no token, so not every text could be encoded: this library needs all 256");
        return tokens!;
    }

    private List<(string, string)> ReadMerges(JsonElement merges, Dictionary<string, int> ids)
    {
        var list = new List<(string, string)>();
        foreach (var (merge, at) in _json.Items(merges, "model.merges"))
        {
            var parts = merge.ValueKind == JsonValueKind.Array
                ? [.. merge.EnumerateArray().Select(p => _json.Text(p, at))]
                : _json.Text(merge, at).Split(' ');
            if (parts.Length != 2) throw _json.Broken($"{at} has {parts.Length} parts: a merge is two tokens");
            foreach (var part in (string[])[parts[0], parts[1], parts[0] + parts[1]])
                if (!ids.ContainsKey(part)) throw _json.Broken($"{at} needs the token \"{part}\", which model.vocab does not have");
            list.Add((parts[0], parts[1]));
        }

        return list;
    }

    private WordSplit ReadSplit(JsonElement preTokenizer)
    {
        const string Name = "pre_tokenizer";
        _json.Object(preTokenizer, Name);
        if (_json.Type(preTokenizer, Name) != "Sequence")
        {
            RequireByteLevel(preTokenizer, Name);
            if (preTokenizer.TryGetProperty("use_regex", out _) && !_json.Flag(preTokenizer, "use_regex", Name)) throw _json.Unsupported($"{Name}.use_regex", "false without a Split before it");
            return WordSplit.Gpt2;
        }

        var steps = _json.Items(_json.Property(preTokenizer, "pretokenizers", Name + "."), Name + ".pretokenizers").ToList();
        if (steps.Count != 2 || _json.Type(steps[0].Item, steps[0].At) != "Split") throw _json.Unsupported(Name, "Sequence other than Split and ByteLevel");
        var (split, at) = steps[0];
        if (_json.Text(_json.Property(split, "behavior", at + "."), at + ".behavior") != "Isolated") throw _json.Unsupported(at + ".behavior", _json.Text(split.GetProperty("behavior"), at));
        if (_json.Flag(split, "invert", at)) throw _json.Unsupported(at + ".invert", "true");
        RequireByteLevel(steps[1].Item, steps[1].At);
        if (!steps[1].Item.TryGetProperty("use_regex", out _) || _json.Flag(steps[1].Item, "use_regex", at)) throw _json.Unsupported(steps[1].At + ".use_regex", "true after a Split");
        var pattern = _json.Property(split, "pattern", at + ".");
        _json.Object(pattern, at + ".pattern");
        return new WordSplit(_json.Text(_json.Property(pattern, "Regex", at + ".pattern."), at + ".pattern.Regex"));
    }

    private void RequireByteLevel(JsonElement element, string at)
    {
        _json.Object(element, at);
        if (_json.Type(element, at) != "ByteLevel") throw _json.Unsupported(at, _json.Type(element, at));
        if (at != "decoder" && _json.Flag(element, "add_prefix_space", at)) throw _json.Unsupported(at + ".add_prefix_space", "true");
    }

    // An absent, null, false or empty option changes nothing; a type that is named changes nothing either.
    private void Refuse(JsonElement parent, string name, string at, string? allowed = null)
    {
        if (!parent.TryGetProperty(name, out var value)) return;
        switch (value.ValueKind)
        {
            case JsonValueKind.Null or JsonValueKind.False: return;
            case JsonValueKind.String when value.GetString()!.Length == 0: return;
            case JsonValueKind.Object when allowed is not null && _json.Type(value, at + name) == allowed: return;
            default: throw _json.Unsupported(at + name, value.ValueKind == JsonValueKind.Object ? _json.Type(value, at + name) : value.ToString());
        }
    }
}
