using Align.Annotation;
using Align.Data;
using Align.Evaluation;
using Align.Rewards;

namespace Align.Tests.Annotation;

/// <summary>The answers that were given by hand, <c>data/by-hand.journal.jsonl</c>.</summary>
public sealed class RecordingTests
{
    private static readonly string File_ = Path.Combine(Golden.Root, "data", "by-hand.journal.jsonl");

    private static IReadOnlyList<Choice> Recording => [.. File.ReadLines(File_).SelectMany(Choice.Read)];

    [Fact]
    public void The_readme_tells_its_rows_and_its_hash() => Golden.IsInTheReadme("by-hand.journal.jsonl", Recording.Count);

    [Fact]
    public void Its_questions_are_the_first_48_prompts_of_the_pairs_for_reporting_and_its_lines_are_as_the_journal_writes_them()
    {
        var pairs = Jsonl.ReadPairs(Path.Combine(Golden.Root, "data", "toy", "preferences-report.jsonl")).DistinctBy(p => p.Prompt).Take(48).ToList();
        var asked = Recording.Where(c => !c.Repeat).ToList();
        Assert.Equal(pairs.Select(p => p.Prompt), asked.Select(c => c.Prompt));
        Assert.All(asked.Zip(pairs), x => Assert.Equal(new[] { x.Second.Chosen, x.Second.Rejected }.Order(StringComparer.Ordinal), x.First.Completions));
        Assert.Equal(File.ReadLines(File_), Recording.Select(c => c.ToJson()));
    }

    [Fact]
    public void It_agrees_with_gold_far_beyond_chance_and_mostly_with_itself()
    {
        var gold = GoldReward.Load(Path.Combine(Golden.Root, "data", "toy", "prompts-report.jsonl"));
        var journal = new Journal();
        _ = Feedback.Ask(Recording.Where(c => !c.Repeat).Select(c => (c.Prompt, c.Completions)), Annotators.Gold(gold), journal).Count();
        var kappa = Kappa.Of(Recording, journal.Choices);
        Assert.True(kappa.Low > 0.4, $"{kappa}");
        Assert.Equal(new WinRate(5, 0, 1), AnnotatorReport.Of("by hand", Recording).Consistent);
    }
}
