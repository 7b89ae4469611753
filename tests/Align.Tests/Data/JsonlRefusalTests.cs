using System.IO.Compression;
using System.Text;
using Align.Data;

namespace Align.Tests.Data;

public sealed class JsonlRefusalTests
{
    private const string Good = """{"prompt":"a","chosen":"b","rejected":"c"}""";

    // The column is that of the first wrong character, counted by hand from 1 in code points.
    [Theory]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":"c""", 41, "rejected", "invalid JSON", "cut short")]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":"c"}{"prompt":""", 43, null, "text after the object", "a line of its own")]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":"c"},""", 43, null, "text after the object", "no comma between rows")]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":"c"} // so""", 44, null, "text after the object", "Only the object")]
    [InlineData("""{'prompt':'a'}""", 2, null, "invalid JSON", "single quotes")]
    [InlineData("""{"prompt":"é😀日","margin":NaN}""", 26, "margin", "invalid JSON", "JSON has no such number")]
    [InlineData("""{"prompt":"a","margin":-Infinity}""", 25, "margin", "invalid JSON", "JSON has no such number")]
    [InlineData("""{"prompt":None}""", 11, "prompt", "invalid JSON", "Python")]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":"c",}""", 43, null, "invalid JSON", "trailing comma")]
    [InlineData("""{"prompt":"a\qb"}""", 14, "prompt", "invalid JSON", "backslash")]
    [InlineData("{\"prompt\":\"a\0b\"}", 13, "prompt", "invalid JSON", "\\u0000")]
    [InlineData("{\"prompt\":\"a\tb\"}", 13, "prompt", "invalid JSON", "\\u0009")]
    [InlineData("""{"prompt":"a","chosen":"\ud83d","rejected":"c"}""", 25, "chosen", "lone surrogate", "\\ud83d")]
    [InlineData("""{"prompt":"\\ud83d \ud83d\ude00 \" \ude00","chosen":"b","rejected":"c"}""", 36, "prompt", "lone surrogate", "\\ude00")]
    [InlineData("""{"prompt":"a","prom\ud800":1}""", 20, null, "lone surrogate", "\\ud800")]
    [InlineData("""{"prompt":"a","chosen":"b","chosen":"d","rejected":"c"}""", 28, "chosen", "key occurs twice", "one of the two")]
    [InlineData("""{"prompt":"a","chosen":"b","ch\u006fsen":"d","rejected":"c"}""", 28, "chosen", "key occurs twice", "one of the two")]
    [InlineData("""{"id":1,"prompt":"a","chosen":"b","id":2,"rejected":"c"}""", 35, "id", "key occurs twice", "one of the two")]
    [InlineData("""{"prompt":"a","chosen":null,"rejected":"c"}""", 24, "chosen", "null", "remove the row")]
    [InlineData("""{"prompt":"a","chosen":12,"rejected":"c"}""", 24, "chosen", "number, expected text", "12")]
    [InlineData("""{"prompt":"a","chosen":{"x":1},"rejected":"c"}""", 24, "chosen", "object, expected text", "{")]
    [InlineData("""{"prompt":[{"role":"user","content":"a"}],"chosen":"b","rejected":"c"}""", 11, "prompt", "list, expected text", "chat messages")]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":"c","margin":"1"}""", 52, "margin", "text, expected a number", "without quotes")]
    [InlineData("""{"prompt":"a","chosen":"b","rejected":"c","margin":1e999}""", 52, "margin", "no finite number", "double")]
    [InlineData("""  {"prompt":"a","chosen":"b"}""", 3, "rejected", "missing", "The row has prompt, chosen; this reader takes prompt, chosen, rejected.")]
    [InlineData("""{}""", 1, "chosen", "missing", "The row has no fields")]
    [InlineData("""{"Prompt":"a","chosen":"b","rejected ":"c"}""", 1, "rejected", "missing", "Did you mean prompt (not Prompt), rejected (not rejected )?")]
    [InlineData("""{"prompt":"a","completion":"b"}""", 1, "chosen", "missing", "Jsonl.ReadDemonstrations")]
    [InlineData("""{"prompt":"a","completion":"b","label":true}""", 1, "chosen", "missing", "judgements")]
    [InlineData("""{"chosen":"a","rejected":"b"}""", 1, "prompt", "missing", "inside both answers")]
    [InlineData("""{"messages":[]}""", 1, "chosen", "missing", "chat conversations")]
    [InlineData("""{"text":"a"}""", 1, "chosen", "missing", "language modelling")]
    [InlineData("""{"version":1,"data":[]}""", 1, "chosen", "missing", "under the field data")]
    [InlineData("\"a\"", 1, null, "text, expected an object", "begins")]
    [InlineData("12", 1, null, "number, expected an object", "begins")]
    [InlineData("null", 1, null, "null, expected an object", "begins")]
    [InlineData("[1,2]", 1, null, "list, expected an object", "jq")]
    [InlineData("hello", 1, null, "invalid JSON", "h")]
    public void A_bad_row_names_line_column_and_field_and_says_what_to_do(string row, int column, string? field, string problem, string advice)
    {
        var refusal = Sheet.Refusal($"{Good}\n{row}");
        Assert.Equal(("sheet.jsonl", 2L, column, field, problem), (refusal.File, refusal.Line, refusal.Column, refusal.Field, refusal.Problem));
        Assert.StartsWith($"sheet.jsonl, line 2, column {column}", refusal.Message);
        Assert.Contains(problem, refusal.Message);
        Assert.Contains(advice, refusal.Message);
        if (field is not null) Assert.Contains($"field \"{field}\"", refusal.Message);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF }, "0xFF at offset 56")]
    [InlineData(new byte[] { 0xE9, (byte)'?' }, "Latin-1")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, "0xED")]
    [InlineData(new byte[] { 0xC0, 0x80 }, "0xC0")]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98 }, "0xF0")]
    public void Bytes_that_are_no_UTF8_are_refused_where_they_stand(byte[] bad, string words)
    {
        // Line 1 has 42 bytes and a line feed; in line 2, 13 bytes stand before the bad ones: 11 characters, é of two bytes among them.
        byte[] bytes = [.. Encoding.UTF8.GetBytes(Good + "\n{\"prompt\":\"é"), .. bad, .. "\",\"chosen\":\"b\",\"rejected\":\"c\"}"u8];
        var refusal = Sheet.Refusal(bytes);
        Assert.Equal(("not UTF-8", 2L, 13, "prompt"), (refusal.Problem, refusal.Line, refusal.Column, refusal.Field));
        Assert.Contains(words, refusal.Message);
    }

    [Fact]
    public void An_object_over_several_lines_is_refused_with_the_remedy()
    {
        var refusal = Sheet.Refusal("{\n \"prompt\": \"a\"\n}\n");
        Assert.Equal((1L, 2), (refusal.Line, refusal.Column));
        Assert.Contains("One object per line", refusal.Message);
    }

    [Fact]
    public void Nesting_and_the_number_of_fields_are_bounded()
    {
        var deep = Sheet.Refusal($$"""{"prompt":"a","meta":{{new string('[', 100_000)}}""");
        Assert.Equal(("nested too deep", 1L, "meta"), (deep.Problem, deep.Line, deep.Field));
        var many = Sheet.Refusal($$"""{{{string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"{i}\":0"))}}}""");
        Assert.Equal("too many fields", many.Problem);
    }

    [Fact]
    public void A_message_shows_an_excerpt_never_the_whole_line()
    {
        var giant = new string('k', 1_000_000);
        foreach (var row in new[]
        {
            $$"""{"prompt":"{{giant}}""",
            $$"""{"{{giant}}":1,"{{giant}}":2}""",
            $$"""{"{{giant}}":1}""",
            $$"""{"prompt":{{giant}}}""",
            $$"""{"prompt":1{{giant.Replace('k', '1')}}}""",
            $$"""{"prompt":t{{giant}}}""",
            $$"""{"{{giant}}":tru{{giant}}}""",
        })
            Assert.InRange(Sheet.Refusal(row).Message.Length, 40, 600);
    }

    [Fact]
    public void A_file_of_another_kind_is_called_by_its_name()
    {
        void Is(string words, byte[] bytes) => Assert.Contains(words, Sheet.Refusal(bytes).Message);

        var gzip = new MemoryStream();
        using (var pack = new GZipStream(gzip, CompressionLevel.Fastest, leaveOpen: true)) pack.Write(Encoding.UTF8.GetBytes(Good));
        Is("gzip", gzip.ToArray());
        Is("Parquet", "PAR1...."u8.ToArray());
        Is("zip archive", [.. "PK"u8, 3, 4, 0]);
        Is("UTF-16", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Good)]);
        Is("UTF-16", Encoding.Unicode.GetBytes(Good));
        Is("UTF-16", Encoding.BigEndianUnicode.GetBytes(Good));
        Is("UTF-32", [.. Encoding.UTF32.Preamble, .. Encoding.UTF32.GetBytes(Good)]);
        Is("web page", "\n<!doctype html><html>"u8.ToArray());
        Is("git lfs pull", "version https://git-lfs.github.com/spec/v1\noid sha256:12\n"u8.ToArray());
        Is("separated by commas", "prompt,chosen,rejected\na,b,c\n"u8.ToArray());
        Is("separated by semicolons", "\uFEFF\"Prompt\";\"Chosen\"\n"u8.ToArray());
        Is("separated by tabs", "id\tprompt\n"u8.ToArray());
        Is("0 bytes", []);
        Is("no rows", "\n \r\n"u8.ToArray());
        Is("jq -c '.[]'", Encoding.UTF8.GetBytes($"[{Good}]"));
    }

    [Fact]
    public void A_judgement_is_not_imitated()
    {
        const string Row = """{"prompt":"a","completion":"b","label":""";
        var refusal = Assert.Throws<DataException>(() => Sheet.Demonstrations(Row + "false}").ToList());
        Assert.Equal(("label", 40), (refusal.Field, refusal.Column));
        Assert.Single(Sheet.Demonstrations(Row + "\"cooking\"}"));
    }

    [Fact]
    public void A_file_that_cannot_be_opened_is_named()
    {
        Sheet.InFolder(path =>
        {
            var absent = Assert.Throws<DataException>(() => Jsonl.ReadPairs(path).ToList());
            Assert.Equal((path, "the file does not exist"), (absent.File, absent.Problem));
            var folder = Path.GetDirectoryName(path)!;
            Assert.Equal("a folder, not a file", Assert.Throws<DataException>(() => Jsonl.ReadPairs(folder).ToList()).Problem);
        });
    }
}
