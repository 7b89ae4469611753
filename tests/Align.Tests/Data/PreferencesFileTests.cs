using System.Globalization;
using System.Text;
using Align.Data;

namespace Align.Tests.Data;

/// <summary>The pairs that the first notebooks train on.</summary>
public sealed class PreferencesFileTests
{
    private static readonly string File = Path.Combine(Golden.Root, "data", "preferences.jsonl");
    private static readonly Rows<PreferencePair> Rows = Jsonl.ReadPairs(File);

    [Fact]
    public void The_readme_tells_its_rows_and_its_hash() => Golden.IsInTheReadme("preferences.jsonl", Rows.Count());

    [Fact]
    public void There_are_enough_pairs_and_nothing_is_wrong_with_them()
    {
        Assert.True(Rows.Count() >= 220);
        Assert.Empty(Rows.Report.Warnings);
        Assert.Empty(Rows.Report.IgnoredFields);
        Assert.Equal(Rows.Count(), Rows.Select(p => p.Prompt).Distinct().Count());
    }

    [Fact]
    public void Every_text_is_short_enough_for_a_small_model()
    {
        Assert.All(Rows, p => Assert.InRange(Encoding.UTF8.GetByteCount(p.Prompt), 1, 80));
        Assert.All(Rows.SelectMany(p => new[] { p.Chosen, p.Rejected }), a => Assert.InRange(Encoding.UTF8.GetByteCount(a), 1, 120));
    }

    [Fact]
    public void Chosen_answers_end_as_a_sentence_ends_and_some_rejected_ones_do_not()
    {
        static bool Ends(string text) => ".!?。！？”\"".Contains(text[^1]) || IsEmoji(text);
        Assert.All(Rows, p => Assert.True(Ends(p.Chosen), p.Chosen));
        Assert.InRange(Rows.Count(p => !Ends(p.Rejected)) / (double)Rows.Count(), 0.05, 0.3);
    }

    [Fact]
    public void Length_alone_does_not_tell_the_chosen_answer()
    {
        var longer = Rows.Average(p => p.Chosen.Length > p.Rejected.Length ? 1 : p.Chosen.Length == p.Rejected.Length ? 0.5 : 0);
        Assert.InRange(longer, 0.4, 0.7);
    }

    [Fact]
    public void Chinese_accents_and_emoji_are_among_them()
    {
        Assert.True(Rows.Count(p => p.Prompt.Any(c => c is >= '\u4e00' and <= '\u9fff')) >= 12);
        Assert.True(Rows.Count(p => (p.Prompt + p.Chosen).Any(c => c is >= '\u00c0' and <= '\u017f')) >= 10);
        Assert.True(Rows.Count(p => p.Chosen.EnumerateRunes().Any(r => r.Value > 0xFFFF)) >= 10);
        Assert.Contains(Rows, p => p.Prompt == "用两句诗写春天。");
    }

    private static bool IsEmoji(string text) =>
        StringInfo.GetNextTextElement(text, StringInfo.ParseCombiningCharacters(text)[^1]).EnumerateRunes().Any(r => r.Value is > 0xFFFF or (>= 0x2600 and < 0x2700));
}
