using System.Text;
using System.Text.Json;
using Align.Data;

namespace Align.Tests.Data;

public sealed class JsonlFuzzTests
{
    private static readonly byte[][] Seeds =
    [
        .. new[]
        {
            """{"prompt":"Say hi 😀","chosen":"Hello, 你好.","rejected":"no"}""",
            """{ "id" : 7 , "chosen" : "caf\u00e9 \ud83d\ude00\n" , "prompt" : "\"a\\b\"" , "rejected" : "" }""",
            """{"prompt":"a","chosen":"b","rejected":"c","margin":-1.5e-3,"meta":{"tags":["x",null,true],"n":[[1],[2]]}}""",
            """{"prompt":"a","completion":"b","label":"text"}""",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly byte[][] Pieces =
    [
        .. new[] { "\"", "\\", "\\ud800", "\\udc00", "\\u0000", "{", "}", "[[[[[[[[[", ",", ":", "NaN", "null", "1e999", "-", "\n", "\r\n", "\uFEFF", "\"prompt\":\"x\",", "\"margin\":", " ", "'", "/*" }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xED, 0xA0, 0x80], [0xC3], [0x80], [0xF0, 0x9F, 0x98], [0],
    ];

    /// <summary>2000 mutated rows, 20 000 with <c>ALIGN_FUZZ=full</c>: data errors alone, and what is taken is what an independent reading of the line gives.</summary>
    [Fact]
    public void Mutated_rows_are_taken_right_or_refused_by_data_errors()
    {
        var random = new Random(11);
        var (taken, refused) = (0, 0);
        var count = Environment.GetEnvironmentVariable("ALIGN_FUZZ") == "full" ? 20_000 : 2_000;
        for (var i = 0; i < count; i++)
        {
            var line = Mutated(random);
            try
            {
                var rows = Sheet.Pairs(line, BadRow.Skip);
                var (pairs, refusal) = Read(rows);
                if (refusal is null) taken++;
                else refused++;
                if (refusal is null or { Problem: "no rows" or "no row could be read" or "missing in all rows" }) Assert.Equal(Independent(line), pairs);
                Assert.InRange(refusal?.Message.Length ?? 20, 20, 1200);
                Assert.All(rows.Report.Errors, e => Assert.True(e.Line >= 1 && e.Column is null or >= 1, e.Message));
                Assert.All(Read(Sheet.Demonstrations(line, BadRow.Skip)).Records, d => Assert.NotNull(d.Completion));
            }
            catch (Exception e)
            {
                Assert.Fail($"Row {i}, {Convert.ToHexString(line)}: {e}");
            }
        }

        Assert.True(taken > count / 10 && refused > count / 10, $"{taken} taken and {refused} refused of {count}: the mutations are too weak or too strong.");
    }

    private static (List<T> Records, DataException? Refusal) Read<T>(Rows<T> rows)
    {
        List<T> records = [];
        try
        {
            records.AddRange(rows);
            return (records, null);
        }
        catch (DataException e)
        {
            return (records, e);
        }
    }

    private static byte[] Mutated(Random random)
    {
        var bytes = Seeds[random.Next(Seeds.Length)].ToList();
        for (var edits = random.Next(1, 3); edits > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes.RemoveAt(at); break;
                case 2: bytes.InsertRange(at, Pieces[random.Next(Pieces.Length)]); break;
                case 3: bytes.RemoveRange(at, random.Next(Math.Min(bytes.Count - at, 30))); break;
                case 4: bytes.AddRange([(byte)'\n', .. Seeds[random.Next(Seeds.Length)]]); break;
                default: bytes.InsertRange(at, bytes[..random.Next(Math.Min(bytes.Count, 20))].ToArray()); break;
            }

            if (bytes.Count == 0) bytes.Add((byte)' ');
        }

        return [.. bytes];
    }

    /// <summary>The same lines by JsonDocument, which refuses doubled keys when asked.</summary>
    private static List<PreferencePair> Independent(byte[] text)
    {
        List<PreferencePair> pairs = [];
        var first = true;
        foreach (var range in Lines(text))
        {
            var line = text[range];
            if (first && line.AsSpan().StartsWith("\uFEFF"u8)) line = line[3..];
            first = false;
            try
            {
                new UTF8Encoding(false, true).GetCharCount(line);
                using var document = JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = true });
                var root = document.RootElement;
                if (root.EnumerateObject().Select(p => p.Name).Distinct().Count() != root.EnumerateObject().Count()) continue;
                string Text(string name) => root.GetProperty(name).GetString() ?? throw new InvalidOperationException("null");
                double? margin = root.TryGetProperty("margin", out var m) && m.ValueKind != JsonValueKind.Null ? m.GetDouble() : null;
                if (margin is null || double.IsFinite(margin.Value)) pairs.Add(new(Text("prompt"), Text("chosen"), Text("rejected"), margin));
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or DecoderFallbackException or FormatException)
            {
                // Not a row.
            }
        }

        return pairs;
    }

    private static IEnumerable<Range> Lines(byte[] text)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] != '\n') continue;
            yield return start..i;
            start = i + 1;
        }
    }
}
