namespace Align.Rewards;

/// <summary>How the truth of an answer is judged.</summary>
public enum TruthRule
{
    /// <summary>The accepted name, word or emoji is there and no wrong one is.</summary>
    One,

    /// <summary>The last number is the right one.</summary>
    Number,

    /// <summary>The parts are there, in their order.</summary>
    Parts,

    /// <summary>The parts are there in their order, each once.</summary>
    Order,

    /// <summary>A verse: a sentence with a word of the theme, whose lines rhyme.</summary>
    Verse,
}

/// <summary>A prompt of the toy world and what the gold reward knows about it.</summary>
public sealed record GoldPrompt
{
    /// <summary>What the person says.</summary>
    public required string Prompt { get; init; }

    /// <summary>What it is about, such as <c>pets</c>.</summary>
    public required string Topic { get; init; }

    /// <summary>How truth is judged.</summary>
    public required TruthRule Truth { get; init; }

    /// <summary>One: the strings that are right. Number: the number. Parts, Order: the parts, in order (a final * stands for any ending). Verse: the theme's words.</summary>
    public required IReadOnlyList<string> Accepted { get; init; }

    /// <summary>Strings that an answer must not hold.</summary>
    public IReadOnlyList<string> Wrong { get; init; } = [];

    /// <summary>Verse: the words that rhyme with one another, at the ends of lines.</summary>
    public IReadOnlyList<string> Rhymes { get; init; } = [];

    /// <summary>The fewest words of an answer that is not too short.</summary>
    public required int Least { get; init; }

    /// <summary>The most words of an answer that is not too long.</summary>
    public required int Most { get; init; }

    /// <summary>Words of good answers that are in neither the prompt nor <see cref="Accepted"/>: a sentence with one is about the matter.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];
}
