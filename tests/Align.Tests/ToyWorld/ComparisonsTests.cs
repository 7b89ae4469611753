using System.Security.Cryptography;
using Align.Evaluation;

namespace Align.Tests.ToyWorld;

/// <summary>The grid of data/comparisons, which 7-comparing-methods runs and draws.</summary>
public sealed class ComparisonsTests
{
    private static readonly string Data = Path.Combine(Golden.Root, "data");

    [Fact]
    public void The_readme_tells_every_file_and_no_cell_is_missing()
    {
        var readme = File.ReadAllLines(Path.Combine(Data, "README.md"));
        var files = Directory.GetFiles(Path.Combine(Data, "comparisons")).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["clean.jsonl", "flipped.jsonl", "long-winded.jsonl", "two-topics.jsonl"], files.Select(Path.GetFileName));
        Assert.All(files, file =>
        {
            var table = ComparisonTable.Load(file);
            var row = Assert.Single(readme, l => l.StartsWith($"| comparisons/{Path.GetFileName(file)} | {table.Rows.Count} |", StringComparison.Ordinal));
            Assert.EndsWith($"| `{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}` |", row, StringComparison.Ordinal);
            Assert.All(table.Methods, m => Assert.Equal([1UL, 2, 3], table.Rows.Where(r => r.Method == m).Select(r => r.Seed)));
            Assert.Empty(table.Failures);
        });
    }
}
