using System.Text;
using Align.Data;
using CsCheck;

namespace Align.Tests.Data;

public sealed class JsonlWriteTests
{
    private static readonly PreferencePair Spring = new("写一句春天。😀", "雨后\n\"桃花\" — café", "\\ \t\0\u0085\u2028");

    [Fact]
    public void Letters_and_emoji_stay_readable_and_invisible_characters_are_escaped()
    {
        Sheet.InFolder(path =>
        {
            Jsonl.Write(path, [Spring, new("p", "c", "r", 0.5)]);
            Assert.Equal(
                """{"prompt":"写一句春天。😀","chosen":"雨后\n\"桃花\" — café","rejected":"\\ \t\u0000\u0085\u2028"}""" + "\n" +
                """{"prompt":"p","chosen":"c","rejected":"r","margin":0.5}""" + "\n",
                File.ReadAllText(path, Encoding.UTF8));
            Assert.Equal((byte)'{', File.ReadAllBytes(path)[0]);

            Jsonl.Write(path, [new Demonstration("p", "c")]);
            Assert.Equal("""{"prompt":"p","completion":"c"}""" + "\n", File.ReadAllText(path));
        });
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        string[] odd = ["😀👩‍👧", "\uFEFF", "\uFFFD\uFFFE", "𝄞\u2029", "\r\n"];
        var text = Gen.OneOf(Gen.String[Gen.Char['\0', '\u3000'], 0, 40], Gen.Int[0, odd.Length - 1].Select(i => odd[i]));
        var pairs = Gen.Select(text, text, text, Gen.Double[-1e300, 1e300].Nullable(), (p, c, r, m) => new PreferencePair(p, c, r, m)).List[1, 20];
        Sheet.InFolder(path => pairs.Sample(
            expected =>
            {
                Jsonl.Write(path, expected);
                Assert.Equal(expected, Jsonl.ReadPairs(path).ToList());
            },
            iter: 200,
            threads: 1));
    }

    [Fact]
    public void The_rows_may_come_from_the_file_itself()
    {
        Sheet.InFolder(path =>
        {
            Jsonl.Write(path, [Spring, new PreferencePair("a", "b", "c")]);
            Jsonl.Write(path, Jsonl.ReadPairs(path).Where(p => p.Prompt == "a"));
            Assert.Equal([new PreferencePair("a", "b", "c")], Jsonl.ReadPairs(path).ToList());
        });
    }

    [Fact]
    public void A_writing_that_fails_leaves_the_old_file_and_nothing_else()
    {
        Sheet.InFolder(path =>
        {
            Jsonl.Write(path, [Spring]);
            var before = File.ReadAllBytes(path);
            var good = new PreferencePair("a", "b", "c");

            var surrogate = Assert.Throws<DataException>(() => Jsonl.Write(path, [good, good with { Chosen = "x\ud83d" }]));
            Assert.Equal((path, 2L, "chosen", "lone surrogate"), (surrogate.File, surrogate.Line, surrogate.Field, surrogate.Problem));
            Assert.Equal("margin", Assert.Throws<DataException>(() => Jsonl.Write(path, [good with { Margin = double.NaN }])).Field);
            Assert.Equal("rejected", Assert.Throws<DataException>(() => Jsonl.Write(path, [good with { Rejected = null! }])).Field);
            Assert.Throws<DataException>(() => Jsonl.Write(path, [good, null!]));
            Assert.Throws<InvalidTimeZoneException>(() => Jsonl.Write(path, Broken()));

            Assert.Equal(before, File.ReadAllBytes(path));
            Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));

            static IEnumerable<PreferencePair> Broken()
            {
                yield return Spring;
                throw new InvalidTimeZoneException("the source broke");
            }
        });
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_named()
    {
        Sheet.InFolder(path =>
        {
            var nowhere = Path.Combine(path, "deeper", "rows.jsonl");
            Assert.Equal(nowhere, Assert.Throws<DataException>(() => Jsonl.Write(nowhere, [Spring])).File);
            Assert.Equal(nowhere, Assert.Throws<DataException>(() => Jsonl.Append(nowhere, Spring)).File);
        });
    }

    [Fact]
    public void Appended_rows_stand_on_lines_of_their_own()
    {
        Sheet.InFolder(path =>
        {
            Jsonl.Append(path, Spring);
            Jsonl.Append(path, new PreferencePair("a", "b", "c"));
            File.WriteAllText(path, File.ReadAllText(path).TrimEnd('\n'));
            Jsonl.Append(path, new PreferencePair("d", "e", "f"));
            Assert.Equal([Spring, new("a", "b", "c"), new("d", "e", "f")], Jsonl.ReadPairs(path).ToList());
            Assert.EndsWith("\"f\"}\n", File.ReadAllText(path));

            var before = File.ReadAllBytes(path);
            Assert.Throws<DataException>(() => Jsonl.Append(path, new PreferencePair("\udc00", "e", "f")));
            Assert.Equal(before, File.ReadAllBytes(path));
        });
    }
}
