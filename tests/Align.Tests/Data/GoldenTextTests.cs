using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Align.Data;

namespace Align.Tests.Data;

/// <summary>The golden text files: those of the two kinds that this library reads are asserted, the others only have to be refused like bad data.</summary>
public sealed class GoldenTextTests
{
    /// <summary>The golden words for a problem, and ours.</summary>
    private static readonly Dictionary<string, string> Words = new()
    {
        ["invalid JSON"] = "invalid JSON|text after the object",
        ["expected an object"] = "text, expected an object|number, expected an object|null, expected an object|list, expected an object",
        ["NaN is not JSON"] = "invalid JSON",
        ["raw control character"] = "invalid JSON",
        ["number, expected string or messages"] = "number, expected text",
        ["messages, line 1 has text"] = "list, expected text",
        ["prompt is text, chosen is messages"] = "list, expected text",
        ["missing in all rows"] = "missing in all rows|missing",
        ["prompt of line 1 again"] = "prompt again",
        ["duplicate of line 1"] = "duplicate row",
        ["contradicts line 1"] = "contradicts an earlier row",
        ["prompt repeated"] = "prompt repeated at the start of the answer",
        ["UTF-16"] = "UTF-16 text",
        ["HTML"] = "a web page (HTML) or XML, not data",
        ["git LFS pointer"] = "a git LFS pointer, not the file itself",
    };

    [Fact]
    public void Valid_files_give_the_expected_records() => Check("files/text/valid/cases.json");

    [Fact]
    public void Hostile_files_are_refused_or_reported_where_the_golden_list_says() => Check("files/text/hostile/cases.json");

    private static void Check(string list) =>
        Golden.Rows(list, Golden.Json(list).AsArray().Select(c => ((string)c!["file"]!, new Case(c))), CheckCase);

    private static Outcome CheckCase(Case c)
    {
        var outcome = Outcome.Passed;
        c.InFile(path =>
        {
            if (c.Absent(path) is { } reason) outcome = Untaken(path, reason);
            else if (c.Kind == "preference") CheckKind(c, path, Jsonl.ReadPairs, PairOf);
            else CheckKind(c, path, Jsonl.ReadDemonstrations, DemonstrationOf);
        });
        return outcome;
    }

    private static void CheckKind<T>(Case c, string path, Func<string, BadRow, int, Rows<T>> read, Func<JsonNode, T> expected)
    {
        var skipping = read(path, BadRow.Skip, Jsonl.DefaultMaxLineBytes);
        var (records, met) = Read(skipping);
        foreach (var problem in c.Problems) Assert.True(met.Any(problem.IsMetBy), $"{problem} was not met; met were:\n{string.Join('\n', met)}");

        var stopping = read(path, BadRow.Stop, Jsonl.DefaultMaxLineBytes);
        if (c.Accepted)
        {
            Assert.Equal(records, stopping.ToList());
            Assert.Equal(0, skipping.Report.Skipped);
            if (c.Expected is { } rows) Assert.Equal(rows.Select(r => expected(r!)), records);
            if (c.Problems.Count == 0) Assert.Empty(skipping.Report.Warnings);
            if (c.Text is { } text) Assert.Equal(text, ((PreferencePair)(object)Assert.Single(records)!).Chosen);
        }
        else
        {
            var refusal = Assert.Throws<DataException>(() => stopping.ToList());
            Assert.InRange(refusal.Message.Length, path.Length + 20, path.Length + 600);
            Assert.Equal(path, refusal.File);
            Assert.Contains(c.Problems, p => p.IsMetBy(new(refusal.Problem, refusal.Line, refusal.Column, refusal.Field)));
        }
    }

    /// <summary>A file of a kind that later parts bring: neither reader may fail but by a data error.</summary>
    private static Outcome Untaken(string path, string reason)
    {
        foreach (var policy in new[] { BadRow.Stop, BadRow.Skip })
        {
            Read(Jsonl.ReadPairs(path, policy));
            Read(Jsonl.ReadDemonstrations(path, policy));
        }

        return Outcome.NotInThisLibrary($"{reason}: read by DataFile, see #every kind");
    }

    private static (List<T> Records, List<Met> Met) Read<T>(Rows<T> rows)
    {
        List<T> records = [];
        List<Met> met = [];
        try
        {
            records.AddRange(rows);
        }
        catch (DataException e)
        {
            met.Add(new(e.Problem, e.Line, e.Column, e.Field));
        }

        met.AddRange(rows.Report.Errors.Select(e => new Met(e.Problem, e.Line, e.Column, e.Field)));
        met.AddRange(rows.Report.Warnings.SelectMany(w => w.First.Select(p => new Met(w.Problem, p.Line, p.Column, w.Field))));
        return (records, met);
    }

    private static PreferencePair PairOf(JsonNode row) =>
        new((string)row["prompt"]!, (string)row["chosen"]!, (string)row["rejected"]!, (double?)row["margin"]);

    private static Demonstration DemonstrationOf(JsonNode row) => new((string)row["prompt"]!, (string)row["completion"]!);

    private sealed record Met(string Problem, long? Line, int? Column, string? Field);

    private sealed record Expectation(string Problem, long? Line, int? Column, string? Field)
    {
        public bool IsMetBy(Met met) =>
            (Words.GetValueOrDefault(Problem) ?? Problem).Split('|').Contains(met.Problem)
            && (Line is null || met.Line == Line)
            && (Column is null || met.Column == Column)
            && (Field is null || met.Field == Field);
    }

    private sealed class Case(JsonNode node)
    {
        public string Kind => (string)node["type"]!;

        public bool Accepted => (string)node["expect"]! is "accept" or "warn";

        public IReadOnlyList<Expectation> Problems { get; } =
            [.. (node["problems"]?.AsArray() ?? []).Select(p => new Expectation((string)p!["problem"]!, (long?)p["line"], (int?)p["column"], (string?)p["field"]))];

        /// <summary>What a recipe's answer is.</summary>
        public string? Text => node["recipe"] is { } recipe ? new StringBuilder().Insert(0, (string)recipe["repeat"]!, (int)recipe["times"]!).ToString() : null;

        public JsonArray? Expected
        {
            get
            {
                var path = Golden.PathOf($"files/{(string)node["file"]!}.expected.json");
                return File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!["rows"]!.AsArray() : null;
            }
        }

        public void InFile(Action<string> use)
        {
            if (node["recipe"] is not { } recipe)
            {
                use(Golden.PathOf($"files/{(string)node["file"]!}"));
                return;
            }

            Sheet.InFolder(path =>
            {
                File.WriteAllText(path, (string)recipe["prefix"]! + Text + (string)recipe["suffix"]!);
                use(path);
            });
        }

        /// <summary>Why the file is not for the readers of this part; null when it is.</summary>
        public string? Absent(string path) => (Path.GetExtension(path), Kind) switch
        {
            (".csv", _) => "CSV",
            (".json", _) => "JSON in one piece",
            (".gz", _) => "gzip",
            (_, "unpaired") => "judgements (KTO)",
            (_, "preference-implicit") => "implicit prompts",
            (_, "prompt-only") => "prompts alone",
            (_, "language-modeling") => "conversations and plain texts",
            _ when PromptIsChat(path) => "chat messages",
            _ => null,
        };

        private static bool PromptIsChat(string path)
        {
            try
            {
                return JsonNode.Parse(File.ReadLines(path).First())!["prompt"] is JsonArray;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
            {
                return false;
            }
        }
    }
}
