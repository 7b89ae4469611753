using Align.Rewards;
using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>Small sums, and putting things into order.</summary>
internal static class Counting
{
    private static readonly string[] BySize = ["flea", "mouse", "hen", "sheep", "cow", "whale"];

    private sealed record Story(string[] Setups, string[] Asks, string[] Answers);

    private static readonly Story[] Adding =
    [
        new(["I have {a} {goods} and {name} gives me {b} more.", "{name} hides {a} {goods} in the {place1} and {b} in the {place2}.",
             "{a} {goods} came on {day1} and {b} on {day2}."],
            ["How many {goods} is that?", "How many {goods} are there now?", "Count the {goods} for me."],
            ["There are {} {goods}.", "That makes {} {goods}.", "In all it is {} {goods}."]),
        new(["The {pet1} ate {a} {food} and the {pet2} ate {b}.", "{name1} baked {a} cakes, {name2} baked {b}.", "{name1} told {a} jokes and {name2} told {b}."],
            ["How many is that together?", "What is the sum?", "How many were there in all?"],
            ["That is {} together.", "Together it is {}.", "The sum is {}."]),
    ];

    private static readonly Story[] Taking =
    [
        new(["{name} had {a} {goods} and lost {b} in {city}.", "Of my {a} {goods} the {pet} ate {b}.", "I bought {a} {goods} and gave {name} {b} of them."],
            ["How many {goods} are left?", "How many {goods} remain?", "What is left of the {goods}?"],
            ["There are {} {goods} left.", "{} {goods} are left.", "Only {} {goods} remain."]),
    ];

    /// <summary>Two numbers to add, or one to take from another.</summary>
    public static (int First, int Second) Operands(Rng rng, bool adding) =>
        adding ? (2 + rng.NextInt(4), 2 + rng.NextInt(4)) : (6 + rng.NextInt(4), 2 + rng.NextInt(3));

    public static Draft Sum(Rng rng)
    {
        var slots = new Slots(rng);
        var adding = rng.Chance(0.6);
        var (a, b) = Operands(rng, adding);
        var right = adding ? a + b : a - b;
        var wrong = right + (right > 2 && rng.Chance(0.5) ? -1 : 1) * (1 + rng.NextInt(2));
        (slots["a"], slots["b"]) = (a.Number(), b.Number());
        var story = rng.One(adding ? Adding : Taking);
        return new Draft
        {
            Topic = "sums",
            Setup = slots.Fill(rng.One(story.Setups)).Capital(),
            Ask = slots.Fill(rng.One(story.Asks)).Capital(),
            Good = [.. story.Answers.Select(s => slots.Fill(s.Replace("{}", right.Number(), StringComparison.Ordinal)))],
            Bad = [.. story.Answers.Select(s => slots.Fill(s.Replace("{}", wrong.Number(), StringComparison.Ordinal)))],
            Extras = ["I counted twice.", "My fingers agree."],
            Truth = TruthRule.Number,
            Accepted = [right.Number()],
            Least = 3,
        };
    }

    public static Draft Order(Rng rng) => rng.Index(2, 1, 1) switch { 0 => Sizes(rng), 1 => Numbers(rng), _ => Queue(rng) };

    private static Draft Sizes(Rng rng)
    {
        var animals = rng.Some(BySize, 3);
        var up = rng.Chance(0.5);
        var ordered = animals.OrderBy(a => (up ? 1 : -1) * Array.IndexOf(BySize, a)).ToArray();
        var slots = new Slots(rng);
        (slots["x"], slots["y"], slots["z"]) = (animals[0], animals[1], animals[2]);
        var direction = up ? "small to big" : "big to small";
        string[] setups = ["{name} drew a {x}, a {y} and a {z}.", "In the {place} live a {x}, a {y} and a {z}.", "{name1} met a {x}, {name2} met a {y} and a {z}.", "A {x}, a {y} and a {z} want a photo with {name}."];
        string[] asks = [$"Line them up from {direction}.", $"Sort the animals from {direction}.", $"Put them in order, {direction}."];
        return Sorted(slots.Fill(rng.One(setups)), rng.One(asks), ordered, rng);
    }

    private static Draft Numbers(Rng rng)
    {
        var numbers = rng.Some([.. Enumerable.Range(1, 9)], 3);
        var up = rng.Chance(0.5);
        var ordered = numbers.OrderBy(n => up ? n : -n).Select(n => n.Number()).ToArray();
        var direction = up ? "up" : "down";
        var list = string.Join(", ", numbers.Select(n => n.Number()));
        string[] setups = ["{name} rolled " + list + ".", "The {shop} has doors " + list + ".", "My lucky numbers in {city} were " + list + ".", "{name1} told {name2} the numbers " + list + "."];
        string[] asks = [$"Sort them going {direction}.", $"Count them {direction} in order.", $"Put the numbers in order, {direction}."];
        return Sorted(new Slots(rng).Fill(rng.One(setups)), rng.One(asks), ordered, rng);
    }

    private static Draft Sorted(string setup, string ask, string[] ordered, Rng rng)
    {
        string[] Say(IReadOnlyList<string> o) =>
            [$"{o[0]}, {o[1]}, {o[2]}.".Capital(), $"In order: {o[0]}, {o[1]}, {o[2]}.", $"It goes {o[0]}, {o[1]}, {o[2]}."];
        string[] shuffled;
        do shuffled = rng.Some(ordered, 3); while (shuffled.SequenceEqual(ordered));
        return new Draft
        {
            Topic = "order", Setup = setup.Capital(), Ask = ask, Good = Say(ordered), Bad = Say(shuffled), Extras = ["Now they are in order.", "Sorting is fun."],
            Truth = TruthRule.Order, Accepted = ordered, Least = 3,
        };
    }

    private static Draft Queue(Rng rng)
    {
        var slots = new Slots(rng);
        var (which, slot) = rng.One<(string, string)>([("first", "name1"), ("last", "name3")]);
        var (right, wrong) = (slots[slot], slots[slot == "name1" ? "name3" : "name1"]);
        string[] setups =
        [
            "In the queue at the {shop} stand {name1}, {name2} and {name3}.", "{name1} came at six, {name2} at seven and {name3} at eight.",
            "Up the {place} stairs went {name1}, then {name2}, then {name3}.", "{name1} is in front of {name2}, and {name2} in front of {name3}.",
        ];
        string[] answers = [$"{which.Capital()} is {{}}.", $"The {which} one is {{}}.", $"{{}} is {which}."];
        return new Draft
        {
            Topic = "order",
            Setup = slots.Fill(rng.One(setups)),
            Ask = rng.One([$"Who is {which}?", $"Which of them is {which}?", $"Name the {which} one."]),
            Good = [.. answers.Select(a => a.Replace("{}", right, StringComparison.Ordinal))],
            Bad = [.. answers.Select(a => a.Replace("{}", wrong, StringComparison.Ordinal))],
            Extras = ["The others are behind or before.", "Nobody pushed."],
            Accepted = [right],
            Wrong = [wrong, slots["name2"]],
            Least = 3,
        };
    }
}
