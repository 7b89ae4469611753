using System.Text.Json.Nodes;
using Align.Text;

namespace Align.Tests.Text;

public sealed class ByteLevelTokenizerTests
{
    private static readonly Lazy<ByteLevelTokenizer> Gpt2 = new(() => ByteLevelTokenizer.Load(Golden.PathOf("tokenizers/gpt2/tokenizer.json")));

    [Fact]
    public void Every_golden_text_has_its_ids_its_tokens_and_comes_back() =>
        Golden.Rows("tokenizers/gpt2/golden.jsonl", Rows("golden.jsonl"), row =>
        {
            var text = (string)row["text"]!;
            var ids = Gpt2.Value.EncodeWithSpecials(text);
            Assert.Equal(Ids(row["ids"]!), ids);
            if (row["tokens"] is { } tokens) Assert.Equal(tokens.AsArray().Select(t => (string)t!), ids.Select(id => Gpt2.Value.Vocabulary.Tokens[id]));

            var decoded = (string?)row["decoded"] ?? text;
            Assert.Equal(decoded, Gpt2.Value.Decode(ids, withSpecials: true));
            Assert.Equal((string?)row["decoded_skip"] ?? decoded, Gpt2.Value.Decode(ids));
            if (!text.Contains("<|endoftext|>", StringComparison.Ordinal)) Assert.Equal(ids, Gpt2.Value.Encode(text));
            return Outcome.Passed;
        });

    [Fact]
    public void Every_golden_sequence_decodes_whole_and_as_a_stream() =>
        Golden.Rows("tokenizers/gpt2/decode.jsonl", Rows("decode.jsonl"), row =>
        {
            var ids = Ids(row["ids"]!);
            var withSpecials = !(bool)row["skip_special_tokens"]!;
            if (ids.Any(id => id >= Gpt2.Value.VocabularySize))
            {
                Assert.Contains("990 is no token id", Assert.Throws<TokenizerException>(() => Gpt2.Value.Decode(ids)).Message, StringComparison.Ordinal);
                return Outcome.KnownDifference("an id outside the vocabulary is an error here, the reference passes over it");
            }

            var whole = Gpt2.Value.Decode(ids, withSpecials);
            Assert.Equal((string)row["text"]!, whole);
            var stream = new StreamingDecoder(Gpt2.Value, withSpecials);
            var pieces = ids.Select(stream.Next).ToList();
            Assert.Equal(row["stream"]!.AsArray().Select(s => (string?)s ?? ""), pieces);
            Assert.Equal(whole, string.Concat(pieces) + stream.Finish());
            return Outcome.Passed;
        });

    [Fact]
    public void A_special_typed_by_a_person_is_text_and_reads_back_as_such()
    {
        var end = Gpt2.Value.Specials["<|endoftext|>"];
        var typed = Gpt2.Value.Encode("stop<|endoftext|>now");
        Assert.DoesNotContain(end, typed);
        Assert.Equal("stop<|endoftext|>now", Gpt2.Value.Decode(typed));
        Assert.Equal([.. Gpt2.Value.Encode("stop"), end, .. Gpt2.Value.Encode("now")], Gpt2.Value.EncodeWithSpecials("stop<|endoftext|>now"));
    }

    [Fact]
    public void Of_two_specials_at_the_same_place_the_longer_is_taken()
    {
        var tokenizer = new ByteLevelTokenizer(BpeTrainer.Train(["a"], 300, ["<a>", "<a><b>"]));
        Assert.Equal([1], tokenizer.EncodeWithSpecials("<a><b>"));
        Assert.Equal([0, .. tokenizer.Encode("<c>")], tokenizer.EncodeWithSpecials("<a><c>"));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_an_error() =>
        Assert.Throws<TokenizerException>(() => Gpt2.Value.Encode("🎂"[..1]));

    [Fact]
    public void A_stream_goes_on_after_a_wrong_id()
    {
        var stream = new StreamingDecoder(Gpt2.Value);
        Assert.Equal("H", stream.Next(39));
        Assert.Throws<TokenizerException>(() => stream.Next(-5));
        Assert.Equal("e", stream.Next(68));
        Assert.Equal("", stream.Next(160));
        Assert.Equal("\uFFFD", stream.Finish());
    }

    private static IEnumerable<(string, JsonNode)> Rows(string file) =>
        File.ReadLines(Golden.PathOf("tokenizers/gpt2/" + file)).Select(l => JsonNode.Parse(l)!).Select(r => ((string)r["name"]!, r));

    private static int[] Ids(JsonNode node) => [.. node.AsArray().Select(i => (int)i!)];
}
