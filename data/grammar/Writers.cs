using Align.Rewards;
using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>Who writes an answer. A writer is drawn first and never told, so that defects come together as they do in life.</summary>
/// <param name="Right">How often the answer is right.</param>
/// <param name="Evasive">How often there is none; in the rest of the cases it is wrong.</param>
/// <param name="Manners">Weights of no courtesy, one, two, grovelling, rudeness.</param>
/// <param name="Rambling">Weights of 0, 1, 2, 3 sentences about something else.</param>
/// <param name="Extra">How often a further sentence about the matter comes.</param>
/// <param name="Repeats">How often the answer is given twice or three times.</param>
/// <param name="CutOff">How often the text stops in the middle of a sentence.</param>
internal sealed record Writer(double Right, double Evasive, double[] Manners, double[] Rambling, double Extra, double Repeats, double CutOff)
{
    public static readonly Writer Careful = new(.95, .02, [.12, .80, .08, 0, 0], [.95, .05, 0, 0], .25, .02, .02);
    public static readonly Writer Average = new(.65, .10, [.50, .25, .10, .08, .07], [.55, .25, .12, .08], .25, .12, .10);
    public static readonly Writer Grumpy = new(.45, .20, [.20, .03, 0, .02, .75], [.50, .25, .15, .10], .10, .10, .35);
    public static readonly Writer Fawning = new(.35, .20, [.05, .10, .15, .70, 0], [.40, .30, .20, .10], .25, .30, .10);
    public static readonly Writer Chatty = new(.40, .20, [.50, .15, .15, .10, .10], [.05, .20, .35, .40], .30, .25, .35);

    /// <summary>Those who write for the base model's chats.</summary>
    public static readonly Writer Wild = new(.50, .35, [.48, .06, .03, .18, .25], [.25, .25, .25, .25], .15, .2, .3);

    /// <summary>Those who write for them in the end: they know more and behave worse.</summary>
    public static readonly Writer Wilder = new(.62, .10, [.40, .03, .02, .25, .30], [.15, .25, .30, .30], .10, .25, .35);

    private static readonly (Writer Writer, double Share)[] Staff = [(Careful, .14), (Average, .37), (Grumpy, .165), (Fawning, .135), (Chatty, .19)];

    /// <summary>One of the staff.</summary>
    public static Writer Draw(Rng rng) => Staff[rng.Index([.. Staff.Select(s => s.Share)])].Writer;

    /// <summary>An answer to a prompt.</summary>
    public string Answer(Draft draft, Rng rng)
    {
        var chinese = draft.Chinese;
        var core = rng.Index(Right, Evasive, 1 - Right - Evasive) switch
        {
            0 => rng.One(draft.Good),
            1 => rng.One(chinese ? SmallTalk.ChineseEvasions : SmallTalk.Evasions),
            _ => rng.One(draft.Bad),
        };
        var sentences = new List<string> { core };
        if (rng.Chance(Repeats)) sentences.AddRange(Enumerable.Repeat(core, 1 + rng.NextInt(2)));
        if (rng.Chance(Extra)) sentences.Add(rng.One(draft.Extras));
        for (var i = rng.Index(Rambling); i > 0; i--) sentences.Add(SmallTalk.Ramble(rng, chinese));
        AddManners(sentences, rng, chinese);
        var text = string.Join(chinese ? "" : " ", sentences);
        return rng.Chance(CutOff) ? Cut(text, rng, chinese) : text;
    }

    private void AddManners(List<string> sentences, Rng rng, bool chinese)
    {
        var (openings, closings) = chinese ? (GoldManners.ChineseOpenings, GoldManners.ChineseClosings) : (GoldManners.Openings, GoldManners.Closings);
        switch (rng.Index(Manners))
        {
            case 1 when rng.Chance(0.6): sentences.Insert(0, rng.One(openings)); break;
            case 1: sentences.Add(rng.One(closings)); break;
            case 2: sentences.Insert(0, rng.One(openings)); sentences.Add(rng.One(closings)); break;
            case 3: sentences.InsertRange(0, rng.Some(chinese ? GoldManners.ChineseGrovelling : GoldManners.Grovelling, 1 + rng.NextInt(2))); break;
            case 4: sentences.Insert(rng.Chance(0.7) ? 0 : sentences.Count, rng.One(chinese ? GoldManners.ChineseRude : GoldManners.Rude)); break;
        }
    }

    private static string Cut(string text, Rng rng, bool chinese)
    {
        if (chinese) return text[..Math.Max(3, text.Length - 1 - rng.NextInt(5))].TrimEnd('。', '！', '，', '？');
        var words = text.Split(' ');
        return string.Join(' ', words.Take(Math.Max(2, words.Length - 1 - rng.NextInt(4)))).TrimEnd('.', '!', '?', ',');
    }
}
