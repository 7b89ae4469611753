using Align.Evaluation;

namespace Align.Tests.ToyWorld;

/// <summary>The grid of data/comparisons, which 7-comparing-methods runs and draws.</summary>
public sealed class ComparisonsTests
{
    [Fact]
    public void The_readme_tells_every_file_and_no_cell_is_missing()
    {
        var files = Directory.GetFiles(Path.Combine(Golden.Root, "data", "comparisons")).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["clean.jsonl", "flipped.jsonl", "long-winded.jsonl", "two-topics.jsonl"], files.Select(Path.GetFileName));
        Assert.All(files, file =>
        {
            var table = ComparisonTable.Load(file);
            Golden.IsInTheReadme($"comparisons/{Path.GetFileName(file)}", table.Rows.Count);
            Assert.All(table.Methods, m => Assert.Equal([1UL, 2, 3], table.Rows.Where(r => r.Method == m).Select(r => r.Seed)));
            Assert.Empty(table.Failures);
        });
    }
}
