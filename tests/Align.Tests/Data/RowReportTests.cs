using Align.Data;

namespace Align.Tests.Data;

public sealed class RowReportTests
{
    [Fact]
    public void Skipping_leaves_bad_rows_out_and_counts_them_by_reason()
    {
        var text = string.Join('\n', [.. Enumerable.Range(0, 30).Select(i => $$"""{"prompt":"{{i}}","chosen":"b"}"""), "{", Sheet.Row("x", "y", "z")]);
        var rows = Sheet.Pairs(text, BadRow.Skip);
        Assert.Equal([new PreferencePair("x", "y", "z")], rows.ToList());

        var report = rows.Report;
        Assert.Equal((1L, 31L, 20), (report.Read, report.Skipped, report.Errors.Count));
        Assert.Equal([("missing", "rejected", 30L), ("invalid JSON", null, 1L)], report.Skips.Select(s => (s.Problem, s.Field, s.Count)));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => new RowPlace(i, 1)), report.Skips[0].First);
        Assert.Equal(
            "sheet.jsonl: 1 rows read, 31 skipped\n" +
            "  skipped 30 × rejected: missing (line 1:1, 2:1, 3:1, 4:1, 5:1, 6:1, 7:1, 8:1, 9:1, 10:1, …)\n" +
            "  skipped 1 × invalid JSON (line 31:2)",
            report.ToString());
    }

    [Fact]
    public void A_file_without_one_good_row_is_refused_once_also_when_skipping()
    {
        var absent = Assert.Throws<DataException>(() => Sheet.Pairs("{\"prompt\":\"a\",\"chosen\":\"b\"}\n{\"prompt\":\"a\",\"chosen\":\"c\"}", BadRow.Skip).ToList());
        Assert.Equal(("missing in all rows", "rejected"), (absent.Problem, absent.Field));
        Assert.Contains("The row has prompt, chosen", absent.Message);

        var mixed = Assert.Throws<DataException>(() => Sheet.Pairs("{\n1", BadRow.Skip).ToList());
        Assert.Equal("no row could be read", mixed.Problem);
        Assert.Contains("All 2 rows were skipped. The first one: sheet.jsonl, line 1, column 2", mixed.Message);
    }

    [Fact]
    public void Lawful_rows_that_are_probably_not_meant_are_read_and_reported()
    {
        var rows = Sheet.Pairs(string.Join('\n',
            Sheet.Row("p1", "yes", "no"),
            Sheet.Row("p2", "", " \\n"),          // 2: empty, white space, and the same but for it
            Sheet.Row("", "a\\u0000", "b"),       // 3: empty prompt, NUL
            Sheet.Row("p4", "same", "same"),
            Sheet.Row("p5", "same", "same\\n"),
            Sheet.Row("p1", "yes", "no"),         // 6: line 1 again
            Sheet.Row("p1", "no", "yes"),         // 7: the opposite of line 1
            Sheet.Row("p1", "well", "no"),        // 8: its prompt
            Sheet.Row("p9", "p9 yes", "p9 no"),   // 9: both repeat the prompt
            Sheet.Row("p10", "p10 yes", "no")));  // 10: one may
        Assert.Equal(10, rows.Count());
        Assert.Equal(
            [
                "chosen: empty 2", "rejected: only white space 2", "chosen equals rejected but for white space 2 5",
                "prompt: empty 3", "chosen: contains NUL 3",
                "chosen equals rejected 4",
                "duplicate row 6 (see 1)", "contradicts an earlier row 7 (see 1)", "prompt: prompt again 8 (see 1)",
                "prompt repeated at the start of the answer 9",
            ],
            rows.Report.Warnings.Select(w => $"{(w.Field is null ? "" : w.Field + ": ")}{w.Problem} {string.Join(' ', w.First)}"));
    }

    [Fact]
    public void Demonstrations_are_looked_at_too()
    {
        var rows = Sheet.Demonstrations("""
            {"prompt":"a","completion":"b"}
            {"prompt":"a","completion":"b"}
            {"prompt":"a","completion":"c"}
            {"prompt":"d","completion":""}
            {"prompt":"e","completion":"e, then"}
            """);
        Assert.Equal(5, rows.Count());
        Assert.Equal(
            ["duplicate row", "prompt again", "empty", "prompt repeated at the start of the answer"],
            rows.Report.Warnings.Select(w => w.Problem));
        Assert.Equal([2L, 3L, 4L, 5L], rows.Report.Warnings.Select(w => w.First[0].Line));
    }

    [Fact]
    public void Texts_are_kept_apart_when_repetitions_are_sought()
    {
        var rows = Sheet.Pairs($"{Sheet.Row("ab", "c", "d")}\n{Sheet.Row("a", "bc", "d")}\n{Sheet.Row("a ", "bc", "d")}");
        Assert.Equal(3, rows.Count());
        Assert.Empty(rows.Report.Warnings);
    }

    [Fact]
    public void Fields_that_no_record_holds_are_counted()
    {
        var rows = Sheet.Pairs("""
            {"id":1,"prompt":"a","chosen":"b","rejected":"c","meta":{"x":[1,{"prompt":"no"}]}}
            {"prompt":"d","chosen":"b","rejected":"c","id":2}
            {"prompt":"e","chosen":"b","rejected":"c"}
            """);
        Assert.Equal(["a", "d", "e"], rows.Select(r => r.Prompt));
        Assert.Equal(new Dictionary<string, long> { ["id"] = 2, ["meta"] = 1 }, rows.Report.IgnoredFields);
        Assert.EndsWith("fields ignored: id (2), meta (1)", rows.Report.ToString());
    }

    [Fact]
    public void What_a_report_keeps_is_bounded()
    {
        var text = string.Join('\n', Enumerable.Range(0, 500).SelectMany(i => new[]
        {
            $$"""{"k{{i}}":1,"k{{i}}":2}""",
            $$"""{"prompt":"{{i}}","chosen":"b","rejected":"c","extra{{i}}":0}""",
        }));
        var rows = Sheet.Pairs(text, BadRow.Skip);
        Assert.Equal(500, rows.Count());
        Assert.Equal(100, rows.Report.IgnoredFields.Count);
        Assert.Equal(101, rows.Report.Skips.Count);
        Assert.Equal(500, rows.Report.Skips.Sum(s => s.Count));
        Assert.Equal(("other problems", 400L), (rows.Report.Skips[^1].Problem, rows.Report.Skips[^1].Count));
    }
}
