using System.Text;
using Align.Data;

namespace Align.Tests.Data;

public sealed class JsonlReadTests
{
    private const string A = """{"prompt":"a","chosen":"b","rejected":"c"}""";

    [Fact]
    public void A_row_is_its_three_texts_and_its_margin()
    {
        var pairs = Sheet.Pairs("""{"rejected":"no","margin":-2.5e-1,"prompt":"p","chosen":"yes"}""").ToList();
        Assert.Equal([new PreferencePair("p", "yes", "no", -0.25)], pairs);
        Assert.Null(Assert.Single(Sheet.Pairs("""{"prompt":"p","chosen":"y","rejected":"n","margin":null}""")).Margin);
        Assert.Equal([new Demonstration("p", "c")], Sheet.Demonstrations("""{"prompt":"p","completion":"c"}""").ToList());
    }

    [Fact]
    public void Names_and_texts_may_be_written_with_escapes()
    {
        var pair = Assert.Single(Sheet.Pairs("""{"pr\u006fmpt":"\ud83d\ude00\u00e9\n","chosen":"\\ \/","rejected":"日本"}"""));
        Assert.Equal(new PreferencePair("😀é\n", "\\ /", "日本"), pair);
    }

    [Theory]
    [InlineData("\uFEFF" + A)]
    [InlineData(A + "\r\n\r\n   \n")]
    [InlineData("\n \t\n" + A + "\n")]
    [InlineData("  " + A + "  ")]
    public void Byte_order_mark_line_ends_and_blank_lines_do_not_matter(string text) =>
        Assert.Equal([new PreferencePair("a", "b", "c")], Sheet.Pairs(text).ToList());

    [Fact]
    public void Only_a_line_feed_ends_a_line()
    {
        var texts = "x\u2028y\u2029z\u0085\v".Replace("\v", "\\u000b");
        var pairs = Sheet.Pairs($"{Sheet.Row(texts, "b", "c")}\n{A}").ToList();
        Assert.Equal(2, pairs.Count);
        Assert.Equal("x\u2028y\u2029z\u0085\v", pairs[0].Prompt);
    }

    [Fact]
    public void Blank_lines_count_in_the_line_numbers()
    {
        var refusal = Sheet.Refusal($"\n{A}\r\n\n{{");
        Assert.Equal(4, refusal.Line);
    }

    [Fact]
    public void Rows_are_read_as_they_are_asked_for()
    {
        var line = Encoding.UTF8.GetBytes(A + "\n");
        var endless = new EndlessStream(line);
        var rows = new Rows<PreferencePair>("endless", () => endless, RowShapes.Pairs, BadRow.Stop, 1000);
        Assert.Equal(10, rows.Take(10).Count());
        Assert.InRange(endless.BytesRead, 1, 1 << 16);
        Assert.Equal(10, rows.Report.Read);
    }

    [Fact]
    public void Rows_larger_than_a_block_are_put_together()
    {
        var words = string.Concat(Enumerable.Range(0, 40_000).Select(i => $"{i} "));
        var text = string.Join("\n", Enumerable.Range(0, 5).Select(i => Sheet.Row($"{i}", words[i..], "no")));
        Assert.Equal(Enumerable.Range(0, 5).Select(i => words[i..]), Sheet.Pairs(text).Select(p => p.Chosen));
    }

    [Fact]
    public void A_line_over_the_limit_is_refused_before_it_is_read_to_its_end()
    {
        var endless = new EndlessStream("x"u8.ToArray());
        var rows = new Rows<PreferencePair>("endless", () => endless, RowShapes.Pairs, BadRow.Stop, 100_000);
        var refusal = Assert.Throws<DataException>(() => rows.ToList());
        Assert.Equal(("line too long", 1L), (refusal.Problem, refusal.Line));
        Assert.InRange(endless.BytesRead, 100_001, 1 << 18);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void The_limit_is_exact_and_the_rows_after_a_long_line_are_read(string end)
    {
        foreach (var size in new[] { 100, 70_000, 200_000 })
        {
            var fits = Sheet.Row("p", new string('x', size - Sheet.Row("p", "", "c").Length), "c");
            var over = Sheet.Row("p", new string('y', size + 1 - Sheet.Row("p", "", "c").Length), "c");
            var far = Sheet.Row("p", new string('z', 3 * size), "c");
            var rows = Sheet.Pairs("\uFEFF" + string.Join(end, fits, over, fits, far, A, over), BadRow.Skip, size);
            Assert.Equal(["x", "x", "b"], rows.Select(r => r.Chosen[..1]));
            Assert.Equal([2, 4, 6], rows.Report.Errors.Select(e => (int)e.Line!));
            Assert.All(rows.Report.Errors, e => Assert.Equal("line too long", e.Problem));
        }
    }

    [Fact]
    public void A_long_row_costs_a_small_multiple_of_its_length()
    {
        var line = Encoding.UTF8.GetBytes(Sheet.Row("p", new string('x', 20_000_000), "c"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(20_000_000, Assert.Single(Sheet.Pairs(line)).Chosen.Length);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (double)line.Length, 2, 6);
    }

    [Fact]
    public void A_file_is_opened_when_it_is_enumerated_and_each_enumeration_reports_anew()
    {
        Sheet.InFolder(path =>
        {
            var rows = Jsonl.ReadPairs(path);
            File.WriteAllText(path, A);
            Assert.Single(rows);
            File.WriteAllText(path, A + "\n" + Sheet.Row("d", "e", "f"));
            Assert.Equal(2, rows.Count());
            Assert.Equal(2, rows.Report.Read);
        });
    }

    private sealed class EndlessStream(byte[] text) : Stream
    {
        public long BytesRead { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => BytesRead; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (var i = 0; i < count; i++) buffer[offset + i] = text[BytesRead++ % text.Length];
            return count;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
