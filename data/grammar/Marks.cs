using System.Globalization;
using Align.Rewards;
using Align.Runtime;

namespace Align.ToyWorld;

/// <summary>What the gold reward makes of the world: means per kind of answer, and Bayes ceilings.</summary>
internal static class Marks
{
    /// <summary>Kinds of answers, from the best to none.</summary>
    public static readonly (string Kind, Func<Draft, Rng, string> Answer)[] Kinds =
    [
        ("right, with one courtesy", (d, r) => Join(d, r.One(d.Good), r.One(d.Chinese ? GoldManners.ChineseClosings : GoldManners.Closings))),
        ("right", (d, r) => r.One(d.Good)),
        ("wrong", (d, r) => r.One(d.Bad)),
        ("demonstrations", (d, r) => Writer.Draw(r).Answer(d, r)),
        ("of a careful writer", (d, r) => Writer.Careful.Answer(d, r)),
        ("of an average writer", (d, r) => Writer.Average.Answer(d, r)),
        ("of a grumpy writer", (d, r) => Writer.Grumpy.Answer(d, r)),
        ("of a fawning writer", (d, r) => Writer.Fawning.Answer(d, r)),
        ("of a chatty writer", (d, r) => Writer.Chatty.Answer(d, r)),
        ("in the base model's chats", (d, r) => Pretraining.Reply(d, r, new(0, 0, Practice: true))),
        ("the prompt again", (d, _) => d.Text),
        ("only a courtesy", (d, r) => r.One(d.Chinese ? GoldManners.ChineseOpenings : GoldManners.Openings)),
        ("nothing", (_, _) => ""),
    ];

    /// <summary>Different prompts of all topics, and a reward that knows them.</summary>
    public static (IReadOnlyList<Draft> Drafts, GoldReward Gold) Sample(int draws)
    {
        var rng = new Rng(1);
        var drafts = Enumerable.Range(0, draws).Select(_ => World.Draw(rng)).DistinctBy(d => d.Text).ToList();
        return (drafts, new GoldReward(drafts.Select(d => d.Facts())));
    }

    /// <summary>The mean of each criterion over these prompts, and of the mark.</summary>
    public static GoldMark Mean(IReadOnlyList<Draft> drafts, GoldReward gold, Func<Draft, Rng, string> answer)
    {
        var rng = new Rng(2);
        var marks = drafts.Select(d => gold.Breakdown(d.Text, answer(d, rng))).ToList();
        double Of(Func<GoldMark, double> criterion) => marks.Average(criterion);
        return new(Of(m => m.Truth), Of(m => m.Topic), Of(m => m.Polite), Of(m => m.Concise), Of(m => m.Fresh), Of(m => m.Ending));
    }

    /// <summary>How often one kind of answer beats another on the same prompt, ties half.</summary>
    public static double WinRate(IReadOnlyList<Draft> drafts, GoldReward gold, Func<Draft, Rng, string> first, Func<Draft, Rng, string> second)
    {
        var rng = new Rng(3);
        return drafts.Average(d => (gold.Score(d.Text, first(d, rng)) - gold.Score(d.Text, second(d, rng))) switch { > 1e-9 => 1, < -1e-9 => 0, _ => 0.5 });
    }

    /// <summary>The Bayes ceiling of pairs of demonstrations.</summary>
    public static double Ceiling(IReadOnlyList<Draft> drafts, GoldReward gold, GoldPreferences judge)
    {
        var rng = new Rng(4);
        return judge.Ceiling(gold, drafts.Select(d => new Data.PreferencePair(d.Text, Writer.Draw(rng).Answer(d, rng), Writer.Draw(rng).Answer(d, rng))));
    }

    /// <summary>The tables of data/README.md.</summary>
    public static IEnumerable<string> Report()
    {
        var (drafts, gold) = Sample(4000);
        yield return "| answers | mark | truth | topic | polite | concise | fresh | ending |";
        yield return "|---|---|---|---|---|---|---|---|";
        foreach (var (kind, answer) in Kinds)
        {
            var m = Mean(drafts, gold, answer);
            yield return Row(kind, m.Mark, m.Truth, m.Topic, m.Polite, m.Concise, m.Fresh, m.Ending);
        }

        yield return "";
        double[] temperatures = [0.5, 0.7, 1, 1.5, 2];
        yield return $"| τ | {string.Join(" | ", temperatures.Select(t => t.ToString(CultureInfo.InvariantCulture)))} |";
        yield return "|---|---|---|---|---|---|";
        yield return Row("Bayes ceiling", [.. temperatures.Select(t => Ceiling(drafts, gold, new GoldPreferences(t)))]);
    }

    private static string Row(string name, params IEnumerable<double> values) => $"| {name} | {string.Join(" | ", values.Select(v => v.ToString("F2", CultureInfo.InvariantCulture)))} |";

    private static string Join(Draft draft, string first, string second) => draft.Chinese ? first + second : $"{first} {second}";
}
