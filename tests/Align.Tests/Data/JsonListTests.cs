using System.Text;
using Align.Data;
using Align.Tests.Evaluation;

namespace Align.Tests.Data;

/// <summary>JSON files that are one list, cut into rows while they are read.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class JsonListTests
{
    private const string A = """{"prompt": "p", "completion": "a"}""", B = """{"prompt": "p", "completion": "b ] } é 🙂"}""";

    [Fact]
    public void A_long_list_needs_no_more_memory_than_some_of_its_rows()
    {
        const int rows = 60_000, length = 1000;
        In(path =>
        {
            using (var file = File.CreateText(path))
            {
                file.Write('[');
                for (var i = 0; i < rows; i++) file.Write($$"""{{(i == 0 ? "" : ",\n")}}{"prompt": "{{i}}", "completion": "{{new string('x', length)}}"}""");
                file.Write(']');
            }

            var (read, most, before) = (0, 0L, GC.GetTotalMemory(forceFullCollection: true));
            foreach (var row in DataFile.Read(path))
            {
                Assert.Equal($"{read}", row.Prompt!.Text);
                if (++read % 10_000 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }

            Assert.Equal(rows, read);
            Assert.InRange(most, 0, new FileInfo(path).Length / 4); // what the lints remember of 60 000 rows; the text alone is 60 MB
        });
    }

    /// <summary>Every length of the row before, so that each token in turn lies across the end of the buffer.</summary>
    [Fact]
    public void Rows_are_the_same_wherever_the_buffer_ends() => In(path =>
    {
        for (var length = (1 << 16) - 120; length <= 1 << 16; length++)
        {
            File.WriteAllText(path, $$"""[{"prompt": "{{new string('x', length)}}", "completion": "a"}, {{B}}]""" + "\n");
            Assert.Equal(["a", "b ] } é 🙂"], DataFile.Read(path).Select(r => r.Answer.Text));
        }
    });

    [Theory]
    [InlineData("[]", "no rows")]
    [InlineData(" \n" + A + "\n", null)]
    [InlineData("\uFEFF[" + A + "]", null)]
    [InlineData("[" + A + ",\n" + B + "]  \n", null)]
    [InlineData("{\n\"completion\": \"c\",\n\"prompt\": \"p\"}", null)]
    [InlineData("{\n\"version\": 1,\n\"data\": [" + A + "]}", "rows are under the field data")]
    [InlineData("[" + A + ",]", "invalid JSON")]
    [InlineData("[" + A + ",\n" + A, "invalid JSON")]
    [InlineData("[" + A + "] x", "invalid JSON")]
    [InlineData("[" + A + "][" + A + "]", "invalid JSON")]
    [InlineData("{\n\"prompt\": \"p\",\n", "invalid JSON")]
    [InlineData("[7]", "number, expected an object")]
    public void What_is_no_list_of_rows_is_refused(string text, string? problem) => In(path =>
    {
        File.WriteAllText(path, text);
        if (problem is null) Assert.NotEmpty(DataFile.Read(path).ToList());
        else Assert.Equal(problem, Assert.Throws<DataException>(() => DataFile.Read(path).ToList()).Problem);
    });

    [Fact]
    public void An_error_names_the_row_and_the_field_and_damage_the_line_and_the_column() => In(path =>
    {
        File.WriteAllText(path, $$"""[{{A}}, {"prompt": "p", "completion": 7}, {{B}}]""");
        var wrong = Assert.Throws<DataException>(() => DataFile.Read(path).ToList());
        Assert.Equal((2, "completion"), (wrong.Line!.Value, wrong.Field));
        Assert.Equal(["a", "b ] } é 🙂"], DataFile.Read(path, onBadRow: BadRow.Skip).Select(r => r.Answer.Text));

        var padding = string.Concat(Enumerable.Repeat(A + ",\n", 3000)); // the damage is far behind the first buffer
        File.WriteAllText(path, "[" + padding + "{\"prompt\": tru}]");
        var damage = Assert.Throws<DataException>(() => DataFile.Read(path).ToList());
        Assert.Equal(("invalid JSON", 3001L, 15), (damage.Problem, damage.Line!.Value, damage.Column));

        File.WriteAllBytes(path, [.. Encoding.UTF8.GetBytes("[" + A + ", {\"prompt\": \"p"), 0xE9, .. "\", \"completion\": \"c\"}]"u8]);
        Assert.Equal(("not UTF-8", 2L, "prompt"), Assert.Throws<DataException>(() => DataFile.Read(path).ToList()) is var bytes ? (bytes.Problem, bytes.Line!.Value, bytes.Field) : default);
    });

    [Fact]
    public void A_row_longer_than_allowed_ends_the_reading() => In(path =>
    {
        File.WriteAllText(path, $$"""[{{A}}, {"prompt": "{{new string('x', 300_000)}}", "completion": "a"}]""");
        Assert.Equal("row too long", Assert.Throws<DataException>(() => DataFile.Read(path, maxLineBytes: 100_000).ToList()).Problem);
    });

    private static void In(Action<string> use) => Sheet.InFolder(path => use(Path.ChangeExtension(path, ".json")));
}
