using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Align.Data;
using Align.Rewards;
using Align.Runtime;
using Align.Text;

namespace Align.ToyWorld;

/// <summary>Everything in <c>data/toy</c>, made from one seed.</summary>
internal static class DataFiles
{
    private const ulong Seed = 2027;
    private const int TrainingPrompts = 1200, HeldOutPrompts = 320, UnseenTopicPrompts = 120;
    private const int Demonstrations = 4800, HeldOutDemonstrations = 400, Pairs = 6000, HeldOutPairs = 600, Judgements = 2400;

    /// <summary>The text that the tokenizer learns from: many recall lines, which give the words that are copied a token each.</summary>
    private static readonly Mixture TokenizerText = new(Recall: 0.3, Games: 0.15);

    private static readonly Dictionary<string, string> What = new(StringComparer.Ordinal)
    {
        ["prompts-train.jsonl"] = "prompts to train on and to roll out from, with the facts that the gold reward needs",
        ["prompts-choose.jsonl"] = "held-out prompts for choosing settings",
        ["prompts-report.jsonl"] = "held-out prompts for reporting: look at them last",
        ["prompts-unseen-topics.jsonl"] = "prompts of two topics that no text of training is about",
        ["demonstrations.jsonl"] = "`prompt`, `completion`",
        ["demonstrations-choose.jsonl"] = "the same, of held-out prompts: when to stop",
        ["preferences-train.jsonl"] = "`prompt`, `chosen`, `rejected`, `margin` (of gold marks)",
        ["preferences-choose.jsonl"] = "the same, of held-out prompts",
        ["preferences-report.jsonl"] = "the same, of held-out prompts for reporting",
        ["judgements.jsonl"] = "`prompt`, `completion`, `label`",
        ["tokenizer.json"] = "byte-level BPE, 1024 tokens, trained on 8,000 documents of the pretraining text",
    };

    /// <summary>The files by name, as bytes. The same on every machine.</summary>
    public static SortedDictionary<string, byte[]> All()
    {
        var drafts = DrawPrompts();
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        void Add(string name, string text) => files.Add(name, Encoding.UTF8.GetBytes(text));

        foreach (var (split, list) in drafts) Add($"prompts-{split}.jsonl", GoldPromptFile.Write(list.Select(d => d.Facts())));
        Add("demonstrations.jsonl", Lines(MakeDemonstrations(drafts["train"], Demonstrations)));
        Add("demonstrations-choose.jsonl", Lines(MakeDemonstrations(drafts["choose"], HeldOutDemonstrations)));
        Add("preferences-train.jsonl", Lines(MakePairs(drafts["train"], Pairs)));
        Add("preferences-choose.jsonl", Lines(MakePairs(drafts["choose"], HeldOutPairs)));
        Add("preferences-report.jsonl", Lines(MakePairs(drafts["report"], HeldOutPairs)));
        Add("judgements.jsonl", Lines(DrawJudgements(drafts["train"], Judgements, new Rng(Seed).Fork("judgements")).Select(j => new { prompt = j.Prompt, completion = j.Completion, label = j.Desirable })));
        files.Add("tokenizer.json", BpeTokenizerFile.Serialize(TrainTokenizer()));
        return files;
    }

    /// <summary>Prompts of all splits in the same mixture of topics; none shares more than half of its runs of four words with another.</summary>
    private static Dictionary<string, List<Draft>> DrawPrompts()
    {
        var rng = new Rng(Seed).Fork("prompts");
        var index = new Overlap.Index();
        var drafts = new Dictionary<string, List<Draft>>(StringComparer.Ordinal) { ["train"] = [], ["choose"] = [], ["report"] = [], ["unseen-topics"] = [] };
        bool Take(string split, int count, Func<Draft> draw, Func<Draft, bool> belongs)
        {
            if (drafts[split].Count >= count) return false;
            var draft = draw();
            while (!belongs(draft) || !index.IsFarFrom(Overlap.Runs(draft.Text))) draft = draw();
            index.Add(Overlap.Runs(draft.Text));
            drafts[split].Add(draft);
            return true;
        }

        bool more;
        do
        {
            more = false;
            for (var i = 0; i < TrainingPrompts / HeldOutPrompts; i++) more |= Take("train", TrainingPrompts, () => World.DrawTraining(rng), _ => true);
            more |= Take("choose", HeldOutPrompts, () => World.Draw(rng), d => World.SplitOf(d.Text) == Split.Choose);
            more |= Take("report", HeldOutPrompts, () => World.Draw(rng), d => World.SplitOf(d.Text) == Split.Report);
            more |= Take("unseen-topics", UnseenTopicPrompts, () => World.DrawUnseenTopic(rng), _ => true);
        }
        while (more);
        return drafts;
    }

    /// <summary>Demonstrations and pairs of the training prompts, written anew.</summary>
    public static (IReadOnlyList<Demonstration> Demonstrations, IReadOnlyList<PreferencePair> Pairs) Redraw(ulong seed)
    {
        var drafts = DrawPrompts()["train"];
        var rng = new Rng(seed);
        return ([.. DrawDemonstrations(drafts, Demonstrations, rng.Fork("demonstrations"))], [.. DrawPairs(drafts, Pairs, rng.Fork("pairs"))]);
    }

    /// <summary>Pairs of as many new prompts, none of which shares more than half of its runs of four words with a held-out one.</summary>
    public static IReadOnlyList<PreferencePair> DrawPairsOfNewPrompts(ulong seed, int pairs)
    {
        var heldOut = new Overlap.Index();
        foreach (var draft in DrawPrompts().Where(s => s.Key != "train").SelectMany(s => s.Value)) heldOut.Add(Overlap.Runs(draft.Text));
        var rng = new Rng(seed);
        var prompts = rng.Fork("prompts");
        var drafts = new Dictionary<string, Draft>(StringComparer.Ordinal);
        while (drafts.Count < pairs)
        {
            var draft = World.DrawTraining(prompts);
            if (heldOut.IsFarFrom(Overlap.Runs(draft.Text))) drafts.TryAdd(draft.Text, draft);
        }

        return [.. DrawPairs([.. drafts.Values], pairs, rng.Fork("pairs"))];
    }

    /// <summary>Judged answers to the training prompts, written anew: as many as there are pairs.</summary>
    public static IReadOnlyList<Judgement> RedrawJudgements(ulong seed) =>
        [.. DrawJudgements(DrawPrompts()["train"], Pairs, new Rng(seed).Fork("judgements"))];

    private static IEnumerable<object> MakeDemonstrations(List<Draft> drafts, int count) =>
        DrawDemonstrations(drafts, count, new Rng(Seed).Fork($"demonstrations {count}")).Select(d => new { prompt = d.Prompt, completion = d.Completion });

    private static IEnumerable<object> MakePairs(List<Draft> drafts, int count) =>
        DrawPairs(drafts, count, new Rng(Seed).Fork($"pairs {drafts[0].Text}")).Select(p => new { prompt = p.Prompt, chosen = p.Chosen, rejected = p.Rejected, margin = p.Margin });

    private static IEnumerable<Demonstration> DrawDemonstrations(List<Draft> drafts, int count, Rng rng) =>
        Cycle(drafts, count).Select(d => new Demonstration(d.Text, Writer.Draw(rng).Answer(d, rng)));

    private static IEnumerable<PreferencePair> DrawPairs(List<Draft> drafts, int count, Rng rng)
    {
        var gold = new GoldReward(drafts.Select(d => d.Facts()));
        return Cycle(drafts, count).Select(d =>
        {
            string first = Writer.Draw(rng).Answer(d, rng), second;
            do second = Writer.Draw(rng).Answer(d, rng); while (second == first);
            return new GoldPreferences().Sample(gold, d.Text, first, second, rng);
        });
    }

    /// <summary>One answer a row, called good with the probability that it would win against an answer of average mark.</summary>
    private static IEnumerable<Judgement> DrawJudgements(List<Draft> drafts, int count, Rng rng)
    {
        var gold = new GoldReward(drafts.Select(d => d.Facts()));
        var answers = Cycle(drafts, count).Select(d => (Prompt: d.Text, Answer: Writer.Draw(rng).Answer(d, rng))).Select(a => (a.Prompt, a.Answer, Mark: gold.Score(a.Prompt, a.Answer))).ToList();
        var average = answers.Average(a => a.Mark);
        var temperature = new GoldPreferences().Temperature;
        return answers.Select(a => new Judgement(a.Prompt, a.Answer, rng.NextDouble() < 1 / (1 + Math.Exp(-(a.Mark - average) / temperature))));
    }

    private static BpeVocabulary TrainTokenizer()
    {
        var rng = new Rng(Seed).Fork("tokenizer");
        var documents = Enumerable.Range(0, 8000).Select(_ => Pretraining.Draw(rng, TokenizerText));
        return BpeTrainer.Train(documents.SelectMany(d => d.Prompt is null ? (string[])[d.Text] : [d.Prompt, d.Text]).Select(t => " " + t), 1024, SpecialTokens.All);
    }

    private static IEnumerable<Draft> Cycle(List<Draft> drafts, int count) => Enumerable.Range(0, count).Select(i => drafts[i % drafts.Count]);

    private static string Lines(IEnumerable<object> rows)
    {
        var options = new JsonSerializerOptions { Encoder = new ReadableEncoder() };
        return string.Concat(rows.Select(r => JsonSerializer.Serialize(r, options) + "\n"));
    }

    /// <summary>The row of a file in data/README.md.</summary>
    public static string ReadmeRow(string name, byte[] bytes)
    {
        var rows = name.EndsWith(".jsonl", StringComparison.Ordinal) ? $"{bytes.Count(b => b == '\n')}" : "–";
        return ReadmeRow($"toy/{name}", rows, What[name], "drawn", bytes);
    }

    /// <summary>A row of that table.</summary>
    public static string ReadmeRow(string file, string rows, string what, string how, byte[] bytes) =>
        $"| {file} | {rows} | {what} | {how} by `make.cs` | CC0-1.0 | `{Convert.ToHexStringLower(SHA256.HashData(bytes))}` |";
}
