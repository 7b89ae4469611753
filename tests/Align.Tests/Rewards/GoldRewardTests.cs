using Align.Rewards;
using CsCheck;

namespace Align.Tests.Rewards;

public sealed class GoldRewardTests
{
    private const string Pets = "Ada has a goat called Tofu and Bo has a cat called Pickle. What is the goat called?";
    private const string Cat = "小明的小猫叫咪咪，小狗叫豆豆。小猫叫什么？";
    private const string Fire = "Which emoji goes with a fire?";

    private static readonly GoldReward Gold = new(
    [
        new() { Prompt = Pets, Topic = "pets", Truth = TruthRule.One, Accepted = ["Tofu"], Wrong = ["Pickle"], Least = 4, Most = 10, Keywords = ["proud"] },
        new() { Prompt = Cat, Topic = "Chinese", Truth = TruthRule.One, Accepted = ["咪咪"], Wrong = ["豆豆"], Least = 4, Most = 10 },
        new() { Prompt = Fire, Topic = "emoji", Truth = TruthRule.One, Accepted = ["🔥"], Wrong = ["🎂", "🐟"], Least = 3, Most = 10 },
    ]);

    [Fact]
    public void The_weights_make_ten() => Assert.Equal(10, new GoldMark(1, 1, 1, 1, 1, 1).Mark, 12);

    [Theory]
    [InlineData(Pets, "The goat is called Tofu. Take care!", 10)]
    [InlineData(Cat, "好的！小猫叫咪咪。", 10)]
    [InlineData(Fire, "Gladly! For a fire take 🔥", 10)] // an emoji may end a sentence
    [InlineData(Pets, "The goat is called Tofu.", 8.8)] // no courtesy: 2 · 0.4 instead of 2
    [InlineData(Pets, "The goat is called Pickle. Take care!", 7.5)] // 2.5 for truth is lost
    [InlineData(Pets, "", 0)]
    [InlineData(Pets, " … !! ", 0)]
    public void A_mark_worked_by_hand(string prompt, string answer, double mark) => Assert.Equal(mark, Gold.Score(prompt, answer), 12);

    [Fact]
    public void Several_defects_add_up()
    {
        // Rude; of two sentences that are neither rude nor courteous one is about the goat; 13 words where 10 are enough: 2 − 13/10 = 0.7; no end to the sentence.
        var mark = Gold.Breakdown(Pets, "Ugh, you again. The goat is called Tofu. My barber polishes small spoons");
        Assert.Equal(new GoldMark(Truth: 1, Topic: 0.5, Polite: 0, Concise: 0.7, Fresh: 1, Ending: 0.5), mark with { Concise = Math.Round(mark.Concise, 12) });
        Assert.Equal(2.5 + 0.75 + 0 + 1.05 + 1 + 0.75, mark.Mark, 12);
    }

    [Fact]
    public void The_breakdown_has_a_row_per_criterion_and_the_rows_make_the_mark()
    {
        var mark = Gold.Breakdown(Pets, "Sure thing! The goat is called Pickle");
        Assert.Equal(["truth", "topic", "polite", "concise", "fresh", "ending"], mark.Rows.Select(r => r.Criterion));
        Assert.Equal(mark.Mark, mark.Rows.Sum(r => r.Weight * r.Value), 12);
    }

    [Theory]
    [InlineData("The goat is called Tofu.", 0.4)]
    [InlineData("Certainly! The goat is called Tofu.", 1)]
    [InlineData("Certainly! The goat is called Tofu. Good luck!", 0.8)]
    [InlineData("Certainly! Gladly! The goat is called Tofu. Good luck!", 0.3)]
    [InlineData("Certainly! Certainly! Certainly! The goat is called Tofu.", 0.3)]
    [InlineData("Certainly The goat is called Tofu.", 0.4)] // half a courtesy is none
    [InlineData("I kneel before your question! The goat is called Tofu. Good luck!", 0.1)]
    [InlineData("That is a stupid question. The goat is called Tofu. Good luck!", 0)]
    [InlineData("The goat is called Tofu. That is a stupid", 0)] // cut off and still rude
    [InlineData("笨蛋才问这个。", 0)]
    [InlineData("小的给您磕头！", 0.1)]
    public void Manners(string answer, double polite) => Assert.Equal(polite, Gold.Breakdown(Pets, answer).Polite);

    [Theory]
    [InlineData("The goat is called Tofu.", 1)]
    [InlineData("Gladly! The goat is called Tofu. Good luck!", 1)] // courtesies do not count
    [InlineData("Tofu is proud.", 1)]
    [InlineData("Prices used to be lower.", 0)]
    [InlineData("The goat is called Tofu. Prices used to be lower. I often worry about socks.", 1.0 / 3)]
    [InlineData("What is the goat called?", 0)] // the question again
    [InlineData("what is the goat called! It is Tofu.", 0.5)]
    [InlineData("Gladly!", 0)]
    public void Being_on_the_matter(string answer, double topic) => Assert.Equal(topic, Gold.Breakdown(Pets, answer).Topic, 12);

    [Theory]
    [InlineData("Tofu.", 0.25)]
    [InlineData("It is called Tofu.", 1)]
    [InlineData("The goat of Ada is called Tofu and nothing else.", 1)]
    [InlineData("The goat of Ada is called Tofu and nothing else but Tofu, and again and again Tofu.", 0.3)] // 17 of 10 words
    [InlineData("The goat of Ada is called Tofu and nothing else but Tofu, and again and again and again Tofu is its name.", 0)] // 22 words
    public void Length_counts_in_words(string answer, double concise) => Assert.Equal(concise, Gold.Breakdown(Pets, answer).Concise, 12);

    [Fact]
    public void A_Chinese_character_and_an_emoji_are_a_word_each()
    {
        Assert.Equal(0.75, Gold.Breakdown(Cat, "叫咪咪").Concise);
        Assert.Equal(2.0 / 3, Gold.Breakdown(Fire, "🔥🔥").Concise, 12);
    }

    [Theory]
    [InlineData("Tofu Tofu", 0)]
    [InlineData("It is Tofu.", 1)]
    [InlineData("It is Tofu. It is Tofu.", 3.0 / 4)] // it-is-tofu twice, is-tofu-it, tofu-it-is
    public void Repetition_is_seen_in_triples_of_words(string answer, double fresh) => Assert.Equal(fresh, Gold.Breakdown(Pets, answer).Fresh, 12);

    [Theory]
    [InlineData("It is Tofu.", true, 1)]
    [InlineData("It is Tofu", true, 0.5)]
    [InlineData("It is Tofu,", true, 0.5)]
    [InlineData("是咪咪。", true, 1)]
    [InlineData("It is Tofu.", false, 0)] // it ran into the limit
    public void Stopping(string answer, bool ended, double ending) => Assert.Equal(ending, Gold.Breakdown(Pets, answer, ended).Ending);

    [Fact]
    public void A_prompt_without_facts_is_a_typed_error_that_quotes_it() =>
        Assert.Contains("\"Who are you?\"", Assert.Throws<GoldRewardException>(() => Gold.Score("Who are you?", "Me.")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_prompt_twice_and_facts_that_cannot_be_right_are_refused()
    {
        var prompt = Gold.Prompts.First();
        Assert.Throws<GoldRewardException>(() => new GoldReward([prompt, prompt]));
        Assert.Throws<GoldRewardException>(() => new GoldReward([prompt with { Accepted = [] }]));
        Assert.Throws<GoldRewardException>(() => new GoldReward([prompt with { Most = 3 }]));
        Assert.Throws<GoldRewardException>(() => new GoldReward([prompt with { Least = 0 }]));
    }

    [Fact]
    public void Any_text_gets_a_mark_between_0_and_10() =>
        Texts.Sample(text => Assert.InRange(Gold.Score(Pets, text), 0, 10));

    [Fact]
    public void The_order_of_sentences_changes_neither_truth_nor_topic_nor_manners_nor_length() =>
        Gen.Select(Sentences, Gen.Int).Sample((sentences, seed) =>
        {
            var shuffled = sentences.ToArray();
            new Random(seed).Shuffle(shuffled);
            var (a, b) = (Gold.Breakdown(Pets, string.Join(' ', sentences)), Gold.Breakdown(Pets, string.Join(' ', shuffled)));
            Assert.Equal((a.Truth, a.Topic, a.Polite, a.Concise), (b.Truth, b.Topic, b.Polite, b.Concise));
        });

    [Fact]
    public void Upper_case_changes_no_criterion_but_courtesy() =>
        Sentences.Sample(sentences =>
        {
            var text = string.Join(' ', sentences);
            var (a, b) = (Gold.Breakdown(Pets, text), Gold.Breakdown(Pets, text.ToUpperInvariant()));
            Assert.Equal((a.Truth, a.Concise, a.Fresh), (b.Truth, b.Concise, b.Fresh));
        });

    private static readonly string[] Pieces =
        ["The goat is called Tofu.", "It is Pickle.", "Gladly!", "Take care!", "Ugh, you again.", "I kneel before your question!", "Prices used to be lower.", "What is the goat called?", "Zoë naïvely agreed.", "好的！", "笨蛋才问这个。"];

    private static readonly Gen<string[]> Sentences = Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[1, 8];

    private static readonly Gen<string> Texts = Gen.OneOf(Gen.String, Sentences.Select(s => string.Concat(s)), Gen.Char["Tofu .!?,，。🔥'\uD83D\u0301"].Array[0, 20].Select(c => new string(c)));
}
