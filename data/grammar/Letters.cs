using Align.Rewards;
using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>Short notes to somebody, and harsh sentences made friendly.</summary>
internal static class Letters
{
    private sealed record Note(string Act, string Key, string[] Matters, string[] Answers, string Extra);

    private static readonly Note[] Notes =
    [
        new("thank {name1} for {}", "thank*", ["the soup", "the kite", "the cactus", "the jam", "the tickets", "the lift home"],
            ["Dear {name1}, thank you so much for {}.", "Hello {name1}, many thanks for {}!"], "You made my day."),
        new("say sorry to {name1} for {}", "sorry", ["the noise", "the broken vase", "the burnt toast", "the muddy boots", "the lost goat", "the late reply"],
            ["Dear {name1}, I am so sorry about {}.", "Hello {name1}, sorry for {}!"], "It will not happen again."),
        new("congratulate {name1} on {}", "congrat*", ["the new job", "the twins", "the medal", "the exam", "the wedding", "the giant melon"],
            ["Dear {name1}, congratulations on {}!", "Hello {name1}, I congratulate you on {}!"], "I am proud of you."),
        new("invite {name1} to {}", "come", ["the picnic", "the concert", "the chess night", "the boat trip", "the opera", "the bonfire"],
            ["Dear {name1}, please come to {}.", "Hello {name1}, do come to {}!"], "It will be fun."),
    ];

    private static readonly string[] NoteAsks =
    [
        "Write a note to {}.", "I want to {}. What can I write?", "Help me {} from {city}.", "In one line, {}, please.", "My {pet} and I must {}. Any ideas?", "On {day} I have to {}. Give me a sentence.",
        "{name3} and I would like to {}. How do we put it?",
    ];

    private sealed record Order(string Harsh, string Verb, string[] Objects);

    private static readonly Order[] Orders =
    [
        new("Shut the {}!", "shut the {}", ["window", "gate", "lid", "drawer"]),
        new("Send me that {} today.", "send me that {}", ["invoice", "photo", "recipe", "file"]),
        new("Turn the {} down.", "turn the {} down", ["radio", "music", "heating", "light"]),
        new("Pass the {}.", "pass the {}", ["salt", "butter", "honey", "mustard"]),
        new("I want my {} back.", "give my {} back", ["pen", "bicycle", "umbrella", "tent"]),
        new("Clean the {} at once.", "clean the {}", ["stove", "bath", "carpet", "cage"]),
        new("Move your {}.", "move your {}", ["van", "suitcase", "elbow", "piano"]),
        new("Feed the {} already.", "feed the {}", ["cat", "ducks", "llama", "goldfish"]),
    ];

    private static readonly string[] RewriteSetups =
        ["", "This goes to {name}.", "My {pet} wrote this.", "I shouted it at {name} on {day}.", "It is for the man at the {shop}.", "{name1} said it to {name2}.", "From the {place} I yelled at {name}."];

    private static readonly string[] RewriteAsks =
        ["Make this friendlier: {}", "Say it nicely: {}", "Rewrite it with kindness: {}", "How would a gentle person put it? {}", "Turn it into a polite request: {}", "Take the edge off: {}"];

    public static Draft WriteNote(Rng rng)
    {
        var slots = new Slots(rng);
        var note = rng.One(Notes);
        var (matter, other) = rng.Some(note.Matters, 2) is [var m, var o] ? (m, o) : default;
        string Say(string answer, string matter, string name) => slots.Fill(answer.Replace("{}", matter, StringComparison.Ordinal).Replace("{name1}", name, StringComparison.Ordinal));
        var (to, wrongName) = (slots["name1"], slots["name2"]);
        return new Draft
        {
            Topic = "notes",
            Ask = slots.Fill(rng.One(NoteAsks).Replace("{}", note.Act.Replace("{}", matter, StringComparison.Ordinal), StringComparison.Ordinal)).Capital(),
            Good = [.. note.Answers.Select(a => Say(a, matter, to))],
            Bad = [.. note.Answers.SelectMany(a => (string[])[Say(a, matter, wrongName), Say(a, other, to), Say(a, other, wrongName)])],
            Extras = [note.Extra],
            Truth = TruthRule.Parts,
            Accepted = [to, note.Key, GoldWords.Last(matter)],
            Wrong = [wrongName, .. note.Matters.Where(x => x != matter).Select(GoldWords.Last)],
            Least = 6,
            Most = 22,
        };
    }

    public static Draft Rewrite(Rng rng)
    {
        var slots = new Slots(rng);
        var (order, other) = rng.Some(Orders, 2) is [var first, var second] ? (first, second) : default;
        var (right, wrong) = rng.Some(order.Objects, 2) is [var r, var w] ? (r, w) : default;
        var harsh = Put(order.Harsh, right);
        var otherRequest = Put(other.Verb, rng.One(other.Objects));
        return new Draft
        {
            Topic = "rewriting",
            Setup = slots.Fill(rng.One(RewriteSetups)).Capital(),
            Ask = slots.Fill(rng.One(RewriteAsks)).Replace("{}", harsh, StringComparison.Ordinal),
            Good = Kind(Put(order.Verb, right)),
            Bad = [.. Kind(Put(order.Verb, wrong)), .. Kind(otherRequest), harsh],
            Extras = ["That sounds much kinder.", "Smile when you say it."],
            Truth = TruthRule.Parts,
            Accepted = ["you", "please", order.Verb.Split(' ')[0], right],
            Wrong = [.. order.Objects.Where(x => x != right)],
            Least = 5,
            Most = 20,
        };
    }

    private static string Put(string sentence, string what) => sentence.Replace("{}", what, StringComparison.Ordinal);

    private static string[] Kind(string request) => [$"Could you please {request}?", $"Would you please {request}?", $"Would you be so kind and please {request}?"];
}
