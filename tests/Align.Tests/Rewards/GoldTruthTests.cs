using Align.Rewards;

namespace Align.Tests.Rewards;

/// <summary>The five ways to judge truth, by hand.</summary>
public sealed class GoldTruthTests
{
    [Theory]
    [InlineData("Her name is Zoë.", 1)]
    [InlineData("ZOË!", 1)]
    [InlineData("Zoë's, not José's.", 0.5)]
    [InlineData("Zoëlle", 0)] // another name
    [InlineData("José", 0)]
    [InlineData("It all depends.", 0)]
    public void One(string answer, double truth) => Judge(TruthRule.One, ["Zoë"], answer, truth, wrong: ["José"]);

    [Theory]
    [InlineData("Take bus 13.", 1)]
    [InlineData("Take bus 130.", 0)]
    [InlineData("Take bus 1 or 3.", 0)]
    public void One_number_among_others(string answer, double truth) => Judge(TruthRule.One, ["13"], answer, truth, wrong: ["7"]);

    [Theory]
    [InlineData("小猫是咪咪。", 1)]
    [InlineData("小猫是咪咪豆豆。", 0.5)]
    [InlineData("小猫是咪。", 0)]
    public void One_in_Chinese(string answer, double truth) => Judge(TruthRule.One, ["咪咪"], answer, truth, wrong: ["豆豆"]);

    [Theory]
    [InlineData("Take 🔥!", 1)]
    [InlineData("🐟🔥", 0.5)]
    [InlineData("🐟", 0)]
    public void One_emoji(string answer, double truth) => Judge(TruthRule.One, ["🔥"], answer, truth, wrong: ["🐟"]);

    [Theory]
    [InlineData("That makes 7 hats.", 1)]
    [InlineData("3 and 4 make 7.", 1)]
    [InlineData("7, or maybe 8.", 0.5)]
    [InlineData("That makes 17.", 0)]
    [InlineData("That makes seven.", 0)]
    public void Number(string answer, double truth) => Judge(TruthRule.Number, ["7"], answer, truth);

    [Theory]
    [InlineData("Warm the milk, stir in the cocoa and add some cream.", 1)]
    [InlineData("Add some cream, stir in the cocoa, warm the milk.", 1.0 / 3)]
    [InlineData("Stir in the cocoa, warm the milk, add some cream.", 2.0 / 3)]
    [InlineData("Warm the milk.", 1.0 / 3)]
    [InlineData("Warm the milk. Roll three balls. Add some cream.", 2.0 / 3)]
    [InlineData("Warm the milkshake.", 0)]
    public void Parts(string answer, double truth) => Judge(TruthRule.Parts, ["milk", "cocoa", "cream"], answer, truth);

    [Theory]
    [InlineData("Dear Mei, congratulations on the medal!", 1)]
    [InlineData("Hello Mei, I congratulate you on the medal!", 1)]
    [InlineData("Dear Bo, congratulations on the medal!", 1.0 / 3)] // two of three parts, halved for the wrong name
    [InlineData("Dear Mei, congratulations on the exam!", 2.0 / 3)]
    public void A_part_may_leave_its_ending_open(string answer, double truth) => Judge(TruthRule.Parts, ["Mei", "congrat*", "medal"], answer, truth, wrong: ["Bo"]);

    [Theory]
    [InlineData("3, 7, 9.", 1)]
    [InlineData("It goes 3, 7, 9 from small to big.", 1)]
    [InlineData("3, 9, 7.", 2.0 / 3)]
    [InlineData("9, 7, 3.", 1.0 / 3)]
    [InlineData("9, 7, 3, 7, 9.", 3.0 / 5)] // naming everything in all orders does not help
    [InlineData("13, 7, 9.", 2.0 / 3)]
    public void Order(string answer, double truth) => Judge(TruthRule.Order, ["3", "7", "9"], answer, truth);

    [Theory]
    [InlineData("The moon hangs up her lamp at night, and all the roofs are washed in white.", 1)]
    [InlineData("The moon hangs up her lamp at night,\nand all the roofs are washed in white.", 1)]
    [InlineData("The moon hangs up her lamp at night.", 0.5)]
    [InlineData("The moon hangs up her lamp at night, and all the roofs are dark at night.", 0.5)] // a word does not rhyme with itself
    [InlineData("The moon hangs up her lamp. Night is white.", 0.5)] // the rhyme must stand at the ends of lines
    [InlineData("The lamp is lit at night, and all the roofs are washed in white.", 0)] // not about the moon
    [InlineData("The moon comes up at night, and the sea is washed in white.", 0.5)] // another theme's word halves it
    public void Verse(string answer, double truth) => Judge(TruthRule.Verse, ["moon"], answer, truth, wrong: ["sea"], rhymes: ["night", "white", "tight"]);

    [Theory]
    [InlineData("春风轻轻过小桥，桃花含笑柳弯腰。", 1)]
    [InlineData("春风轻轻过小桥，池里蛙儿叫不停。", 0.5)]
    [InlineData("春风轻轻过小桥，", 0.5)]
    [InlineData("桃花含笑柳弯腰。", 0)]
    public void Verse_in_Chinese(string answer, double truth) => Judge(TruthRule.Verse, ["春"], answer, truth, rhymes: ["桥", "腰"]);

    private static void Judge(TruthRule rule, string[] accepted, string answer, double truth, string[]? wrong = null, string[]? rhymes = null)
    {
        var prompt = new GoldPrompt { Prompt = "?", Topic = "t", Truth = rule, Accepted = accepted, Wrong = wrong ?? [], Rhymes = rhymes ?? [], Least = 1, Most = 9 };
        Assert.Equal(truth, new GoldReward([prompt]).Breakdown("?", answer).Truth, 12);
    }
}
