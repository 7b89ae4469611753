using Align.Text;
using CsCheck;

namespace Align.Tests.Text;

public sealed class ByteTokenizerTests
{
    private static readonly string[] Pieces = ["a", "Z", "é", "春", "🎂", "<end>", "\r\n", "\0", " ", "\uFFFD"];
    private readonly ByteTokenizer tokenizer = new();

    [Fact]
    public void Letters_are_their_bytes_and_an_emoji_is_four() =>
        Assert.Equal([72, 105, 32, 0xF0, 0x9F, 0x8E, 0x82], tokenizer.Encode("Hi 🎂"));

    [Fact]
    public void The_five_specials_follow_the_bytes()
    {
        Assert.Equal(261, tokenizer.VocabularySize);
        Assert.Equal(256, tokenizer.Specials["<pad>"]);
        Assert.Equal(257, tokenizer.Specials["<begin>"]);
        Assert.Equal(258, tokenizer.Specials["<user>"]);
        Assert.Equal(259, tokenizer.Specials["<assistant>"]);
        Assert.Equal(260, tokenizer.Specials["<end>"]);
    }

    [Fact]
    public void A_special_typed_by_a_person_is_text() =>
        Assert.All(tokenizer.Encode("<end> of the story <begin>"), id => Assert.InRange(id, 0, 255));

    [Fact]
    public void Specials_are_left_out_of_the_text_or_written_by_name()
    {
        int[] ids = [257, 258, 32, 72, 105, 260];
        Assert.Equal(" Hi", tokenizer.Decode(ids));
        Assert.Equal("<begin><user> Hi<end>", tokenizer.Decode(ids, withSpecials: true));
    }

    [Fact]
    public void Half_a_character_decodes_to_one_replacement_character() =>
        Assert.Equal("春\uFFFD", tokenizer.Decode([0xE6, 0x98, 0xA5, 0xE6, 0x98]));

    [Theory]
    [InlineData(-1)]
    [InlineData(261)]
    public void An_id_outside_the_vocabulary_is_named_in_the_error(int id) =>
        Assert.Contains($"{id} is no token id", Assert.Throws<TokenizerException>(() => tokenizer.Decode([65, id])).Message, StringComparison.Ordinal);

    [Fact]
    public void Half_a_surrogate_pair_is_an_error_with_its_place() =>
        Assert.Contains("index 2", Assert.Throws<TokenizerException>(() => tokenizer.Encode("ab\uD83C")).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_text_comes_back() =>
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 30].Select(string.Concat)
            .Sample(text => tokenizer.Decode(tokenizer.Encode(text)) == text);
}
