using Align.Rewards;

namespace Align.ToyWorld;

/// <summary>A prompt with everything that is known about it: the facts for the gold reward, and right and wrong answers for writers.</summary>
internal sealed record Draft
{
    public required string Topic { get; init; }

    /// <summary>What is told before the question; empty where nothing is.</summary>
    public string Setup { get; init; } = "";

    public required string Ask { get; init; }

    /// <summary>Right answers in several wordings.</summary>
    public required IReadOnlyList<string> Good { get; init; }

    /// <summary>Wrong answers in the same wordings.</summary>
    public required IReadOnlyList<string> Bad { get; init; }

    /// <summary>Further sentences about the matter.</summary>
    public required IReadOnlyList<string> Extras { get; init; }

    public TruthRule Truth { get; init; } = TruthRule.One;

    public required IReadOnlyList<string> Accepted { get; init; }

    public IReadOnlyList<string> Wrong { get; init; } = [];

    public IReadOnlyList<string> Rhymes { get; init; } = [];

    public int Least { get; init; } = 4;

    public int Most { get; init; } = 18;

    public bool Chinese { get; init; }

    public string Text => Setup.Length == 0 ? Ask : Chinese ? Setup + Ask : $"{Setup} {Ask}";

    /// <summary>What the gold reward is told.</summary>
    public GoldPrompt Facts()
    {
        var known = GoldWords.Content(Text).Concat(Accepted.SelectMany(GoldWords.Content)).ToHashSet(StringComparer.Ordinal);
        return new GoldPrompt
        {
            Prompt = Text,
            Topic = Topic,
            Truth = Truth,
            Accepted = Accepted,
            Wrong = Wrong,
            Rhymes = Rhymes,
            Least = Least,
            Most = Most,
            Keywords = [.. Good.Concat(Extras).SelectMany(GoldWords.Content).Where(w => !known.Contains(w)).Distinct().Order(StringComparer.Ordinal)],
        };
    }
}
