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
    private static readonly (string Topic, double Weight, Func<Rng, Draft> Draw)[] Topics =
    [
        ("pets", 1, r => r.One(EverydayScenes.Pets).Draw("pets", r)),
        ("lost things", 1, r => r.One(EverydayScenes.LostThings).Draw("lost things", r)),
        ("journeys", 1, r => r.One(EverydayScenes.Journeys).Draw("journeys", r)),
        ("meals", 1, r => r.One(EverydayScenes.Meals).Draw("meals", r)),
        ("hours and numbers", 1, r => r.One(EverydayScenes.Hours).Draw("hours and numbers", r)),
        ("presents", 1, r => r.One(EverydayScenes.Presents).Draw("presents", r)),
        ("castle", 1, r => r.One(TaleScenes.Castle).Draw("castle", r)),
        ("treasure", 1, r => r.One(TaleScenes.Treasure).Draw("treasure", r)),
        ("band", 1, r => r.One(TaleScenes.Band).Draw("band", r)),
        ("races", 1, r => r.One(TaleScenes.Races).Draw("races", r)),
        ("Chinese", 0.6, r => r.One(ChineseScenes.All).Draw("Chinese", r)),
        ("sums", 1, Counting.Sum),
        ("order", 1, Counting.Order),
        ("how-to", 1.2, HowTo.Draw),
        ("poems", 1.2, Verses.Draw),
        ("notes", 1, Letters.WriteNote),
        ("rewriting", 1, Letters.Rewrite),
        ("small facts", 0.8, Knowledge.SmallFact),
        ("advice", 0.8, Knowledge.Advice),
        ("emoji", 0.6, Knowledge.FittingEmoji),
    ];

    private static readonly double[] Weights = [.. Topics.Select(t => t.Weight)];

    /// <summary>A prompt of any topic that is not held out whole.</summary>
    public static Draft Draw(Rng rng) => Topics[rng.Index(Weights)].Draw(rng);

    /// <summary>A prompt of a topic that no text of training is about.</summary>
    public static Draft DrawUnseenTopic(Rng rng) => rng.Chance(0.5) ? rng.One(TaleScenes.Parcels).Draw("parcels", rng) : rng.One(TaleScenes.Seats).Draw("seats", rng);

    /// <summary>A prompt that is in no held-out split, and whose question alone is in none either: some prompts are only a question.</summary>
    public static Draft DrawTraining(Rng rng)
    {
        while (true)
        {
            var draft = Draw(rng);
            if (SplitOf(draft.Text) == Split.Train && SplitOf(draft.Ask) == Split.Train) return draft;
        }
    }

    /// <summary>The split of a prompt: one text in sixteen is for choosing, one for reporting.</summary>
    public static Split SplitOf(string text) => (SHA256.HashData(Encoding.UTF8.GetBytes(text))[0] % 16) switch { 0 => Split.Choose, 1 => Split.Report, _ => Split.Train };
}
