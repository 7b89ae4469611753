using Align.Rewards;
using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>Instructions in three steps.</summary>
internal static class HowTo
{
    private sealed record Job(string What, (string Key, string Step)[] Steps, string Tip);

    private static readonly Job[] Jobs =
    [
        new("wash a muddy dog", [("tub", "fill the tub"), ("soap", "rub in the soap"), ("towel", "use a big towel")], "A muddy dog will run for it."),
        new("carve a pumpkin", [("top", "cut off the top"), ("seeds", "scoop out the seeds"), ("face", "carve a face")], "A pumpkin likes to grin."),
        new("make hot chocolate", [("milk", "warm the milk"), ("cocoa", "stir in the cocoa"), ("cream", "add some cream")], "Hot chocolate needs no spoon."),
        new("build a snowman", [("balls", "roll three balls"), ("stack", "stack them"), ("carrot", "add a carrot nose")], "A snowman hates the sun."),
        new("fix a flat tyre", [("wheel", "take off the wheel"), ("patch", "patch the hole"), ("pump", "pump it up")], "A flat tyre comes in the rain."),
        new("write a love letter", [("name", "start with the name"), ("true", "say one true thing"), ("kiss", "end with a kiss")], "A love letter may be short."),
        new("fly a kite", [("wind", "wait for the wind"), ("run", "run with the kite"), ("string", "let out the string")], "A kite wants an open field."),
        new("iron a shirt", [("collar", "do the collar"), ("sleeves", "do the sleeves"), ("back", "finish the back")], "A shirt likes some steam."),
        new("teach a parrot to talk", [("word", "pick one word"), ("repeat", "repeat it daily"), ("nut", "reward it with a nut")], "A parrot learns rude words fast."),
        new("plant an apple tree", [("hole", "dig a deep hole"), ("roots", "spread the roots"), ("water", "water it well")], "An apple tree is a slow friend."),
        new("bake a banana bread", [("mash", "mash the bananas"), ("flour", "mix in the flour"), ("oven", "put it in the oven")], "Brown bananas are best."),
        new("catch a hiccup", [("breath", "hold your breath"), ("ten", "count to ten"), ("sip", "take a sip")], "A hiccup hates surprises."),
    ];

    private static readonly string[] Setups =
    [
        "", "{name}'s {pet} is watching me.", "{name1} and {name2} have a bet.", "The {shop} in {city} was closed.", "On {day} {name} comes to visit.",
        "{name} tried it in the {place}.", "My {pet} and I are bored.", "It is {day} and {name} is late.",
    ];

    private static readonly string[] Asks =
    [
        "How do I {}?", "How can I {} by {day}?", "What is the best way to {}?", "Tell {name} how to {}.", "Explain to my {pet} how to {}.", "{name} wants to {}. What are the steps?",
        "Can you show us how to {}?", "I have to {}. Where do I start?",
    ];

    public static Draft Draw(Rng rng)
    {
        var slots = new Slots(rng);
        var job = rng.One(Jobs);
        var other = rng.One(Jobs.Where(j => j != job).ToArray());
        string[] s = [.. job.Steps.Select(x => x.Step)], o = [.. other.Steps.Select(x => x.Step)];
        var wrong = rng.One<string[]>([[s[2], s[1], s[0]], [s[1], s[0]], [s[0]], [s[0], o[1], o[2]], [o[0], o[1], s[2]], o]);
        return new Draft
        {
            Topic = "how-to",
            Setup = slots.Fill(rng.One(Setups)).Capital(),
            Ask = slots.Fill(rng.One(Asks).Replace("{}", job.What, StringComparison.Ordinal)).Capital(),
            Good = Say(s),
            Bad = Say(wrong),
            Extras = [job.Tip],
            Truth = TruthRule.Parts,
            Accepted = [.. job.Steps.Select(x => x.Key)],
            Least = 8,
            Most = 26,
        };
    }

    private static string[] Say(string[] steps) =>
    [
        $"First {steps[0]}{string.Concat(steps.Skip(1).Select((s, i) => i == 0 ? $", then {s}" : $", and at last {s}"))}.",
        string.Join(" ", steps.Select(s => $"{s}.".Capital())),
        $"{string.Join(", ", steps.SkipLast(1))}{(steps.Length > 1 ? " and " : "")}{steps[^1]}.".Capital(),
    ];
}
