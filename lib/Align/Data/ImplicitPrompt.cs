using System.Text.Json.Nodes;

namespace Align.Data;

/// <summary>Takes a pair's prompt out of what both answers begin with.</summary>
internal static class ImplicitPrompt
{
    private const string Human = "\n\nHuman:", Assistant = "\n\nAssistant:";

    public static (Passage Prompt, Passage Chosen, Passage Rejected) Take(RowPosition at, Passage chosen, Passage rejected)
    {
        if (chosen.Messages is { } c && rejected.Messages is { } r) return Messages(at, c, r);
        var (x, y) = (chosen.Text!, rejected.Text!);
        if (x.StartsWith(Human, StringComparison.Ordinal) || y.StartsWith(Human, StringComparison.Ordinal)) return Dialogue(at, x, y);
        if (x.Length == 0 || y.Length == 0) throw at.Error("empty", "No prompt can be taken out of an empty answer.", field: x.Length == 0 ? "chosen" : "rejected");
        var shared = Shared(x, y);
        return (new(x[..shared]), new(x[shared..]), new(y[shared..]));
    }

    /// <summary>How many UTF-16 units two texts begin with, whole characters alone; a space at the end belongs to the answers, and so does the last character where one text begins with the other.</summary>
    public static int Shared(string x, string y)
    {
        var shared = x.AsSpan().CommonPrefixLength(y);
        if (shared > 0 && char.IsHighSurrogate(x[shared - 1])) shared--;
        if (shared > 0 && (shared == x.Length || shared == y.Length)) return shared - (char.IsLowSurrogate(x[shared - 1]) ? 2 : 1);
        return shared > 0 && x[shared - 1] == ' ' ? shared - 1 : shared;
    }

    // Anthropic's dialogues: the answers are what the assistant says last.
    private static (Passage Prompt, Passage Chosen, Passage Rejected) Dialogue(RowPosition at, string x, string y)
    {
        var (cutX, cutY) = (Cut(x, "chosen"), Cut(y, "rejected"));
        if (x[..cutX] != y[..cutY]) throw at.Error("prompts differ", "The two dialogues are not the same up to their last answer, so they are no pair of answers to one prompt.");
        return (new(x[..cutX]), new(x[cutX..]), new(y[cutY..]));

        int Cut(string text, string field) => text.LastIndexOf(Assistant, StringComparison.Ordinal) is >= 0 and var cut
            ? cut + Assistant.Length
            : throw at.Error("no assistant turn", $"The dialogue has no '{Assistant.Trim()}' after which the answer would begin.", field: field);
    }

    private static (Passage Prompt, Passage Chosen, Passage Rejected) Messages(RowPosition at, JsonArray x, JsonArray y)
    {
        var shared = 0;
        while (shared < x.Count && shared < y.Count && JsonNode.DeepEquals(x[shared], y[shared])) shared++;
        if (shared > 0 && (shared == x.Count || shared == y.Count)) shared--;
        if (shared == 0) throw at.Error("prompts differ", "The two conversations do not share their first message, so they are no pair of answers to one prompt.");
        return (new(Part(x, 0, shared)), new(Part(x, shared, x.Count)), new(Part(y, shared, y.Count)));
    }

    private static JsonArray Part(JsonArray messages, int from, int to) => [.. messages.Skip(from).Take(to - from).Select(m => m!.DeepClone())];
}
