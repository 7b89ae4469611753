using System.Text;
using System.Text.Json.Nodes;
using Align.Runtime;
using Align.Text;
using CsCheck;

namespace Align.Tests.Text;

public sealed class BpeTokenizerFileTests
{
    private static readonly BpeVocabulary Small = BpeTrainer.Train(["ein Igel, 春风, ein Igel 🎂"], 280, SpecialTokens.All);

    [Fact]
    public void What_is_written_is_read_back_and_encodes_the_same()
    {
        var read = BpeTokenizerFile.Parse(BpeTokenizerFile.Serialize(Small));
        Assert.Equal(Small.Tokens, read.Tokens);
        Assert.Equal(Small.Merges, read.Merges);
        Assert.Equal(Small.Specials, read.Specials);
        Assert.Equal(Small.Split.Pattern, read.Split.Pattern);
        Assert.Equal(new ByteLevelTokenizer(Small).Encode("ein 春 Igel"), new ByteLevelTokenizer(read).Encode("ein 春 Igel"));
    }

    [Fact]
    public void A_split_of_another_family_is_written_and_read_back()
    {
        var vocabulary = Small with { Split = new WordSplit(@"\p{N}|[^\p{N}]+") };
        Assert.Equal(vocabulary.Split.Pattern, BpeTokenizerFile.Parse(BpeTokenizerFile.Serialize(vocabulary)).Split.Pattern);
    }

    [Fact]
    public void Ids_of_the_five_specials_come_first() =>
        Assert.Equal([0, 1, 2, 3, 4], SpecialTokens.All.Select(s => new ByteLevelTokenizer(Small).Specials[s]));

    [Fact]
    public void A_missing_file_is_a_typed_error() =>
        Assert.Contains("nowhere.json", Assert.Throws<TokenizerException>(() => BpeTokenizerFile.Read("nowhere.json")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("model", "model is missing")]
    [InlineData("decoder", "decoder is missing")]
    [InlineData("model.vocab", "model.vocab is missing")]
    [InlineData("model.merges", "model.merges is missing")]
    [InlineData("model.vocab.b", "ids must be 0 to")]
    [InlineData("pre_tokenizer", "pre_tokenizer is missing")]
    [InlineData("pre_tokenizer.type", "pre_tokenizer.type is missing")]
    public void A_missing_part_is_named(string part, string message) => Broken(message, root =>
    {
        var path = part.Split('.');
        var parent = path[..^1].Aggregate(root, (node, name) => node[name]!.AsObject());
        parent.Remove(path[^1]);
    });

    [Theory]
    [InlineData("model.type", "\"Unigram\"", "model.type = Unigram")]
    [InlineData("model.unk_token", "\"<unk>\"", "model.unk_token = <unk>")]
    [InlineData("model.byte_fallback", "true", "model.byte_fallback = True")]
    [InlineData("normalizer", "{\"type\": \"NFKC\"}", "normalizer = NFKC")]
    [InlineData("decoder.type", "\"Metaspace\"", "decoder = Metaspace")]
    [InlineData("pre_tokenizer.type", "\"Whitespace\"", "pre_tokenizer = Whitespace")]
    [InlineData("pre_tokenizer.add_prefix_space", "true", "pre_tokenizer.add_prefix_space = true")]
    [InlineData("post_processor", "{\"type\": \"TemplateProcessing\"}", "post_processor = TemplateProcessing")]
    [InlineData("model.vocab", "[]", "model.vocab is Array, not an object")]
    [InlineData("model.vocab.b", "\"7\"", "model.vocab[\"b\"] is 7, not a token id")]
    [InlineData("model.vocab.b", "-1", "model.vocab[\"b\"] is -1, not a token id")]
    [InlineData("model.vocab.b", "2000000000", "the token \"b\" has the id 2000000000")]
    [InlineData("model.vocab.b", "71", "both have the id 71")]
    [InlineData("model.merges", "{}", "model.merges is Object, not an array")]
    [InlineData("model.merges", "[\"a b c\"]", "model.merges[0] has 3 parts")]
    [InlineData("model.merges", "[\"q z\"]", "needs the token \"qz\"")]
    [InlineData("model.merges", "[[\"q\", 1]]", "model.merges[0] is Number, not a string")]
    [InlineData("added_tokens", "[{\"id\": 3, \"content\": \"<pad>\", \"special\": true}]", "the id 3, model.vocab says 0")]
    [InlineData("added_tokens", "[{\"id\": 280, \"content\": \"<tool>\", \"special\": false}]", "\"<tool>\", which is not special")]
    [InlineData("added_tokens", "[7]", "added_tokens[0] is Number, not an object")]
    public void A_wrong_part_is_named(string part, string value, string message) => Broken(message, root =>
    {
        var path = part.Split('.');
        path[..^1].Aggregate(root, (node, name) => node[name]!.AsObject())[path[^1]] = JsonNode.Parse(value);
    });

    [Theory]
    [InlineData("")]
    [InlineData("{\"model\": ")]
    [InlineData("[]")]
    [InlineData("{\"decoder\": {\"type\": \"\\uD800\"}}")]
    public void What_is_no_tokenizer_is_a_typed_error(string content) =>
        Assert.Contains("my.json", Assert.Throws<TokenizerException>(() => BpeTokenizerFile.Parse(Encoding.UTF8.GetBytes(content), "my.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_damaged_file_gives_a_typed_error_or_a_tokenizer()
    {
        var good = BpeTokenizerFile.Serialize(BpeTrainer.Train(["a"], 256));
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, 3]).Sample(
            (at, value, cut) =>
            {
                var damaged = cut == 0 ? good[..at] : good.ToArray();
                if (cut > 0) damaged[at] = value;
                try
                {
                    new ByteLevelTokenizer(BpeTokenizerFile.Parse(damaged)).Encode("a");
                }
                catch (AlignException)
                {
                    // The only kind of error that may come out.
                }
            },
            iter: 300);
    }

    private static void Broken(string message, Action<JsonObject> damage)
    {
        var root = JsonNode.Parse(BpeTokenizerFile.Serialize(Small))!.AsObject();
        damage(root);
        var error = Assert.Throws<TokenizerException>(() => BpeTokenizerFile.Parse(Encoding.UTF8.GetBytes(root.ToJsonString()), "my.json"));
        Assert.StartsWith("my.json ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }
}
