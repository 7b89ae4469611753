using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Align.Data;

namespace Align.Tests.Data;

public sealed class DataFileTests
{
    /// <summary>The golden words for a problem, and ours.</summary>
    private static readonly Dictionary<string, string> Words = new()
    {
        ["invalid JSON"] = "invalid JSON|text after the object",
        ["expected an object"] = "text, expected an object|number, expected an object|null, expected an object|list, expected an object",
        ["NaN is not JSON"] = "invalid JSON",
        ["raw control character"] = "invalid JSON",
        ["number, expected string or messages"] = "number, expected text or messages",
        ["prompt of line 1 again"] = "prompt again",
        ["duplicate of line 1"] = "duplicate row",
        ["contradicts line 1"] = "contradicts an earlier row",
        ["prompt repeated"] = "prompt repeated at the start of the answer",
        ["missing in all rows"] = "missing in all rows|missing",
        ["UTF-16"] = "UTF-16 text",
        ["HTML"] = "a web page (HTML) or XML, not data",
        ["git LFS pointer"] = "a git LFS pointer, not the file itself",
    };

    [Theory]
    [InlineData("files/text/valid/cases.json")]
    [InlineData("files/text/hostile/cases.json")]
    public void Text_files_of_every_kind_give_their_rows_or_are_refused_where_the_golden_list_says(string list) =>
        Golden.Rows(list + "#every kind", Golden.Json(list).AsArray().Select(c => ((string)c!["file"]!, c!)), c =>
        {
            if (c["recipe"] is { } recipe)
            {
                var made = Outcome.Passed;
                Sheet.InFolder(path =>
                {
                    File.WriteAllText(path, (string)recipe["prefix"]! + new StringBuilder().Insert(0, (string)recipe["repeat"]!, (int)recipe["times"]!) + (string)recipe["suffix"]!);
                    made = CheckText(path, c);
                });
                return made;
            }

            return CheckText(Golden.PathOf($"files/{(string)c["file"]!}"), c);
        });

    private static Outcome CheckText(string path, JsonNode c)
    {
        var (rows, met, report) = Read(path, Asked(c));
        var expect = (string)c["expect"]!;
        var problems = (c["problems"]?.AsArray() ?? []).Select(p => p!).ToList();
        if (expect.Contains("reject", StringComparison.Ordinal) && problems.Count == 0 && rows.Count == 0) return Outcome.Passed;
        if (expect.Split('-').Contains("accept") && problems.Count == 0)
        {
            Assert.True(met.All(m => m.Line is null || report.Warnings.Count > 0), string.Join('\n', met));
            CompareRows(path, rows);
            return Outcome.Passed;
        }

        if (expect.Contains("accept", StringComparison.Ordinal) && rows.Count > 0 && report.Skipped == 0) return Outcome.Passed;
        foreach (var problem in problems) Assert.True(met.Any(m => Meets(problem, m)), $"{problem.ToJsonString()} was not met; met were:\n{string.Join('\n', met)}");
        if (expect == "reject") Assert.Throws<DataException>(() => DataFile.Read(path, Asked(c)).ToList());
        if (expect is "warn" or "accept") Assert.Equal(rows.Count, DataFile.Read(path, Asked(c)).Count());
        return Outcome.Passed;
    }

    [Fact]
    public void Parquet_files_give_their_rows_or_are_refused() =>
        Golden.Rows("files/parquet/cases.json", Golden.Json("files/parquet/cases.json").AsArray().Select(c => ((string)c!["file"]!, c!)), c =>
        {
            var path = Golden.PathOf($"files/{(string)c["file"]!}");
            var expect = (string)c["expect"]!;
            var name = Path.GetFileNameWithoutExtension(path);
            var pairs = expect == "accept-parquet-reject-records" && !name.StartsWith("kto", StringComparison.Ordinal);
            var (rows, met, _) = Read(path, pairs ? ExampleKind.Pair : null);
            if (name == "schema-messages-no-role") return Outcome.KnownDifference("from and value are read as role and content wherever they stand");
            if (name is "preference-extra-columns" or "chat-preference-row-groups-v2" && met is [{ Problem: var problem }, ..] && problem.StartsWith("damaged", StringComparison.Ordinal))
                return Outcome.NotInThisLibrary("a half-precision column, and nested pages of version 2: Parquet.Net has neither, refused with its words");
            if (expect is "reject" or "accept-parquet-reject-records") Assert.NotEmpty(met);
            if (expect == "accept" && met.Count > 0 && met.All(m => m.Problem.StartsWith("damaged", StringComparison.Ordinal)) && ((string)c["should"]!).Contains("or an error", StringComparison.Ordinal))
                return Outcome.NotInThisLibrary("this encoding, refused by name");
            if (expect != "accept") return Outcome.Passed;
            CompareRows(Path.ChangeExtension(path, null), rows);
            return Outcome.Passed;
        });

    [Fact]
    public void A_gzipped_file_is_known_by_its_bytes_and_rows_of_any_kind_keep_their_lines()
    {
        var path = Golden.PathOf("files/text/valid/preference.jsonl.gz");
        Assert.Equal([1, 2, 3, 4], DataFile.Read(path).Select(e => e.Line));
        Assert.All(DataFile.Read(path), e => Assert.Equal(ExampleKind.Pair, e.Kind));
    }

    [Fact]
    public void A_Parquet_file_whose_footer_does_not_end_is_refused_and_not_read_for_ever() => Sheet.InFolder(path =>
    {
        var bytes = File.ReadAllBytes(Golden.PathOf("files/parquet/messages.parquet"));
        bytes[1367] = 36; // the byte that ends the footer's last list
        File.WriteAllBytes(path + ".parquet", bytes);
        Assert.Contains("damaged", Assert.Throws<DataException>(() => DataFile.Read(path + ".parquet").ToList()).Problem, StringComparison.Ordinal);
    });

    /// <summary>300 damaged files of every format, 20 000 with <c>ALIGN_FUZZ=full</c>.</summary>
    [Fact]
    public void A_damaged_file_is_read_or_refused_by_data_errors()
    {
        var random = new Random(5);
        var seeds = Directory.GetFiles(Golden.PathOf("files/text/valid")).Concat(Directory.GetFiles(Golden.PathOf("files/parquet"), "*.parquet"))
            .Where(f => !f.EndsWith(".expected.json", StringComparison.Ordinal) && new FileInfo(f).Length is > 0 and < 8000).Order(StringComparer.Ordinal).ToArray();
        Sheet.InFolder(path =>
        {
            for (var i = Environment.GetEnvironmentVariable("ALIGN_FUZZ") == "full" ? 20_000 : 300; i > 0; i--)
            {
                var seed = seeds[random.Next(seeds.Length)];
                var bytes = File.ReadAllBytes(seed);
                for (var n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                var file = path + Path.GetExtension(seed);
                File.WriteAllBytes(file, random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
                try
                {
                    Assert.NotEmpty(DataFile.Read(file, onBadRow: BadRow.Skip).ToList());
                }
                catch (DataException)
                {
                    // The only kind of error that may come out.
                }
            }
        });
    }

    [Fact]
    public void The_kind_asked_for_is_the_kind_required()
    {
        var error = Assert.Throws<DataException>(() => DataFile.Read(Golden.PathOf("files/text/valid/kto.jsonl"), ExampleKind.Pair).ToList());
        Assert.Contains("chosen", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The fields of three public files, and of a fourth that says nothing.</summary>
    [Theory]
    [InlineData("""{"question": "q", "answer": "a"}""", "jq -c '{prompt: .question, completion: .answer}' FILE > rows.jsonl.")]
    [InlineData("""{"instruction": "q", "input": "", "output": "a"}""", "jq -c '{prompt: .instruction, completion: .output}' FILE > rows.jsonl.")]
    [InlineData("""{"question": "q", "ground_truth": "a", "6b": {"solution": "a", "is_correct": true}}""", "whose prompt may be question: notebooks/scripts/pairs.cs shows how")]
    [InlineData("""{"instruction": "q", "instances": [{"input": "", "output": "a"}]}""", "whose prompt may be instruction: notebooks/scripts/pairs.cs")]
    [InlineData("""{"a": 1, "b": 2}""", "Make such rows of these: notebooks/scripts/pairs.cs")]
    public void Fields_of_no_kind_are_met_with_a_remedy_that_names_them(string row, string remedy) => Sheet.InFolder(path =>
    {
        File.WriteAllText(path, row);
        var message = Assert.Throws<DataException>(() => DataFile.Read(path).ToList()).Message;
        Assert.Contains(remedy, message, StringComparison.Ordinal);
        Assert.Equal(remedy.Contains("jq", StringComparison.Ordinal), message.Contains("jq", StringComparison.Ordinal));
    });

    internal static void Same(JsonNode? expected, Passage passage)
    {
        JsonNode? actual = passage.Messages is { } m ? m : JsonValue.Create(passage.Text);
        var text = expected?.ToJsonString().Replace("\"human\"", "\"user\"", StringComparison.Ordinal).Replace("\"gpt\"", "\"assistant\"", StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(text is null ? null : JsonNode.Parse(text), actual), $"expected {text}\nactual   {actual?.ToJsonString()}");
    }

    private static void CompareRows(string path, List<Example> rows)
    {
        var file = path + ".expected.json";
        if (!File.Exists(file)) return;
        var expected = JsonNode.Parse(File.ReadAllText(file))!;
        var wanted = (expected["normalised_last_turn"] ?? expected["normalised"] ?? expected["rows"])!.AsArray();
        Assert.Equal(wanted.Count, rows.Count);
        foreach (var (want, row) in wanted.Zip(rows))
        {
            if (row.Kind == ExampleKind.Pair && want!["prompt"] is null && want["chosen"] is JsonArray whole)
            {
                Same(Plain(whole), new Passage([.. row.Prompt!.Messages!.Concat(row.Answer.Messages!).Select(m => m!.DeepClone())]));
                continue;
            }

            foreach (var (field, passage) in new[] { ("prompt", row.Prompt), ("chosen", row.Answer), ("rejected", row.Rejected), ("completion", row.Answer), ("messages", row.Answer), ("text", row.Answer) })
                if (want![field] is { } value && passage is not null) Same(Plain(value), passage);
            if (want!["label"] is { } label) Assert.Equal(label.ToJsonString() is "true" or "1" or "\"True\"", row.Desirable);
        }
    }

    // Keys that a message lacks are absent here; the reference fills them with null.
    private static JsonNode Plain(JsonNode node) => node switch
    {
        JsonArray a => new JsonArray([.. a.Select(i => i is null ? null : Plain(i))]),
        JsonObject o => new JsonObject(o.Where(f => f.Value is not null).Select(f => KeyValuePair.Create<string, JsonNode?>(f.Key, Plain(f.Value!)))),
        _ => node.DeepClone(),
    };

    private static (List<Example> Rows, List<Met> Met, RowReport Report) Read(string path, ExampleKind? kind)
    {
        List<Example> rows = [];
        List<Met> met = [];
        var reading = DataFile.Read(path, kind, BadRow.Skip);
        try
        {
            rows.AddRange(reading);
        }
        catch (DataException e)
        {
            met.Add(new(e.Problem, e.Line, e.Column, e.Field));
        }

        met.AddRange(reading.Report.Errors.Select(e => new Met(e.Problem, e.Line, e.Column, e.Field)));
        met.AddRange(reading.Report.Warnings.SelectMany(w => w.First.Select(p => new Met(w.Problem, p.Line, p.Column, w.Field))));
        return (rows, met, reading.Report);
    }

    private static ExampleKind? Asked(JsonNode c) => (string)c["type"]! switch
    {
        "preference" or "preference-implicit" => ExampleKind.Pair,
        "unpaired" => ExampleKind.Judgement,
        "prompt-completion" => ExampleKind.Demonstration,
        "language-modeling" => ExampleKind.Text,
        "prompt-only" => ExampleKind.Prompt,
        _ => null,
    };

    private static bool Meets(JsonNode problem, Met met) =>
        (Words.GetValueOrDefault((string)problem["problem"]!) ?? (string)problem["problem"]!).Split('|').Any(w => met.Problem == w || met.Problem.Contains(w, StringComparison.Ordinal))
        && (problem["line"] is null || met.Line == (long)problem["line"]!)
        && (problem["field"] is null || met.Field is null || met.Field == (string)problem["field"]!);

    private sealed record Met(string Problem, long? Line, int? Column, string? Field);
}
