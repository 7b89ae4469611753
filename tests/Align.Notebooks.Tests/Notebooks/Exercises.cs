using System.Text.RegularExpressions;
using Align.Tool.Notebooks;

namespace Align.Notebooks.Tests.Notebooks;

/// <summary>A notebook's exercises: a stub that throws, its check in the same cell or the next, and a solution folded into the prose after them.</summary>
internal static partial class Exercises
{
    private const string Stub = "throw Check.NotSolved", Call = "Check.Exercise(";

    /// <summary>Puts every solution in the place of its stub. Returns how many there are.</summary>
    public static int Solve(NotebookFile notebook)
    {
        var solutions = notebook.Cells.Where(cell => cell.IsMarkdown).SelectMany(cell => Solution().Matches(cell.Source)).Select(match => match.Groups[1].Value).ToList();
        var stubs = notebook.CodeCells.Where(cell => cell.Source.Contains(Stub, StringComparison.Ordinal)).ToList();
        Assert.Equal(stubs.Count, solutions.Count);
        foreach (var (stub, solution) in stubs.Zip(solutions))
        {
            Assert.Equal(stub.Source.Split('(')[0], solution.Split('(')[0]);
            stub.Source = solution + stub.Source[(stub.Source.IndexOf(Stub, StringComparison.Ordinal) + Stub.Length + 1)..];
        }

        return stubs.Count;
    }

    /// <summary>What the checks say, from the cells' outputs.</summary>
    public static IReadOnlyList<string> Verdicts(NotebookFile notebook) =>
        [.. notebook.CodeCells.Where(cell => cell.Source.Contains(Call, StringComparison.Ordinal)).Select(cell => cell.Outputs.ToJsonString(NotebookJson.Compact))];

    [GeneratedRegex(@"<details><summary>Solution[^<]*</summary>\s*```csharp\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Solution();
}
