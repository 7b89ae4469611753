using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>What the prompt does not say: small facts, sensible choices, fitting emoji.</summary>
internal static class Knowledge
{
    private sealed record Fact(string Subject, string Verb, string Right, string Wrong, string Extra);

    private static readonly Fact[] Facts =
    [
        new("beavers", "build", "dams", "cars", "Beavers never stop working."),
        new("bats", "hang", "upside down", "sideways", "Bats like it that way."),
        new("camels", "have", "humps", "wheels", "Camels look bored."),
        new("frogs", "begin as", "tadpoles", "eggplants", "Frogs forget it later."),
        new("owls", "hunt at", "night", "noon", "Owls see everything."),
        new("spiders", "have", "eight legs", "two legs", "Spiders need many shoes."),
        new("penguins", "cannot", "fly", "swim", "Penguins do not care."),
        new("raisins", "are dried", "grapes", "peas", "Raisins hide in cakes."),
        new("lemons", "taste", "sour", "salty", "Lemons wake you up."),
        new("magnets", "attract", "iron", "wood", "Magnets stick to the fridge."),
        new("giraffes", "have", "long necks", "short necks", "Giraffes see the neighbours."),
        new("bees", "bring home", "nectar", "newspapers", "Bees dance about it."),
        new("candles", "are made of", "wax", "glass", "Candles smell of holidays."),
        new("sharks", "live in", "water", "trees", "Sharks brush no teeth."),
        new("pearls", "grow in", "oysters", "onions", "Pearls like the dark."),
        new("kangaroos", "carry babies in", "pouches", "baskets", "Kangaroos jump with them."),
    ];

    private static readonly string[] FactAsks =
    [
        "What do people say about {}?", "Tell {name} one true thing about {}.", "Quiz in {city}: finish the line \"{C} {v} …\"", "{name1} asks {name2} about {}. What is true?",
        "My {pet} wonders about {}. What shall I say?", "What have you heard about {}?", "Is there a fact about {} for {name}?", "On {day} we learn about {}. What is true of them?",
    ];

    private sealed record Choice(string Case, string Do, string Right, string Wrong);

    private static readonly Choice[] Choices =
    [
        new("the cave is dark", "look around", "torch", "pillow"), new("the river is wide", "get across", "raft", "bicycle"),
        new("the shelf is loose", "fix it", "screwdriver", "banana"), new("the cake is huge", "cut it", "knife", "pencil"),
        new("the roof is high", "get up there", "ladder", "pillow"), new("the floor is dirty", "sweep it", "broom", "violin"),
        new("the tent is cold", "sleep well", "blanket", "fan"), new("the bread is dry", "enjoy it", "slice of butter", "handful of sand"),
        new("the beach is far", "get there", "bicycle", "sofa"), new("the letter is sealed", "open it", "knife", "balloon"),
        new("the rain is heavy", "walk home", "raincoat", "newspaper"), new("the soup is hot", "taste it", "spoon", "fork"),
    ];

    private static readonly string[] ChoiceAsks =
        ["Is a {x} or a {y} better?", "Should {name} take a {x} or a {y}?", "Which would you take, a {x} or a {y}?", "What helps more, a {x} or a {y}?", "My {pet} has a {x} and a {y}. Which one?"];

    private static readonly (string About, string Right)[] Emoji =
    [
        ("a birthday", "🎂"), ("a fire", "🔥"), ("a forest", "🌳"), ("music", "🎵"), ("a fish", "🐟"), ("bread", "🍞"), ("a star", "⭐"), ("the night", "🌙"), ("love", "💛"), ("bad weather", "☔"),
    ];

    private static readonly string[] EmojiAsks =
    [
        "Which emoji goes with {}?", "{name} sends me a card about {}. Which emoji fits?", "I write to {name} about {}. Find me an emoji.", "One emoji for {}, says my {pet}.",
        "What shall I draw for {name}, who likes {}?", "Our {shop} needs an emoji for {}.", "For {day} I need an emoji about {}.", "In {city} they text about {}. Which emoji?",
    ];

    public static Draft SmallFact(Rng rng)
    {
        var slots = new Slots(rng);
        var fact = rng.One(Facts);
        var subject = fact.Subject.Capital();
        string[] answers = [$"{subject} {fact.Verb} {{}}.", $"It is true that {fact.Subject} {fact.Verb} {{}}.", $"As far as I know, {fact.Subject} {fact.Verb} {{}}."];
        var ask = rng.One(FactAsks).Replace("{}", fact.Subject, StringComparison.Ordinal).Replace("{C}", subject, StringComparison.Ordinal).Replace("{v}", fact.Verb, StringComparison.Ordinal);
        return Known("small facts", "", slots.Fill(ask), answers, fact.Right, [fact.Wrong], fact.Wrong, [fact.Extra]);
    }

    public static Draft Advice(Rng rng)
    {
        var slots = new Slots(rng);
        var choice = rng.One(Choices);
        (slots["x"], slots["y"]) = rng.Chance(0.5) ? (choice.Right, choice.Wrong) : (choice.Wrong, choice.Right);
        string[] setups =
        [
            $"{choice.Case} and {{name}} wants to {choice.Do}.", $"{{name1}} and {{name2}} want to {choice.Do}, but {choice.Case}.", $"We are in {{city}}, {choice.Case}, and my {{pet}} would like to {choice.Do}.",
            $"It is {{day}}, {choice.Case}, and I have to {choice.Do}.",
        ];
        string[] answers = ["Take a {}.", "A {} is better.", $"You need a {{}} to {choice.Do}."];
        return Known("advice", slots.Fill(rng.One(setups)).Capital(), slots.Fill(rng.One(ChoiceAsks)), answers, choice.Right, [choice.Wrong], choice.Wrong, [$"After all, {choice.Case}."]);
    }

    public static Draft FittingEmoji(Rng rng)
    {
        var (about, right) = rng.One(Emoji);
        var others = Emoji.Select(e => e.Right).Where(e => e != right).ToArray();
        string[] answers = [$"For {about} take {{}}.", $"The emoji for {about} is {{}}.", $"I would send {{}} for {about}."];
        return Known("emoji", "", new Slots(rng).Fill(rng.One(EmojiAsks).Replace("{}", about, StringComparison.Ordinal)), answers, right, others, rng.One(others), ["An emoji says a lot.", $"It suits {about}."]);
    }

    private static Draft Known(string topic, string setup, string ask, string[] answers, string right, string[] wrong, string said, string[] extras) => new()
    {
        Topic = topic,
        Setup = setup,
        Ask = ask.Capital(),
        Good = [.. answers.Select(a => a.Replace("{}", right, StringComparison.Ordinal))],
        Bad = [.. answers.Select(a => a.Replace("{}", said, StringComparison.Ordinal))],
        Extras = extras,
        Accepted = [right],
        Wrong = wrong,
        Least = 3,
        Most = 18,
    };
}
