using System.Text.RegularExpressions;

namespace Align.Tests;

/// <summary>The folders of lib/Align are the direction in which data flows: none uses a later one.</summary>
public sealed partial class FolderOrderTests
{
    private static readonly string[] Order =
        ["Runtime", "Tensors", "Data", "Text", "Models", "Rewards", "Annotation", "Training", "Methods", "Evaluation"];

    private static readonly HashSet<string> Types =
        [.. typeof(Align.Runtime.Natives).Assembly.GetTypes().Where(t => !t.IsNested).Select(t => $"{t.Namespace}.{t.Name.Split('`')[0]}")];

    [Fact]
    public void No_folder_uses_a_later_one()
    {
        var root = Path.Combine(Golden.Root, "lib", "Align");
        var files = Directory.GetFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(root, f).Replace('\\', '/'))
            .Where(f => !f.StartsWith("obj/", StringComparison.Ordinal) && !f.StartsWith("bin/", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(files);
        var violations = files.SelectMany(f => Violations(f, File.ReadAllText(Path.Combine(root, f)))).ToArray();
        Assert.True(violations.Length == 0, string.Join("\n", violations));
    }

    [Theory]
    [InlineData("Runtime/A.cs", "using Align.Training;\nnamespace Align.Runtime;", "uses Align.Training")]
    [InlineData("Data/A.cs", "using static Align.Methods.Dpo;\nnamespace Align.Data;", "uses Align.Methods")]
    [InlineData("Data/A.cs", "using T = Align.Text.ITokenizer;\nnamespace Align.Data;", "uses Align.Text")]
    [InlineData("Data/A.cs", "global using Align.Text;\nnamespace Align.Data;", "uses Align.Text")]
    [InlineData("Text/A.cs", "namespace Align.Text;\nclass A { global::Align.Models.B b; }", "uses Align.Models")]
    [InlineData("Data/A.cs", "namespace Align.Data;\nclass A { Text.ITokenizer b; }", "uses Align.Text")]
    [InlineData("Data/A.cs", "namespace Align.Text;", "namespace Align.Text")]
    [InlineData("Data/A.cs", "class A;", "no namespace")]
    [InlineData("Extra/A.cs", "namespace Align.Extra;", "no folder of the list")]
    [InlineData("A.cs", "namespace Align;", "no folder of the list")]
    public void A_violation_is_found(string file, string text, string found) =>
        Assert.Contains(found, Assert.Single(Violations(file, text)), StringComparison.Ordinal);

    [Theory]
    [InlineData("Text/A.cs", "using System.Text;\nusing Align.Data;\nusing static Align.Runtime.Natives;\nnamespace Align.Text;")]
    [InlineData("Data/A.cs", "namespace Align.Data;\n// Align.Methods is later\n/// <see cref=\"Align.Training.History\"/>\nclass A { int n = x.Text.Length; string s = Text.Trim(); }")]
    [InlineData("Text/Chat/A.cs", "namespace Align.Text.Chat;")]
    public void What_is_allowed_is_not_found(string file, string text) => Assert.Empty(Violations(file, text));

    private static IEnumerable<string> Violations(string file, string text)
    {
        var folder = file.Split('/')[0];
        var place = Array.IndexOf(Order, folder);
        if (place < 0)
        {
            yield return $"{file}: {folder} is no folder of the list {string.Join(", ", Order)}.";
            yield break;
        }

        var code = Comment().Replace(text, "");
        var own = Namespace().Match(code);
        if (!own.Success) yield return $"{file}: it has no namespace.";
        else if (own.Groups[1].Value != folder) yield return $"{file}: its namespace is {own.Value.Trim()}, not Align.{folder}.";

        // Align.Text, and Text.ITokenizer too: inside the namespace Align the first name may be left out.
        var used = Qualified().Matches(code).Select(m => m.Groups[1].Value)
            .Concat(Partial().Matches(code).Where(m => Types.Contains($"Align.{m.Value}")).Select(m => m.Groups[1].Value));
        foreach (var later in used.Distinct().Where(u => u != folder && Array.IndexOf(Order, u) > place))
            if (own.Groups[1].Value != later) yield return $"{file}: {folder} uses Align.{later}, which comes after it.";
    }

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s*namespace\s+Align\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\bAlign\.(\w+)")]
    private static partial Regex Qualified();

    [GeneratedRegex(@"(?<![\w.])(\w+)\.\w+")]
    private static partial Regex Partial();
}
