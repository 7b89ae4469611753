using System.Text.Json;
using System.Text.Json.Serialization;
using Align.Data;

namespace Align.Annotation;

/// <summary>One question and its answer, with everything that is needed to look at the annotator later.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Completions">The answers, as they were drawn.</param>
/// <param name="Order">Which of them was shown at each place.</param>
/// <param name="Best">The best of <paramref name="Completions"/>, whatever the order; null for a tie, a skipped question, or where there was nothing to choose from.</param>
/// <param name="Worst">The worst.</param>
/// <param name="Repeat">Whether the question had been asked before, to see how consistent the annotator is.</param>
public sealed record Choice(string Prompt, IReadOnlyList<string> Completions, IReadOnlyList<int> Order, int? Best = null, int? Worst = null, bool Repeat = false)
{
    private const int Shown = 60;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = new ReadableEncoder(),
    };

    /// <summary>Best and worst as a preference pair; null where nothing was chosen, and for a repeat, whose pair is there already.</summary>
    [JsonIgnore]
    public PreferencePair? Pair => !Repeat && Best is { } best && Worst is { } worst ? new(Prompt, Completions[best], Completions[worst]) : null;

    /// <summary>The place at which the best was shown, from 0; null where nothing was chosen.</summary>
    [JsonIgnore]
    public int? BestPlace => Best is { } best ? Order.ToList().IndexOf(best) : null;

    /// <summary>Choices out of JSON: an object, or an array of them.</summary>
    /// <exception cref="AnnotationException">The text is no choice.</exception>
    public static IReadOnlyList<Choice> Read(string json)
    {
        try
        {
            return json.AsSpan().TrimStart().StartsWith("[")
                ? [.. (JsonSerializer.Deserialize<Choice?[]>(json, Json) ?? []).Select(c => (c ?? throw new JsonException("A choice is null.")).Checked())]
                : [(JsonSerializer.Deserialize<Choice>(json, Json) ?? throw new JsonException("The choice is null.")).Checked()];
        }
        catch (JsonException e)
        {
            throw new AnnotationException($"This is no choice: {e.Message}", e);
        }
    }

    /// <summary>The choice as one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>What makes two questions the same: the prompt and the set of completions.</summary>
    [JsonIgnore]
    internal string Key => KeyOf(Prompt, Completions);

    internal static string KeyOf(string prompt, IEnumerable<string> completions) => $"{prompt}\n{string.Join("\n\u0001", completions.Order(StringComparer.Ordinal))}";

    /// <summary>Orders answers without regard to their merits, the same way wherever they were shown.</summary>
    internal static ulong Lot(string text) => text.Aggregate(14695981039346656037UL, (h, c) => (h ^ c) * 1099511628211UL);

    internal static string Short(string text) => text.Length <= Shown ? text : text[..Shown] + "…";

    /// <summary>Throws where the places do not belong together.</summary>
    internal Choice Checked() =>
        Prompt is not null && Completions is not null && Order is not null && Completions.All(c => c is not null) && Order.Order().SequenceEqual(Enumerable.Range(0, Completions.Count))
        && Best is null == Worst is null && (Best is null || (Best != Worst && Best >= 0 && Best < Completions.Count && Worst >= 0 && Worst < Completions.Count))
            ? this : throw new AnnotationException($"The question \"{Short(Prompt ?? "")}\" is broken: it needs completions, an order of all their places, and a best and a worst that are two of them, or neither.");
}
