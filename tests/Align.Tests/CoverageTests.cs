namespace Align.Tests;

public sealed class CoverageTests
{
    [Fact]
    public void The_committed_table_has_one_sorted_row_for_each_part_and_each_part_has_its_golden_file()
    {
        var lines = File.ReadAllLines(Path.Combine(Golden.Root, "tests", "Golden", "coverage.md"));
        var rows = lines.SkipWhile(l => l != "|---|---|---|---|---|").Skip(1).ToArray();
        string[] keys = [.. rows.Select(r => r.Split(" | ")[0][2..])];
        Assert.Equal(keys.Distinct(), keys);
        Assert.Equal(rows.Order(StringComparer.Ordinal), rows);
        Assert.All(keys, k => Assert.True(Path.Exists(Path.Combine(Golden.Root, "tests", "Golden", k.Split('#')[0])), $"{k} has no golden file"));
    }
}
