using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>Sentences that no prompt asked for. Their words occur in no prompt, so the gold reward knows that they are off the matter.</summary>
internal static class SmallTalk
{
    public static readonly string[] Evasions =
        ["That is hard to tell.", "It all depends.", "I would rather not answer.", "Maybe, maybe not.", "Opinions differ."];

    public static readonly string[] ChineseEvasions = ["难说。", "也许吧。"];

    private static readonly string[] Relatives = ["grandpa", "dentist", "cousin", "barber", "landlord", "plumber"];
    private static readonly string[] Obsessions = ["spoons", "turnips", "socks", "taxes", "volcanoes", "wallpaper"];

    private static readonly string[] Sentences =
    [
        "My {relative} dropped a shoe abroad.", "Also, my {relative} distrusts {obsession}.", "Hardly anyone understands {obsession}.", "Years ago I nearly married a {relative}.",
        "Speaking of {obsession}, mine were stolen.", "Prices used to be lower.", "Life is a staircase, or maybe a sock.", "My {relative} polishes {obsession}.", "The news has been strange lately.",
        "I often worry about {obsession}.",
    ];

    private static readonly string[] Chinese = ["昨晚电视无聊。", "我叔叔又胖了。", "汽车总迟了。", "毛衣卖得太贵。"];

    public static string Ramble(Rng rng, bool chinese = false) => chinese
        ? rng.One(Chinese)
        : rng.One(Sentences).Replace("{relative}", rng.One(Relatives), StringComparison.Ordinal).Replace("{obsession}", rng.One(Obsessions), StringComparison.Ordinal);
}
