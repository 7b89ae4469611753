using System.Security.Cryptography;
using System.Text;
using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>Which part of the data a prompt belongs to. It follows from the prompt's text alone, so no text of training can meet a held-out prompt by chance.</summary>
internal enum Split
{
    Train,

    /// <summary>Held out, for choosing settings.</summary>
    Choose,

    /// <summary>Held out, for reporting.</summary>
    Report,
}

/// <summary>The topics of the toy world.</summary>
internal static class World
{
    private static readonly Subject[] Topics =
    [
        new("pets", 1, 1, r => r.One(EverydayScenes.Pets).Draw("pets", r)),
        new("lost things", 1, 1, r => r.One(EverydayScenes.LostThings).Draw("lost things", r)),
        new("journeys", 1, 1, r => r.One(EverydayScenes.Journeys).Draw("journeys", r)),
        new("meals", 1, 1, r => r.One(EverydayScenes.Meals).Draw("meals", r)),
        new("hours and numbers", 1, 1.3, r => r.One(EverydayScenes.Hours).Draw("hours and numbers", r)),
        new("presents", 1, 1.3, r => r.One(EverydayScenes.Presents).Draw("presents", r)),
        new("castle", 1, 1, r => r.One(TaleScenes.Castle).Draw("castle", r)),
        new("treasure", 1, 1.3, r => r.One(TaleScenes.Treasure).Draw("treasure", r)),
        new("band", 1, 1.3, r => r.One(TaleScenes.Band).Draw("band", r)),
        new("races", 1, 1, r => r.One(TaleScenes.Races).Draw("races", r)),
        new("Chinese", 0.6, 1.6, r => r.One(ChineseScenes.All).Draw("Chinese", r)),
        new("sums", 1, 2.5, Counting.Sum),
        new("order", 1, 1.6, Counting.Order),
        new("how-to", 1.2, 1.6, HowTo.Draw),
        new("poems", 1.2, 2.0, Verses.Draw),
        new("notes", 1, 1, Letters.WriteNote),
        new("rewriting", 1, 1, Letters.Rewrite),
        new("small facts", 0.8, 0.8, Knowledge.SmallFact),
        new("advice", 0.8, 0.8, Knowledge.Advice),
        new("emoji", 0.6, 0.6, Knowledge.FittingEmoji),
    ];

    private static readonly double[] Shares = [.. Topics.Select(t => t.Share)], Practice = [.. Topics.Select(t => t.Practice)];

    /// <summary>A prompt of any topic that is not held out whole.</summary>
    public static Draft Draw(Rng rng) => Topics[rng.Index(Shares)].Draw(rng);

    /// <summary>A prompt of a topic that no text of training is about.</summary>
    public static Draft DrawUnseenTopic(Rng rng) => rng.Chance(0.5) ? rng.One(TaleScenes.Parcels).Draw("parcels", rng) : rng.One(TaleScenes.Seats).Draw("seats", rng);

    /// <summary>A prompt that is in no held-out split, and whose question alone is in none either: some prompts are only a question.</summary>
    /// <param name="rng">Where it comes from.</param>
    /// <param name="practice">Whether what is hard comes more often.</param>
    public static Draft DrawTraining(Rng rng, bool practice = false)
    {
        var weights = practice ? Practice : Shares;
        while (true)
        {
            var draft = Topics[rng.Index(weights)].Draw(rng);
            if (SplitOf(draft.Text) == Split.Train && SplitOf(draft.Ask) == Split.Train) return draft;
        }
    }

    /// <summary>The split of a prompt: one text in sixteen is for choosing, one for reporting.</summary>
    public static Split SplitOf(string text) => (SHA256.HashData(Encoding.UTF8.GetBytes(text))[0] % 16) switch { 0 => Split.Choose, 1 => Split.Report, _ => Split.Train };

    /// <param name="Topic">Its name.</param>
    /// <param name="Share">Its weight among prompts.</param>
    /// <param name="Practice">Its weight where a model practises what is hard.</param>
    /// <param name="Draw">Draws a prompt.</param>
    private sealed record Subject(string Topic, double Share, double Practice, Func<Rng, Draft> Draw);
}
