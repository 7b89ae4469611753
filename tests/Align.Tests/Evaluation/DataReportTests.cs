using Align.Data;
using Align.Evaluation;
using Align.Tests.Data;
using Align.Text;

namespace Align.Tests.Evaluation;

public sealed class DataReportTests
{
    [Fact]
    public void Lengths_gaps_and_shares_are_those_counted_by_hand() => Sheet.InFolder(path =>
    {
        File.WriteAllLines(path, [Sheet.Row("ab", "cccc", "dd"), Sheet.Row("abcd", "e", "ffff"), Sheet.Row("x", "yy", "yy"), Sheet.Row("😀b", "ccc", "d")]);
        var report = DataReport.Of(DataFile.Read(path));
        Assert.Equal((ExampleKind.Pair, false, "characters", 4L), (report.Kind, report.IsConversational, report.Unit, report.Rows.Read));
        Assert.Equal([1, 2, 2, 4], report.Lengths["prompt"].All);                // the smiling face is one character
        Assert.Equal((1, 2, 4, 4), (report.Lengths["prompt"].Least, report.Lengths["prompt"].Median, report.Lengths["prompt"].P95, report.Lengths["prompt"].Most));
        Assert.Equal([2, -3, 0, 2], report.LengthGaps);
        Assert.Equal(1, report.IdenticalPairs);
        Assert.Equal((2.0 / 3, 3), (report.LongerChosen!.Rate, report.LongerChosen.Count)); // answers of one length say nothing
        Assert.Equal(9.0 / (2 * 9 + 19), report.SharedPrefix!.Value, 12);
        Assert.Contains("the longer answer is chosen in 67 % of 3 pairs", report.ToString(), StringComparison.Ordinal);
    });

    [Fact]
    public void A_tokenizer_counts_tokens_and_what_the_window_cuts() => Sheet.InFolder(path =>
    {
        string[] prompts = ["Hi", "Name three colours.", "Tell me all that you know about the sea, please."];
        File.WriteAllLines(path, prompts.Select(p => Sheet.Row(p, " Blue.", " No, I will not.")));
        var tokenizer = HuggingFaceTokenizer.Load(Golden.PathOf("tokenizers/qwen2"));
        int Count(string text) => tokenizer.Encode(text).Length;
        var window = Count(prompts[1]) + Count(" Blue.") + 1;                    // the end token counts
        var rows = new ExampleTokenizer(tokenizer, null, window);
        DataReport.Of(DataFile.Read(path), rows);
        var report = DataReport.Of(DataFile.Read(path), rows);                   // counts anew
        Assert.Equal("tokens", report.Unit);
        Assert.Equal(prompts.Select(Count).Order(), report.Lengths["prompt"].All);
        Assert.Equal(3, report.Truncated);                                       // the second's longer answer, and both of the third
        Assert.Equal(Count(prompts[2]) >= window ? 1 : 0, report.Dropped);
    });
}
