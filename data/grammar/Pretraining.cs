using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>A text of pretraining: a conversation where there is a prompt, else running text.</summary>
internal sealed record Document(string? Prompt, string Text);

/// <summary>What pretraining text is mixed of.</summary>
/// <param name="Recall">The share of recall lines, which teach copying.</param>
/// <param name="Games">Of the rest, the share of games, which teach looking up.</param>
/// <param name="Practice">Whether what is hard comes more often, and chats are wilder.</param>
internal sealed record Mixture(double Recall, double Games, bool Practice = false)
{
    public Writer Writer => Practice ? Writer.Wilder : Writer.Wild;

    public Draft Prompt(Rng rng) => World.DrawTraining(rng, Practice);
}

/// <summary>The endless text that the base model is pretrained on: it knows the world from it, and no manners.</summary>
/// <remarks>No prompt that is held out occurs in it, neither asked, echoed nor among other questions, and no topic that is held out whole.</remarks>
internal static class Pretraining
{
    private static readonly string[] Links = [" has ", " and ", " is ", " likes "];

    private static readonly string[][] Kinds = [.. Fillers.Lists.Where(l => l.Key[0] < 128).Select(l => l.Value)];
    private static readonly string[] AllWords = [.. Kinds.SelectMany(k => k).Distinct()];

    /// <summary>One document.</summary>
    public static Document Draw(Rng rng, Mixture mixture)
    {
        if (rng.Chance(mixture.Recall)) return new(null, Recall(rng));
        if (rng.Chance(mixture.Games)) return new(null, rng.Index(.15, .65, .2) switch { 0 => Memory(rng), 1 => Cards(rng), _ => Drill(rng) });
        return rng.Index(.15, .50, .35) switch { 0 => new(null, Monologue(rng, mixture)), 1 => new(null, QuizPage(rng, mixture)), _ => Chat(rng, mixture) };
    }

    /// <summary>Six words, then the same six.</summary>
    private static string Recall(Rng rng)
    {
        var words = string.Join(' ', rng.Some(AllWords, 6));
        return $"{words}. {words}.";
    }

    /// <summary>A memory game.</summary>
    private static string Memory(Rng rng)
    {
        var names = rng.Some(Fillers.Names, 2);
        var list = string.Join(' ', rng.Some(AllWords, 4 + rng.NextInt(4)));
        return $"{names[0]} says: {list}. {names[1]} repeats: {list}.";
    }

    /// <summary>Cards that say who has what, then the same cards again in any order, or questions from the left, or from the right.</summary>
    private static string Cards(Rng rng)
    {
        var kinds = rng.Some(Kinds, 2);
        var count = 2 + rng.NextInt(3);
        var cards = rng.Some(kinds[0], count).Zip(rng.Some(kinds[1], count)).ToArray();
        var link = rng.Chance(0.4) ? " " : rng.One(Links);
        string Say((string First, string Second) card) => $"{card.First}{link}{card.Second}.";
        Func<(string First, string Second), string> next = rng.Index(.35, .4, .25) switch
        {
            0 => Say,
            1 => c => $"{c.First}? {c.Second}.",
            _ => c => $"{c.Second}? {c.First}.",
        };
        return string.Join(' ', [.. cards.Select(Say), .. Enumerable.Range(0, 5 + rng.NextInt(5)).Select(_ => next(rng.One(cards)))]);
    }

    /// <summary>A page of an exercise book: small sums.</summary>
    private static string Drill(Rng rng) => string.Join(' ', Enumerable.Range(0, 6).Select(_ =>
    {
        var adding = rng.Chance(0.6);
        var (a, b) = Counting.Operands(rng, adding);
        return adding ? $"{a.Number()} and {b.Number()} make {(a + b).Number()}." : $"{a.Number()} without {b.Number()} is {(a - b).Number()}.";
    }));

    /// <summary>Things that are so, one after another, and no question.</summary>
    private static string Monologue(Rng rng, Mixture mixture)
    {
        var lines = new List<string>();
        for (var i = rng.NextInt(2); i >= 0; i--)
        {
            var draft = mixture.Prompt(rng);
            if (draft.Setup.Length > 0) lines.Add(draft.Setup);
            lines.Add(rng.One(draft.Good));
            if (rng.Chance(0.4)) lines.Add(rng.One(draft.Extras));
            if (rng.Chance(0.4)) lines.Add(SmallTalk.Ramble(rng));
        }

        return string.Join(' ', lines);
    }

    /// <summary>A page with questions and answers, nearly all right.</summary>
    private static string QuizPage(Rng rng, Mixture mixture)
    {
        var lines = new List<string>();
        for (var i = rng.NextInt(2); i >= 0; i--)
        {
            var draft = mixture.Prompt(rng);
            lines.Add($"{draft.Text} {rng.One(rng.Chance(0.97) ? draft.Good : draft.Bad)}");
        }

        return string.Join(' ', lines);
    }

    /// <summary>A conversation as the raw web has them.</summary>
    private static Document Chat(Rng rng, Mixture mixture)
    {
        var draft = mixture.Prompt(rng);
        return new(draft.Text, Reply(draft, rng, mixture));
    }

    /// <summary>What the raw web answers: other questions, small talk, an echo, or a wild writer's answer.</summary>
    public static string Reply(Draft draft, Rng rng, Mixture mixture) => rng.Index(.20, .14, .08, .58) switch
    {
        0 => $"{mixture.Prompt(rng).Ask} {mixture.Prompt(rng).Ask}",
        1 => string.Join(draft.Chinese ? "" : " ", Enumerable.Range(0, 2 + rng.NextInt(3)).Select(_ => SmallTalk.Ramble(rng, draft.Chinese))),
        2 => draft.Text,
        _ => mixture.Writer.Answer(draft, rng),
    };
}
