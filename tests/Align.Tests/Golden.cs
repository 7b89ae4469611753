using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Align.Tests;

/// <summary>What became of one golden row.</summary>
internal abstract record Outcome
{
    /// <summary>Our number is the reference's.</summary>
    public static Outcome Passed { get; } = new PassedRow();

    /// <summary>A golden README says that the reference is wrong here; our own value was asserted instead.</summary>
    public static Outcome KnownDifference(string reason) => new KnownRow(reason);

    /// <summary>The row concerns something this library does not have.</summary>
    public static Outcome NotInThisLibrary(string what) => new AbsentRow(what);

    internal sealed record PassedRow : Outcome;

    internal sealed record KnownRow(string Reason) : Outcome;

    internal sealed record AbsentRow(string What) : Outcome;
}

/// <summary>The one door to the golden files, and the book-keeping of which rows hold.</summary>
internal static class Golden
{
    private static readonly string? OtherFolder = Environment.GetEnvironmentVariable("ALIGN_GOLDEN");
    private static readonly ConcurrentDictionary<string, string> Lines = new(StringComparer.Ordinal);
    private static readonly Lock Writing = new();

    /// <summary>The repository's root: the folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The full path of a golden file or folder, such as <c>offline/dpo.json</c>.</summary>
    public static string PathOf(string relative) => Path.Combine(OtherFolder ?? Path.Combine(Root, "tests", "Golden"), relative);

    /// <summary>Checks that data/README.md has one row for a file of data/, with its number of rows and its sha256.</summary>
    /// <param name="relative">Such as <c>preferences.jsonl</c>.</param>
    /// <param name="rows">How many rows it has.</param>
    public static void IsInTheReadme(string relative, int rows)
    {
        var row = Assert.Single(File.ReadLines(Path.Combine(Root, "data", "README.md")), l => l.StartsWith($"| {relative} | {rows} |", StringComparison.Ordinal));
        Assert.EndsWith($"| `{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Root, "data", relative))))}` |", row, StringComparison.Ordinal);
    }

    /// <summary>A golden JSON file. Numbers that JSON lacks are strings there: read them with <see cref="Number"/>.</summary>
    public static JsonNode Json(string relative) => JsonNode.Parse(File.ReadAllText(PathOf(relative)))!;

    /// <summary>A number, or one of the strings "NaN", "Infinity", "-Infinity".</summary>
    public static double Number(JsonNode? node) => node!.GetValueKind() == JsonValueKind.String
        ? node.GetValue<string>() switch { "NaN" => double.NaN, "Infinity" => double.PositiveInfinity, _ => double.NegativeInfinity }
        : node.GetValue<double>();

    /// <summary>Checks every row, fails once with all the rows that do not hold, and records the file's line of the coverage table.</summary>
    /// <param name="file">The golden file, with <c>#part</c> after it where several tests share one.</param>
    /// <param name="rows">The rows, each with the name to call it by.</param>
    /// <param name="check">Throws where the row does not hold.</param>
    public static void Rows<T>(string file, IEnumerable<(string Name, T Row)> rows, Func<T, Outcome> check)
    {
        var failures = new StringBuilder();
        int count = 0, passed = 0, failed = 0;
        var known = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var absent = new SortedDictionary<string, int>(StringComparer.Ordinal);

        foreach (var (name, row) in rows)
        {
            count++;
            try
            {
                switch (check(row))
                {
                    case Outcome.PassedRow: passed++; break;
                    case Outcome.KnownRow k: known[k.Reason] = known.GetValueOrDefault(k.Reason) + 1; break;
                    case Outcome.AbsentRow a: absent[a.What] = absent.GetValueOrDefault(a.What) + 1; break;
                }
            }
            catch (Exception e)
            {
                if (failed++ < 20) failures.AppendLine($"{name}: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
            }
        }

        Record(file, $"| {file} | {count} | {passed} | {Cell(known)} | {Cell(absent)} |");
        Assert.True(failed == 0, $"{failed} of {count} rows of {file} do not hold:\n{failures}");
        Assert.True(count > 0, $"{file} has no rows.");
        CompareWithCommitted(file);
    }

    private static string Cell(SortedDictionary<string, int> counts) =>
        counts.Count == 0 ? "0" : string.Join("; ", counts.Select(c => $"{c.Value} ({c.Key})"));

    private static void Record(string file, string line)
    {
        Lines[file] = line;
        lock (Writing)
        {
            var path = Path.Combine(Root, "artifacts", "golden-coverage.md");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, Header + string.Concat(Lines.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => l.Value + "\n")));
        }
    }

    private const string Header = "| file | rows | passed | known difference | not in this library |\n|---|---|---|---|---|\n";

    private static void CompareWithCommitted(string file)
    {
        if (OtherFolder is not null) return;
        var path = Path.Combine(Root, "tests", "Golden", "coverage.md");
        lock (Writing)
        {
            var committed = File.ReadAllLines(path);
            if (committed.Where(l => l.StartsWith($"| {file} |", StringComparison.Ordinal)).SequenceEqual([Lines[file]])) return;
            if (Environment.GetEnvironmentVariable("ALIGN_ACCEPT_COVERAGE") == "1")
            {
                var table = committed.Where(l => !l.StartsWith($"| {file} |", StringComparison.Ordinal)).Append(Lines[file]).ToArray();
                var head = Array.IndexOf(table, "|---|---|---|---|---|") + 1;
                File.WriteAllLines(path, [.. table[..head], .. table[head..].Order(StringComparer.Ordinal)]);
                return;
            }
        }

        Assert.Fail($"tests/Golden/coverage.md does not say this about {file}:\n{Lines[file]}\nIf it is what you mean, run the tests once with ALIGN_ACCEPT_COVERAGE=1.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Align.Notebooks.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException("The tests run inside the repository.");
    }
}
