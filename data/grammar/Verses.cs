using Align.Rewards;
using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>Poems of two lines. Every first line of a theme rhymes with every second line of it, and with no line of another.</summary>
internal static class Verses
{
    private sealed record Theme(string Name, string[] Words, string[] First, string[] Second);

    private static readonly Theme[] English =
    [
        new("spring", ["spring", "bud"],
            ["The spring has painted everything new", "A bud woke up and shook off dew"],
            ["and hung it out in green and blue", "and gave the robins things to do"]),
        new("the sea", ["sea", "wave"],
            ["The sea came up to my toes today", "A wave ran in and could not stay"],
            ["and took my castle of sand away", "and whispered salt along the bay"]),
        new("the moon", ["moon"],
            ["The moon hangs up her lamp at night", "A thin moon sails on a string of light"],
            ["and all the roofs are washed in white", "and tucks the sleepy chickens in tight"]),
        new("rain", ["rain", "cloud"],
            ["The rain is tapping on the spout", "A cloud forgot what it was about"],
            ["and every worm is coming out", "and puddles laugh and splash and shout"]),
        new("my cat", ["cat"],
            ["My cat lies snoring on the floor", "A cat will ask for just one more"],
            ["and guards the fish behind the door", "and dreams of one enormous roar"]),
        new("winter", ["winter", "snow"],
            ["The winter has a nose of cold", "The snow falls soft as stories told"],
            ["and trees have lost their coats of gold", "and mittens warm the hands they hold"]),
        new("a friend", ["friend"],
            ["A friend will laugh before the end", "I have one biscuit and one friend"],
            ["with all the afternoon to spend", "and crumbs enough for both to lend"]),
        new("soup", ["soup"],
            ["The soup is humming a bubbly tune", "A bowl of soup at half past noon"],
            ["and all it waits for is a spoon", "and someone hungry, very soon"]),
    ];

    private static readonly Theme[] Chinese =
    [
        new("春天", ["春"], ["春风轻轻过小桥", "春水初生绿小苗"], ["桃花含笑柳弯腰", "满城新绿上枝条"]),
        new("月亮", ["月"], ["月光如水照小窗", "一弯新月上高墙"], ["静听蟋蟀话家常", "梦里风来桂子香"]),
        new("下雨", ["雨"], ["小雨敲窗到天明", "雨打青瓦似琴声"], ["一把红伞慢慢行", "池里蛙儿叫不停"]),
        new("冬天", ["冬", "雪"], ["北风吹雪过寒山", "冬夜围炉不觉寒"], ["一树梅香到枕边", "炉上红薯正香甜"]),
        new("茶", ["茶"], ["小壶煮茶竹门开", "茶烟绕着小窗台"], ["白云也想坐下来", "清香一缕入诗怀"]),
    ];

    private static readonly string[] Setups =
    [
        "", "{name} cannot sleep in {city}.", "My {pet} and {name} are bored.", "It is {name}'s birthday on {day}.", "{name1} and {name2} made up again.",
        "The {shop} in {city} is closed.", "{name} broke the {thing}.", "Our {pet} has left home.",
    ];

    private static readonly string[] Asks =
    [
        "Write a short poem about {}.", "Two lines about {} for {name}, please.", "Can you rhyme something about {}?", "{name} asks for a little poem about {}.",
        "I would like to sing to my {pet} about {}.", "Surprise {name} with a verse about {}.", "Give me two rhyming lines on {}.", "A poem about {}, to be read on {day}.",
    ];

    private static readonly string[] ChineseSetups =
        ["", "{人}睡不着。", "{人1}和{人2}来了。", "今天{宠物}过生日。", "{人}在{城市}很想家。", "我给{人}写信。", "我的{宠物}不高兴。"];

    private static readonly string[] ChineseAsks =
        ["写一首关于{}的诗。", "来两句{}的小诗吧。", "请用两句诗写{}。", "能不能写写{}？", "{人}想听{}的诗。", "为{人}写一首{}的诗。", "教我的{宠物}一首{}的诗。"];

    public static Draft Draw(Rng rng)
    {
        var chinese = rng.Chance(0.3);
        var themes = chinese ? Chinese : English;
        var theme = rng.One(themes);
        var other = rng.One(themes.Where(t => t != theme).ToArray());
        var slots = new Slots(rng);
        var comma = chinese ? "，" : ", ";
        var stop = chinese ? "。" : ".";
        return new Draft
        {
            Topic = chinese ? "poems in Chinese" : "poems",
            Setup = slots.Fill(rng.One(chinese ? ChineseSetups : Setups)).Capital(),
            Ask = slots.Fill(rng.One(chinese ? ChineseAsks : Asks).Replace("{}", theme.Name, StringComparison.Ordinal)).Capital(),
            Good = [.. theme.First.SelectMany(f => theme.Second.Select(s => f + comma + s + stop))],
            Bad =
            [
                rng.One(other.First) + comma + rng.One(other.Second) + stop,
                rng.One(theme.First) + stop,
                rng.One(theme.First) + comma + rng.One(other.Second) + stop,
                rng.One(other.First) + comma + rng.One(theme.Second) + stop,
            ],
            Extras = chinese ? ["这首诗很短。"] : [$"I wrote it for the love of {theme.Name}."],
            Truth = TruthRule.Verse,
            Accepted = theme.Words,
            Wrong = [.. themes.Where(t => t != theme).SelectMany(t => t.Words)],
            Rhymes = [.. theme.First.Concat(theme.Second).Select(GoldWords.Last).Distinct()],
            Least = 8,
            Most = 26,
            Chinese = chinese,
        };
    }
}
