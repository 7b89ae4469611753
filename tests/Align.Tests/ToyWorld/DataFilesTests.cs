using Align.Data;
using Align.Rewards;
using Align.Runtime;
using Align.Text;
using Align.ToyWorld;

namespace Align.Tests.ToyWorld;

/// <summary>The files of data/toy.</summary>
public sealed class DataFilesTests
{
    private static readonly string Folder = Path.Combine(Golden.Root, "data", "toy");
    private static readonly string[] Training = Texts("prompts-train");
    private static readonly string[] HeldOut = [.. Texts("prompts-choose"), .. Texts("prompts-report"), .. Texts("prompts-unseen-topics")];

    private static string[] Texts(string name) => [.. Load(name).Prompts.Select(p => p.Prompt)];

    private static GoldReward Load(string name) => GoldReward.Load(PathOf(name + ".jsonl"));

    private static string PathOf(string name) => Path.Combine(Folder, name);

    [Fact]
    public void Made_again_every_file_is_the_same_byte_for_byte_and_the_readme_tells_it()
    {
        var readme = File.ReadAllLines(Path.Combine(Golden.Root, "data", "README.md"));
        var made = DataFiles.All();
        foreach (var (name, bytes) in made)
        {
            Assert.True(bytes.AsSpan().SequenceEqual(File.ReadAllBytes(PathOf(name))), $"{name} differs: run dotnet run data/make.cs and look at the difference.");
            Assert.Contains(DataFiles.ReadmeRow(name, bytes), readme);
        }

        Assert.Equal(made.Keys, Directory.GetFiles(Folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.InRange(made.Values.Sum(b => b.Length), 0, 5_000_000);
    }

    [Fact]
    public void The_readme_shows_the_twenty_prompts()
    {
        var readme = File.ReadAllLines(Path.Combine(Golden.Root, "data", "README.md"));
        Assert.All(Commands.TwentyPrompts(Folder), p => Assert.Contains($"- {p}", readme));
    }

    [Fact]
    public void There_are_as_many_prompts_and_topics_as_promised()
    {
        Assert.True(Training.Length >= 800);
        Assert.True(Load("prompts-train").Prompts.Select(p => p.Topic).Distinct().Count() >= 14);
        Assert.True(Texts("prompts-choose").Length >= 300 && Texts("prompts-report").Length >= 300);
        var unseen = Load("prompts-unseen-topics").Prompts.GroupBy(p => p.Topic).ToList();
        Assert.Equal(2, unseen.Count);
        Assert.All(unseen, topic => Assert.True(topic.Count() >= 40));
        Assert.Empty(unseen.Select(t => t.Key).Intersect(Load("prompts-train").Prompts.Select(p => p.Topic)));
    }

    [Fact]
    public void Nearly_every_prompt_is_far_from_every_other()
    {
        string[] all = [.. Training, .. HeldOut];
        Assert.Equal(all.Length, all.Distinct().Count());
        var nearest = Overlap.Nearest(all);
        Assert.True(nearest.Count(n => n <= 0.5) >= 0.95 * all.Length, $"{nearest.Count(n => n <= 0.5)} of {all.Length}");
    }

    [Fact]
    public void Overlap_worked_by_hand()
    {
        // a b c d e has two runs, one of them in x a b c d; a b is too short to have one, and is its own.
        Assert.Equal([0.5, 0.5, 0, 0], Overlap.Nearest(["a b c d e", "x a b c d", "a b", "春风轻轻过小桥"]));
        Assert.Equal(["春 风 轻 轻", "风 轻 轻 过"], Overlap.Runs("春风轻轻过。"));
    }

    [Fact]
    public void No_held_out_prompt_occurs_in_any_text_of_training()
    {
        var texts = new[] { "demonstrations.jsonl", "preferences-train.jsonl", "judgements.jsonl", "prompts-train.jsonl" }.SelectMany(f => File.ReadLines(PathOf(f)));
        Assert.Empty(Found(texts));
        var rng = new Rng(17);
        Assert.Empty(Found(Enumerable.Range(0, 20_000).Select(_ => Pretraining.Draw(rng, new(Recall: 0, Games: 0, Practice: rng.Chance(0.5)))).Select(d => $"{d.Prompt}\n{d.Text}")));
        Assert.Single(Found([$"Now: {HeldOut[0]} Indeed."]));
    }

    [Fact]
    public void Pairs_of_new_prompts_are_far_from_everything_held_out()
    {
        var pairs = DataFiles.DrawPairsOfNewPrompts(5, 3000);
        var heldOut = new Overlap.Index();
        foreach (var prompt in HeldOut) heldOut.Add(Overlap.Runs(prompt));
        Assert.Equal(3000, pairs.DistinctBy(p => p.Prompt).Count());
        Assert.All(pairs, p => Assert.True(heldOut.IsFarFrom(Overlap.Runs(p.Prompt)), p.Prompt));
        Assert.Empty(Found(pairs.Select(p => $"{p.Prompt}\n{p.Chosen}\n{p.Rejected}")));
    }

    [Fact]
    public void No_text_of_training_is_about_a_topic_that_is_held_out_whole()
    {
        var rng = new Rng(18);
        var words = Enumerable.Range(0, 20_000).Select(_ => Pretraining.Draw(rng, new(Recall: 0, Games: 0, Practice: rng.Chance(0.5)))).SelectMany(d => GoldWords.Of($"{d.Prompt} {d.Text}")).ToHashSet();
        Assert.Empty(words.Intersect(["parcel", "ferry", "beside", "row"]));
    }

    [Fact]
    public void Chinese_emoji_and_accents_are_among_the_prompts()
    {
        Assert.InRange(Training.Count(p => p.Any(c => c is >= '\u4e00' and <= '\u9fff')), 30, 120);
        Assert.True(Training.Count(p => p.EnumerateRunes().Any(r => r.Value > 0xFFFF)) >= 10);
        Assert.True(Training.Count(p => p.Any(c => c is >= '\u00c0' and <= '\u017f')) >= 100);
        Assert.Contains(Training, p => p.Contains("春天", StringComparison.Ordinal));
    }

    [Fact]
    public void Pairs_are_of_known_prompts_and_the_judge_is_about_as_good_as_the_ceiling_says()
    {
        foreach (var (split, count) in new[] { ("train", 6000), ("choose", 600), ("report", 600) })
        {
            var gold = Load($"prompts-{split}");
            var pairs = Jsonl.ReadPairs(PathOf($"preferences-{split}.jsonl")).ToList();
            Assert.Equal(count, pairs.Count);
            Assert.All(pairs, p => Assert.Equal(gold.Score(p.Prompt, p.Chosen) - gold.Score(p.Prompt, p.Rejected), p.Margin!.Value, 3));
            Assert.InRange(pairs.Average(p => p.Margin > 0 ? 1 : p.Margin == 0 ? 0.5 : 0) - new GoldPreferences().Ceiling(gold, pairs), -0.05, 0.05);
            Assert.InRange(pairs.Average(p => p.Chosen.Length > p.Rejected.Length ? 1 : p.Chosen.Length == p.Rejected.Length ? 0.5 : 0), 0.3, 0.6);
        }
    }

    [Fact]
    public void Demonstrations_and_judgements_are_of_training_prompts()
    {
        var known = Training.ToHashSet();
        var demonstrations = Jsonl.ReadDemonstrations(PathOf("demonstrations.jsonl")).ToList();
        Assert.Equal(4800, demonstrations.Count);
        Assert.All(demonstrations, d => Assert.Contains(d.Prompt, known));
        var labels = File.ReadLines(PathOf("judgements.jsonl")).Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement).ToList();
        Assert.All(labels, j => Assert.Contains(j.GetProperty("prompt").GetString()!, known));
        Assert.InRange(labels.Average(j => j.GetProperty("label").GetBoolean() ? 1 : 0), 0.4, 0.6);
    }

    [Fact]
    public void Every_name_is_one_token_with_the_space_before_it()
    {
        var tokenizer = ByteLevelTokenizer.Load(PathOf("tokenizer.json"));
        Assert.Equal(1024, tokenizer.VocabularySize);
        Assert.All(Fillers.Names, n => Assert.Single(tokenizer.Encode(" " + n)));
        Assert.InRange(Fillers.Lists.Where(l => l.Key[0] < 128 && l.Key != "emoji").SelectMany(l => l.Value).Average(w => tokenizer.Encode(" " + w).Length), 1, 1.6);
    }

    /// <summary>The held-out prompts that occur in the texts. A prompt can only be where its first run of four words is.</summary>
    private static IEnumerable<string> Found(IEnumerable<string> texts)
    {
        var byStart = HeldOut.ToLookup(p => Start(GoldWords.Of(p), 0));
        foreach (var text in texts)
        {
            var plain = text.Replace("\\\"", "\"", StringComparison.Ordinal);
            var words = GoldWords.Of(plain);
            for (var i = 0; i < words.Count; i++)
                foreach (var prompt in byStart[Start(words, i)].Concat(byStart[string.Join(' ', words.Skip(i).Take(3))]))
                    if (plain.Contains(prompt, StringComparison.Ordinal)) yield return prompt;
        }

        static string Start(List<string> words, int at) => string.Join(' ', words.Skip(at).Take(4));
    }
}
