namespace Align.Tests;

/// <summary>The public API changes only on purpose: it is committed in tests/Align.Tests/PublicApi.txt.</summary>
public sealed class PublicApiTests
{
    private const string Accept = "ALIGN_ACCEPT_API";

    [Fact]
    public void The_public_API_is_the_one_that_was_committed()
    {
        var file = Path.Combine(Golden.Root, "tests", "Align.Tests", "PublicApi.txt");
        string[] now = [.. PublicApi.Lines(typeof(Align.Runtime.Natives).Assembly), .. PublicApi.Lines(typeof(Align.Interactive.Kit).Assembly)];
        if (Environment.GetEnvironmentVariable(Accept) == "1") File.WriteAllText(file, string.Concat(now.Select(l => l + "\n")));
        var committed = File.ReadAllLines(file);
        var difference = committed.Except(now).Select(l => "- " + l).Concat(now.Except(committed).Select(l => "+ " + l)).ToArray();
        Assert.True(
            difference.Length == 0,
            $"The public API is not the committed one:\n{string.Join("\n", difference)}\nIf you mean it, run the tests once with {Accept}=1 and commit tests/Align.Tests/PublicApi.txt.");
        Assert.Equal(committed, now);
    }

    [Fact]
    public void A_type_is_listed_with_what_a_caller_can_write()
    {
        var lines = PublicApi.Lines(typeof(PublicApiTests).Assembly).Where(l => l.StartsWith("Align.Tests.Listed", StringComparison.Ordinal));
        Assert.Equal(
            [
                "Align.Tests.Listed : sealed class",
                "Align.Tests.Listed.First : int { get; init; }",
                "Align.Tests.Listed.Map<T>(IReadOnlyDictionary<string, T[]> from, double? by = default, string? name = default) : Align.Tests.Listed?",
                "Align.Tests.Listed.Second : string { get; init; }",
                "Align.Tests.Listed.const Limit : int = 3",
                "Align.Tests.Listed.new(int First, string Second = \"a\")",
                "Align.Tests.Listed.static Try(string text, out bool good) : bool",
            ],
            lines);
    }
}

/// <summary>A type whose listing is known.</summary>
public sealed record Listed(int First, string Second = "a")
{
    public const int Limit = 3;

    public static bool Try(string text, out bool good) => good = text.Length > 0;

    public Listed? Map<T>(IReadOnlyDictionary<string, T[]> from, double? by = null, string? name = null) => by > from.Count ? this : name is null ? null : this;

    internal int Hidden => First;
}
