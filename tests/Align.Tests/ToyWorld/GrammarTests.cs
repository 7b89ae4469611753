using Align.Rewards;
using Align.Runtime;
using Align.ToyWorld;

namespace Align.Tests.ToyWorld;

/// <summary>The grammar and the gold reward agree on what is right, wrong, kind and off the matter.</summary>
public sealed class GrammarTests
{
    private static readonly (IReadOnlyList<Draft> Drafts, GoldReward Gold) Sample = Marks.Sample(4000);

    /// <summary>No answer of the sort has a mark that it should not have.</summary>
    private static void None(Func<Draft, IEnumerable<string>> of, Func<GoldMark, bool> unwanted) =>
        Assert.Empty(Answers(of).Where(x => unwanted(Sample.Gold.Breakdown(x.Draft.Text, x.Answer))).Take(5).Select(x => $"{x.Draft.Text} => {x.Answer}"));

    private static IEnumerable<(Draft Draft, string Answer)> Answers(Func<Draft, IEnumerable<string>> of) => Sample.Drafts.SelectMany(d => of(d).Select(a => (d, a)));

    [Fact]
    public void Every_right_answer_lacks_nothing_but_a_courtesy() => None(d => d.Good, mark => Math.Abs(mark.Mark - 8.8) > 1e-9);

    [Fact]
    public void With_one_courtesy_every_right_answer_gets_ten() =>
        None(d => d.Good.Select(g => d.Chinese ? $"好的！{g}" : $"Gladly! {g}"), mark => Math.Abs(mark.Mark - 10) > 1e-9);

    [Fact]
    public void A_further_sentence_about_the_matter_costs_at_most_a_repeated_word() =>
        None(d => d.Extras.Select(e => d.Chinese ? d.Good[0] + e : $"{d.Good[0]} {e}"), mark => (mark.Truth, mark.Topic, mark.Concise) != (1, 1, 1) || mark.Fresh < 0.75);

    [Fact]
    public void No_wrong_answer_is_taken_for_a_right_one() => None(d => d.Bad, mark => mark.Truth > 0.67);

    [Fact]
    public void Small_talk_is_never_on_the_matter()
    {
        var rng = new Rng(1);
        var talk = Enumerable.Range(0, 300).SelectMany(i => (string[])[SmallTalk.Ramble(rng), SmallTalk.Ramble(rng, chinese: true)]).Concat(SmallTalk.Evasions).Concat(SmallTalk.ChineseEvasions).Distinct().ToList();
        foreach (var draft in Sample.Drafts)
            foreach (var sentence in talk.Where(t => draft.Chinese == t[0] > '\u3000'))
                Assert.True(Sample.Gold.Breakdown(draft.Text, sentence).Topic == 0, $"{draft.Text} || {sentence}");
    }

    [Fact]
    public void Rude_and_grovelling_words_occur_in_no_prompt_no_answer_and_no_small_talk()
    {
        var words = Sample.Drafts.SelectMany(d => d.Good.Concat(d.Bad).Concat(d.Extras).Append(d.Text)).Concat(SmallTalk.Evasions).SelectMany(GoldWords.Of).ToHashSet();
        Assert.Empty(words.Intersect(GoldManners.RudeWords.Concat(GoldManners.GrovelWords)));
        Assert.All(GoldManners.Rude.Concat(GoldManners.ChineseRude), s => Assert.Contains(GoldWords.Of(s), GoldManners.RudeWords.Contains));
        Assert.All(GoldManners.Grovelling.Concat(GoldManners.ChineseGrovelling), s => Assert.Contains(GoldWords.Of(s), GoldManners.GrovelWords.Contains));
        Assert.All(GoldManners.Courtesies, c => Assert.Single(GoldManners.Courtesies, other => c.Contains(other, StringComparison.Ordinal)));
    }

    [Fact]
    public void No_word_that_begins_with_a_vowel_follows_a() =>
        Assert.All(Answers(d => d.Good.Concat(d.Bad).Append(d.Text)), x => Assert.DoesNotMatch(@"\b[Aa] [aeiou]", x.Answer));

    [Fact]
    public void No_slot_is_left_empty() => Assert.All(Answers(d => d.Good.Concat(d.Bad).Concat(d.Extras).Append(d.Text)), x => Assert.DoesNotContain(x.Answer, c => c is '{' or '}'));

    [Fact]
    public void A_slot_with_the_same_name_is_the_same_word_and_two_of_a_kind_differ()
    {
        var text = new Slots(new Rng(3)).Fill("{pet1} {pet2} {pet1}").Split(' ');
        Assert.Equal(text[0], text[2]);
        Assert.NotEqual(text[0], text[1]);
        Assert.Equal("b a b", Fill(swapped: true));
        Assert.Equal("a b a", Fill(swapped: false));

        static string Fill(bool swapped)
        {
            var slots = new Slots(new Rng(3));
            (slots["pet1"], slots["pet2"]) = ("a", "b");
            return slots.Fill("{pet1} {pet2} {pet1}", swapped);
        }
    }
}
