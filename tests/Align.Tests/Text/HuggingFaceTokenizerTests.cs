using System.Text;
using System.Text.Json.Nodes;
using Align.Runtime;
using Align.Text;
using Align.Text.Parts;
using CsCheck;

namespace Align.Tests.Text;

public sealed class HuggingFaceTokenizerTests
{
    private static readonly Dictionary<string, Lazy<HuggingFaceTokenizer>> Loaded = ((string[])["added-tokens", "gemma", "gpt2", "gpt2-classic", "llama2", "llama3", "mistral", "o200k", "qwen2", "smollm"])
        .ToDictionary(f => f, f => new Lazy<HuggingFaceTokenizer>(() => HuggingFaceTokenizer.Load(Golden.PathOf($"tokenizers/{f}"))));

    public static TheoryData<string> Families => [.. Loaded.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_golden_text_has_its_ids_and_comes_back(string family)
    {
        var tokenizer = Loaded[family].Value;
        Golden.Rows($"tokenizers/{family}/golden.jsonl" + (family == "gpt2" ? "#pipeline" : ""), Rows(family, "golden.jsonl"), row =>
        {
            var text = (string)row["text"]!;
            var ids = tokenizer.EncodeDocument(text);
            Assert.Equal(Ids(row["ids"]!), ids);
            Assert.Equal(Ids(row["ids_plain"] ?? row["ids"]!), tokenizer.EncodeWithSpecials(text));

            var decoded = (string?)row["decoded"] ?? text;
            Assert.Equal(decoded, tokenizer.Decode(ids, withSpecials: true));
            Assert.Equal((string?)row["decoded_skip"] ?? decoded, tokenizer.Decode(ids));
            return Outcome.Passed;
        });
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_golden_sequence_decodes_whole_and_as_a_stream(string family)
    {
        if (family == "gpt2-classic") return;
        var tokenizer = Loaded[family].Value;
        Golden.Rows($"tokenizers/{family}/decode.jsonl" + (family == "gpt2" ? "#pipeline" : ""), Rows(family, "decode.jsonl"), row =>
        {
            var ids = Ids(row["ids"]!);
            var withSpecials = !(bool)row["skip_special_tokens"]!;
            if (ids.Any(id => id >= tokenizer.VocabularySize))
            {
                Assert.Contains("is no token id", Assert.Throws<TokenizerException>(() => tokenizer.Decode(ids)).Message, StringComparison.Ordinal);
                return Outcome.KnownDifference("an id outside the vocabulary is an error here, the reference passes over it");
            }

            var whole = tokenizer.Decode(ids, withSpecials);
            Assert.Equal((string)row["text"]!, whole);
            var stream = new StreamingDecoder(tokenizer, withSpecials);
            var pieces = ids.Select(stream.Next).ToList();
            var expected = row["stream"]!.AsArray().Select(s => (string?)s ?? "").ToList();
            Assert.Equal(expected, pieces[..expected.Count]);
            if (row["stream_error"] is not null) return Outcome.KnownDifference("the reference's stream fails where bytes later turn out to be no character; ours goes on");
            return Outcome.Passed;
        });
    }

    [Theory]
    [InlineData("gemma")]
    [InlineData("gpt2")]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("mistral")]
    [InlineData("o200k")]
    [InlineData("qwen2")]
    public void Every_golden_token_has_its_place_in_the_text(string family)
    {
        var tokenizer = Loaded[family].Value;
        Golden.Rows($"tokenizers/{family}/golden.jsonl#offsets", Rows(family, "golden.jsonl").Where(r => r.Item2["offsets"] is not null), row =>
        {
            var text = (string)row["text"]!;
            var points = new int[text.Length + 1];
            for (var i = 0; i < text.Length; i++) points[i + 1] = points[i] + (char.IsLowSurrogate(text[i]) ? 0 : 1);
            var places = tokenizer.Place(text, withSpecials: true).Select(t => $"{t.Id} {points[t.Start]}-{points[t.End]}");
            var expected = Ids(row["ids"]!).Zip(row["offsets"]!.AsArray().Select(o => $"{o![0]}-{o[1]}"), (id, at) => $"{id} {at}");
            if (family == "qwen2" && new Normalized(text).Compose().Text != text) return Outcome.KnownDifference("a character that was composed covers all that it was composed from, in the reference only the first of it");
            Assert.Equal(expected.TakeLast(places.Count()), places);
            return Outcome.Passed;
        });
    }

    [Fact]
    public void Every_golden_line_of_a_console_streamer_is_printed_and_no_word_later() =>
        Golden.Rows("tokenizers/gpt2/decode.jsonl#streamer", Rows("gpt2", "decode.jsonl"), row =>
        {
            var (ids, withSpecials) = (Ids(row["ids"]!), !(bool)row["skip_special_tokens"]!);
            if (ids.Any(id => id >= Loaded["gpt2"].Value.VocabularySize)) return Outcome.KnownDifference("an id outside the vocabulary is an error here, the reference passes over it");
            var stream = new StreamingDecoder(Loaded["gpt2"].Value, withSpecials);
            var (theirs, ours) = ("", "");
            var chunks = row["streamer"]!.AsArray().Select(c => (string)c!).ToList();
            foreach (var (id, chunk) in ids.Zip(chunks))
            {
                (theirs, ours) = (theirs + chunk, ours + stream.Next(id));
                if (!theirs.EndsWith('\uFFFD')) Assert.StartsWith(theirs.TrimEnd(' '), ours, StringComparison.Ordinal); // the reference waits for a space, ours for a whole character and what its first token holds
            }

            Assert.Equal(string.Concat(chunks), ours + stream.Finish());
            return Outcome.Passed;
        });

    [Fact]
    public void A_special_typed_by_a_person_is_text_and_an_added_word_is_a_token()
    {
        var qwen = Loaded["qwen2"].Value;
        var typed = qwen.Encode("stop<|im_end|>now<think>");
        Assert.DoesNotContain(qwen.Specials["<|im_end|>"], typed);
        Assert.Equal("<think>", qwen.TokenOf(typed[^1]));
        Assert.Equal("stop<|im_end|>now<think>", qwen.Decode(typed));
        Assert.Contains(qwen.Specials["<|im_end|>"], qwen.EncodeWithSpecials("stop<|im_end|>now"));
    }

    [Theory]
    [InlineData("qwen2", "eos_token", "<|im_end|>")]
    [InlineData("llama3", "bos_token", "<|begin_of_text|>")]
    [InlineData("smollm", "pad_token", "<|im_end|>")]
    [InlineData("mistral", "unk_token", "<unk>")]
    [InlineData("gpt2-classic", "eos_token", "<|endoftext|>")]
    public void The_folder_names_the_roles_of_its_special_tokens(string family, string role, string token) =>
        Assert.Equal(token, Loaded[family].Value.TokenOf(Loaded[family].Value.Role(role)!.Value));

    [Theory]
    [InlineData("metaspace-unk", "normalizer.normalizers[0] = NFKC")]
    [InlineData("raw-bpe", "a merge of tokens that hold a space")]
    [InlineData("training", "has no tokenizer.json")]
    public void What_the_library_does_not_have_is_named(string folder, string message) =>
        Assert.Contains(message, Assert.Throws<TokenizerException>(() => HuggingFaceTokenizer.Load(Golden.PathOf($"tokenizers/{folder}"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("model.type", "\"Unigram\"", "model.type = Unigram")]
    [InlineData("model.byte_fallback", "false", "model.byte_fallback = false")]
    [InlineData("model.vocab.<0x41>", null, "the byte \"<0x41>\" is no token")]
    [InlineData("model.merges", "[\"▁ t\", \"e r\", \"▁ t\"]", "model.merges[2] joins \"▁\" and \"t\", which an earlier merge joins already")]
    [InlineData("normalizer", "{\"type\": \"Precompiled\"}", "normalizer = Precompiled")]
    [InlineData("normalizer.normalizers", "[{\"type\": \"Replace\", \"pattern\": {\"String\": \"aa\"}, \"content\": \"b\"}]", "Replace of \"aa\" by \"b\"")]
    [InlineData("pre_tokenizer", "{\"type\": \"BertPreTokenizer\"}", "pre_tokenizer = BertPreTokenizer")]
    [InlineData("post_processor.type", "\"BertProcessing\"", "post_processor = BertProcessing")]
    [InlineData("post_processor.special_tokens", "{}", "post_processor.special_tokens.<s> is missing")]
    [InlineData("decoder", "{\"type\": \"WordPiece\"}", "decoder = WordPiece")]
    [InlineData("decoder.decoders", "[{\"type\": \"Strip\", \"content\": \" \", \"start\": -1, \"stop\": 0}]", "decoder.decoders[0].start is -1")]
    [InlineData("added_tokens", "[{\"id\": 900000000, \"content\": \"<x>\"}]", "far beyond")]
    public void A_wrong_component_is_named(string part, string? value, string message)
    {
        var root = JsonNode.Parse(File.ReadAllText(Golden.PathOf("tokenizers/llama2/tokenizer.json")))!;
        var path = part.Split('.');
        var parent = path[..^1].Aggregate(root, (node, name) => node[name]!).AsObject();
        if (value is null) parent.Remove(path[^1]);
        else parent[path[^1]] = JsonNode.Parse(value);
        var error = Assert.Throws<TokenizerException>(() => HuggingFaceTokenizer.Parse(Encoding.UTF8.GetBytes(root.ToJsonString()), "my.json"));
        Assert.StartsWith("my.json ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_gives_a_typed_error_or_a_tokenizer()
    {
        var good = Encoding.UTF8.GetBytes(JsonNode.Parse(File.ReadAllText(Golden.PathOf("tokenizers/mistral/tokenizer.json")))!.ToJsonString());
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, 3]).Sample(
            (at, value, cut) =>
            {
                var damaged = cut == 0 ? good[..at] : [.. good];
                if (cut > 0) damaged[at] = value;
                try
                {
                    HuggingFaceTokenizer.Parse(damaged).Encode("a b");
                }
                catch (AlignException)
                {
                    // The only kind of error that may come out.
                }
            },
            iter: Environment.GetEnvironmentVariable("ALIGN_FUZZ") == "full" ? 20_000 : 100);
    }

    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\u1E0B\u0323", "\u1E0D\u0307")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\uFB01", "\uFB01")]
    [InlineData("a\u0315\u0300", "\u00E0\u0315")]
    public void Form_C_as_Unicode_defines_it(string text, string composed) => Assert.Equal(composed, new Normalized(text).Compose().Text);

    [Fact]
    public void A_text_of_50_000_letters_without_a_space_is_encoded_in_seconds_by_every_kind_of_model()
    {
        var text = string.Concat(Enumerable.Repeat("abcdefghij", 5_000));
        foreach (var family in (string[])["qwen2", "llama2"])
            Assert.Equal(text, Loaded[family].Value.Decode(Loaded[family].Value.Encode(text)));
    }

    private static IEnumerable<(string, JsonNode)> Rows(string family, string file) =>
        File.ReadLines(Golden.PathOf($"tokenizers/{family}/{file}")).Select(l => JsonNode.Parse(l)!).Select(r => ((string)r["name"]!, r));

    private static int[] Ids(JsonNode node) => [.. node.AsArray().Select(i => (int)i!)];
}
