using System.Text.Json;
using System.Text.RegularExpressions;

namespace Align.Text.Parts;

/// <summary>Reads every component of a <c>tokenizer.json</c>, or refuses it by name.</summary>
internal sealed class TokenizerReader(string file)
{
    private readonly TokenizerJson _json = new(file);
    private bool _byteLevel;
    private Func<Normalized, bool, Normalized> _prefix = (text, _) => text;

    public TokenizerDefinition Read(JsonElement root)
    {
        _json.Object(root, "the file");
        var model = _json.Property(root, "model", "");
        _json.Object(model, "model");
        if (model.TryGetProperty("type", out var type) && _json.Text(type, "model.type") != "BPE") throw _json.Unsupported("model.type", _json.Text(type, "model.type"));
        foreach (var option in (string[])["dropout", "continuing_subword_prefix", "end_of_word_suffix"]) _json.Refuse(model, option, "model.");

        var vocabulary = ReadVocabulary(_json.Property(model, "vocab", "model."));
        var added = ReadAdded(root, vocabulary);
        var normalizers = TokenizerJson.Optional(root, "normalizer") is { } n ? ReadNormalizer(n, "normalizer").ToArray() : [];
        var splits = TokenizerJson.Optional(root, "pre_tokenizer") is { } p ? ReadSplits(p, "pre_tokenizer", alone: true).ToArray() : [];
        var (first, last) = TokenizerJson.Optional(root, "post_processor") is { } t ? ReadTemplate(t, "post_processor") : ([], []);
        var definition = new TokenizerDefinition
        {
            Vocabulary = vocabulary,
            Merges = ReadMerges(_json.Property(model, "merges", "model."), vocabulary),
            ByteLevel = _byteLevel,
            ByteFallback = _json.Flag(model, "byte_fallback", "model"),
            IgnoreMerges = _json.Flag(model, "ignore_merges", "model"),
            Added = added,
            Normalizers = normalizers,
            Prefix = _prefix,
            Splits = splits,
            First = first,
            Last = last,
            Decoders = [.. ReadDecoder(TokenizerJson.Optional(root, "decoder") ?? throw _json.Unsupported("decoder", "none"), "decoder")],
        };
        CheckLetters(definition);
        return definition;
    }

    private void CheckLetters(TokenizerDefinition definition)
    {
        if (!definition.ByteLevel && !definition.ByteFallback) throw _json.Unsupported("model.byte_fallback", "false without a ByteLevel pre-tokenizer");
        var letters = definition.ByteLevel ? ByteAlphabet.InOrder.Select(l => l.ToString()) : Enumerable.Range(0, 256).Select(BpeModel.ByteToken);
        if (letters.FirstOrDefault(l => !definition.Vocabulary.ContainsKey(l)) is { } missing)
            throw _json.Broken($"the byte \"{missing}\" is no token, so not every text could be encoded: this library needs all 256");
    }

    private Dictionary<string, int> ReadVocabulary(JsonElement vocab)
    {
        _json.Object(vocab, "model.vocab");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = new Dictionary<int, string>();
        foreach (var entry in vocab.EnumerateObject())
        {
            var id = _json.Id(entry.Value, $"model.vocab[\"{entry.Name}\"]");
            if (!ids.TryAdd(entry.Name, id)) throw _json.Broken($"model.vocab names \"{entry.Name}\" twice");
            if (!names.TryAdd(id, entry.Name)) throw _json.Broken($"the tokens \"{names[id]}\" and \"{entry.Name}\" both have the id {id}");
        }

        if (ids.Count == 0) throw _json.Broken("model.vocab is empty");
        return ids;
    }

    private List<AddedToken> ReadAdded(JsonElement root, Dictionary<string, int> vocabulary)
    {
        var tokens = new List<AddedToken>();
        if (TokenizerJson.Optional(root, "added_tokens") is not { } added) return tokens;
        var largest = vocabulary.Values.Max() + 65536L;
        foreach (var (token, at) in _json.Items(added, "added_tokens"))
        {
            _json.Object(token, at);
            var content = _json.Text(_json.Property(token, "content", at + "."), at + ".content");
            var id = _json.Id(_json.Property(token, "id", at + "."), at + ".id");
            if (content.Length == 0) throw _json.Broken($"{at}.content is empty");
            if (id > largest) throw _json.Broken($"{at}.id is {id}, far beyond the {vocabulary.Count} tokens of model.vocab");
            if (vocabulary.TryGetValue(content, out var known) && known != id) throw _json.Broken($"{at} gives \"{content}\" the id {id}, model.vocab says {known}");
            if (tokens.Any(t => t.Content == content)) throw _json.Broken($"added_tokens names \"{content}\" twice");
            tokens.Add(new(content, id, Flag("single_word"), Flag("lstrip"), Flag("rstrip"), Flag("normalized"), Flag("special")));

            bool Flag(string name) => _json.Flag(token, name, at);
        }

        return tokens;
    }

    private List<(string, string)> ReadMerges(JsonElement merges, Dictionary<string, int> ids)
    {
        var (list, seen) = (new List<(string, string)>(), new HashSet<(int, int)>());
        foreach (var (merge, at) in _json.Items(merges, "model.merges"))
        {
            string[] parts = merge.ValueKind == JsonValueKind.Array ? [.. merge.EnumerateArray().Select(p => _json.Text(p, at))] : _json.Text(merge, at).Split(' ');
            if (parts.Length != 2) throw _json.Broken($"{at} has {parts.Length} parts: a merge is two tokens");
            if (parts.Any(p => p.Contains(' '))) throw _json.Unsupported(at, "a merge of tokens that hold a space");
            if (((string[])[.. parts, parts[0] + parts[1]]).FirstOrDefault(p => !ids.ContainsKey(p)) is { } missing)
                throw _json.Broken($"{at} needs the token \"{missing}\", which model.vocab does not have");
            if (!seen.Add((ids[parts[0]], ids[parts[1]]))) throw _json.Broken($"{at} joins \"{parts[0]}\" and \"{parts[1]}\", which an earlier merge joins already");
            list.Add((parts[0], parts[1]));
        }

        return list;
    }

    private IEnumerable<Func<Normalized, Normalized>> ReadNormalizer(JsonElement element, string at)
    {
        switch (_json.Type(element, at))
        {
            case "Sequence": return [.. _json.Items(_json.Property(element, "normalizers", at + "."), at + ".normalizers").SelectMany(i => ReadNormalizer(i.Item, i.At))];
            case "NFC": return [text => text.Compose()];
            case "Lowercase": return [text => text.Lower()];
            case "Prepend":
                var prefix = _json.Text(_json.Property(element, "prepend", at + "."), at + ".prepend");
                return [text => text.Text.Length == 0 ? text : text.Prepend(prefix)];
            case "Replace":
                var (old, with) = (Pattern(element, at), _json.Text(_json.Property(element, "content", at + "."), at + ".content"));
                if (old.Length != 1 || with.Length != 1) throw _json.Unsupported(at, $"Replace of \"{old}\" by \"{with}\": only one character by another");
                return [text => text.Replace(old[0], with[0])];
            case var other: throw _json.Unsupported(at, other);
        }
    }

    private IEnumerable<WordSplit> ReadSplits(JsonElement element, string at, bool alone)
    {
        switch (_json.Type(element, at))
        {
            case "Sequence":
                return [.. _json.Items(_json.Property(element, "pretokenizers", at + "."), at + ".pretokenizers").SelectMany(i => ReadSplits(i.Item, i.At, alone: false))];
            case "ByteLevel":
                _byteLevel = true;
                if (_json.Flag(element, "add_prefix_space", at, absent: true))
                {
                    if (!alone) throw _json.Unsupported(at + ".add_prefix_space", "true after another split");
                    _prefix = (text, _) => text.Text.StartsWith(' ') ? text : text.Prepend(" ");
                }

                return _json.Flag(element, "use_regex", at, absent: true) ? [WordSplit.Gpt2] : [];
            case "Digits":
                return [new WordSplit(_json.Flag(element, "individual_digits", at) ? @"\p{N}" : @"\p{N}+")];
            case "Split":
                if (_json.Flag(element, "invert", at)) throw _json.Unsupported(at + ".invert", "true");
                var pattern = element.TryGetProperty("pattern", out var p) && p.ValueKind == JsonValueKind.Object && p.TryGetProperty("Regex", out var regex)
                    ? _json.Text(regex, at + ".pattern.Regex")
                    : Regex.Escape(Pattern(element, at));
                return _json.Text(_json.Property(element, "behavior", at + "."), at + ".behavior") switch
                {
                    "Isolated" => [new WordSplit(pattern)],
                    "MergedWithPrevious" => [new WordSplit($"(?s:.*?)(?:{pattern})")],
                    var other => throw _json.Unsupported(at + ".behavior", other),
                };
            case "Metaspace":
                if (!alone) throw _json.Unsupported(at, "Metaspace inside a Sequence");
                return ReadMetaspace(element, at);
            case var other: throw _json.Unsupported(at, other);
        }
    }

    private IEnumerable<WordSplit> ReadMetaspace(JsonElement element, string at)
    {
        var (mark, scheme) = Mark(element, at);
        _prefix = (text, first) => text.Replace(' ', mark) is var marked && scheme != "never" && (scheme == "always" || first) && !marked.Text.StartsWith(mark) ? marked.Prepend(mark.ToString()) : marked;
        return _json.Flag(element, "split", at, absent: true) ? [new WordSplit($"{mark}[^{mark}]*")] : [];
    }

    private (char Mark, string Scheme) Mark(JsonElement element, string at)
    {
        var mark = _json.Text(_json.Property(element, "replacement", at + "."), at + ".replacement");
        if (mark.Length != 1) throw _json.Unsupported(at + ".replacement", $"\"{mark}\"");
        var scheme = TokenizerJson.Optional(element, "prepend_scheme") is { } s ? _json.Text(s, at + ".prepend_scheme") : "always";
        if (scheme is not ("first" or "always" or "never")) throw _json.Unsupported(at + ".prepend_scheme", scheme);
        return (mark[0], scheme);
    }

    private (int[] First, int[] Last) ReadTemplate(JsonElement element, string at)
    {
        switch (_json.Type(element, at))
        {
            case "ByteLevel": return ([], []);
            case "Sequence":
                var steps = _json.Items(_json.Property(element, "processors", at + "."), at + ".processors").Select(i => ReadTemplate(i.Item, i.At)).ToArray();
                return ([.. steps.Reverse().SelectMany(s => s.First)], [.. steps.SelectMany(s => s.Last)]);
            case "TemplateProcessing": return ReadAround(element, at);
            case var other: throw _json.Unsupported(at, other);
        }
    }

    private (int[] First, int[] Last) ReadAround(JsonElement element, string at)
    {
        var named = _json.Property(element, "special_tokens", at + ".");
        _json.Object(named, at + ".special_tokens");
        List<int> first = [], last = [];
        var seen = false;
        foreach (var (item, place) in _json.Items(_json.Property(element, "single", at + "."), at + ".single"))
        {
            _json.Object(item, place);
            if (item.TryGetProperty("Sequence", out _))
            {
                if (seen) throw _json.Unsupported(at + ".single", "a text twice");
                seen = true;
                continue;
            }

            var special = _json.Property(item, "SpecialToken", place + ".");
            _json.Object(special, place);
            var token = _json.Property(named, _json.Text(_json.Property(special, "id", place + "."), place + ".id"), at + ".special_tokens.");
            _json.Object(token, at + ".special_tokens");
            (seen ? last : first).AddRange(_json.Items(_json.Property(token, "ids", at + "."), at + ".ids").Select(i => _json.Id(i.Item, i.At)));
        }

        if (!seen) throw _json.Broken($"{at}.single has no Sequence");
        return ([.. first], [.. last]);
    }

    private IEnumerable<Func<IReadOnlyList<string>, IReadOnlyList<string>>> ReadDecoder(JsonElement element, string at)
    {
        switch (_json.Type(element, at))
        {
            case "Sequence": return [.. _json.Items(_json.Property(element, "decoders", at + "."), at + ".decoders").SelectMany(i => ReadDecoder(i.Item, i.At))];
            case "ByteLevel": return [TokenDecoders.ByteLevel];
            case "ByteFallback": return [TokenDecoders.ByteFallback];
            case "Fuse": return [TokenDecoders.Fuse];
            case "Replace":
                var old = Pattern(element, at);
                if (old.Length == 0) throw _json.Broken($"{at}.pattern is empty");
                return [TokenDecoders.Replace(old, _json.Text(_json.Property(element, "content", at + "."), at + ".content"))];
            case "Strip":
                var content = _json.Text(_json.Property(element, "content", at + "."), at + ".content");
                if (content.Length != 1) throw _json.Unsupported(at + ".content", $"\"{content}\"");
                return [TokenDecoders.Strip(content[0], Count("start"), Count("stop"))];
            case "Metaspace":
                var (mark, scheme) = Mark(element, at);
                return [TokenDecoders.Metaspace(mark.ToString(), scheme != "never")];
            case var other: throw _json.Unsupported(at, other);
        }

        int Count(string name) => _json.Id(_json.Property(element, name, at + "."), $"{at}.{name}");
    }

    private string Pattern(JsonElement element, string at)
    {
        var pattern = _json.Property(element, "pattern", at + ".");
        _json.Object(pattern, at + ".pattern");
        return pattern.TryGetProperty("String", out var text) ? _json.Text(text, at + ".pattern.String") : throw _json.Unsupported(at + ".pattern", pattern.ToString());
    }
}
