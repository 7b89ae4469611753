using System.Globalization;
using System.Text;
using Align.Data;
using Align.Text;

namespace Align.Evaluation;

/// <summary>Lengths of one part of the rows, in tokens where a tokenizer was given and in characters where not.</summary>
/// <param name="Least">The shortest.</param>
/// <param name="Median">Half are shorter.</param>
/// <param name="P95">95 % are shorter.</param>
/// <param name="Most">The longest.</param>
/// <param name="All">Every one of them, sorted.</param>
public sealed record LengthSummary(int Least, int Median, int P95, int Most, IReadOnlyList<int> All)
{
    internal static LengthSummary Of(List<int> lengths)
    {
        lengths.Sort();
        return new(lengths[0], lengths[lengths.Count / 2], lengths[Math.Min(lengths.Count - 1, (int)(lengths.Count * 0.95))], lengths[^1], lengths);
    }
}

/// <summary>What there is to know about a data file before training on it.</summary>
public sealed record DataReport
{
    /// <summary>What the rows are for.</summary>
    public required ExampleKind Kind { get; init; }

    /// <summary>Whether they are conversations.</summary>
    public required bool IsConversational { get; init; }

    /// <summary>What the reading met: rows, rows skipped, warnings.</summary>
    public required RowReport Rows { get; init; }

    /// <summary>The unit of lengths: <c>tokens</c> or <c>characters</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>Lengths by part: prompt, chosen, rejected, completion, text.</summary>
    public required IReadOnlyDictionary<string, LengthSummary> Lengths { get; init; }

    /// <summary>Pairs whose two answers are the same.</summary>
    public int IdenticalPairs { get; init; }

    /// <summary>The share of all pairs' text that is prompt and could stand in the batch once instead of twice.</summary>
    public double? SharedPrefix { get; init; }

    /// <summary>How often the longer answer is the preferred one, of the pairs whose answers differ in length, with its interval: far from ½, a model learns length.</summary>
    public WinRate? LongerChosen { get; init; }

    /// <summary>Pair by pair, by how much the chosen answer is longer than the other.</summary>
    public IReadOnlyList<int> LengthGaps { get; init; } = [];

    /// <summary>The share of judgements that are desirable.</summary>
    public double? Desirable { get; init; }

    /// <summary>Texts longer than the window; of a pair each answer counts.</summary>
    public int? Truncated { get; init; }

    /// <summary>Rows of which nothing trained would be left.</summary>
    public int? Dropped { get; init; }

    /// <summary>Texts whose prompt's tokens are not the beginning of the whole.</summary>
    public int? PrefixDiffers { get; init; }

    /// <summary>What is wrong with begin and end tokens, and in how many rows.</summary>
    public IReadOnlyDictionary<string, int> TokenLints { get; init; } = new Dictionary<string, int>();

    /// <summary>Reads a file once, row by row, without keeping the rows.</summary>
    /// <param name="rows">The file.</param>
    /// <param name="tokenizer">Counts tokens instead of characters and knows the window; null for characters.</param>
    public static DataReport Of(DataRows rows, ExampleTokenizer? tokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var lengths = new OrderedDictionary<string, List<int>>();
        var lints = new Dictionary<string, int>();
        var gaps = new List<int>();
        (long prompts, long all) = (0, 0);
        (int identical, int desirable, int judged) = (0, 0, 0);
        var before = (Truncated: tokenizer?.Truncated ?? 0, Dropped: tokenizer?.Dropped ?? 0, PrefixDiffers: tokenizer?.PrefixDiffers ?? 0);
        Example? last = null;
        foreach (var row in rows)
        {
            last = row;
            var asked = Length(row.Prompt);
            if (row.Prompt is not null) Add("prompt", asked);
            if (row.Kind == ExampleKind.Pair)
            {
                var (chosen, rejected) = (Length(row.Answer), Length(row.Rejected));
                Add("chosen", chosen);
                Add("rejected", rejected);
                if (row.Answer.ToString() == row.Rejected!.ToString()) identical++;
                gaps.Add(chosen - rejected);
                (prompts, all) = (prompts + asked, all + 2L * asked + chosen + rejected);
            }
            else if (row.Kind != ExampleKind.Prompt)
            {
                Add(row.Kind == ExampleKind.Text ? "text" : "completion", Length(row.Answer));
                if (row.Kind == ExampleKind.Judgement) (judged, desirable) = (judged + 1, desirable + (row.Desirable ? 1 : 0));
            }

            if (tokenizer is not null)
                foreach (var lint in LintsOf(row, tokenizer)) lints[lint] = lints.GetValueOrDefault(lint) + 1;
        }

        var longer = new WinRate(gaps.Count(g => g > 0), 0, gaps.Count(g => g < 0));
        return new DataReport
        {
            Kind = last!.Kind,
            IsConversational = (last.Prompt ?? last.Answer).Messages is not null,
            Rows = rows.Report,
            Unit = tokenizer is null ? "characters" : "tokens",
            Lengths = lengths.ToDictionary(l => l.Key, l => LengthSummary.Of(l.Value)),
            IdenticalPairs = identical,
            SharedPrefix = all > 0 ? (double)prompts / all : null,
            LongerChosen = longer.Count > 0 ? longer : null,
            LengthGaps = gaps,
            Desirable = judged > 0 ? (double)desirable / judged : null,
            Truncated = tokenizer?.Truncated - before.Truncated,
            Dropped = tokenizer?.Dropped - before.Dropped,
            PrefixDiffers = tokenizer?.PrefixDiffers - before.PrefixDiffers,
            TokenLints = lints,
        };

        void Add(string part, int length)
        {
            if (!lengths.TryGetValue(part, out var list)) lengths[part] = list = [];
            list.Add(length);
        }

        int Length(Passage? passage) => passage is null ? 0 : tokenizer is null ? passage.ToString().EnumerateRunes().Count() : tokenizer.Count(passage);
    }

    /// <summary>The report in lines, for a terminal or a cell.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Line($"{Rows.File}: {Rows.Read} rows of the kind {Kind}, {(IsConversational ? "conversational" : "plain")}; {Rows.Skipped} skipped");
        foreach (var (part, l) in Lengths) Line($"  {part}: {l.Least} to {l.Most} {Unit}, median {l.Median}, 95 % below {l.P95}");
        if (Kind == ExampleKind.Pair) Line($"  identical pairs: {IdenticalPairs}");
        if (SharedPrefix is { } shared) Line($"  shared prompt: {shared:P0} of what is computed when both answers repeat it");
        if (LongerChosen is { } l0) Line($"  the longer answer is chosen in {l0.Rate:P0} of {l0.Count} pairs ({l0.Low:P0} to {l0.High:P0}, 95 %)");
        if (Desirable is { } d) Line($"  desirable: {d:P0}");
        if (Truncated is { } t) Line($"  cut at the window: {t} texts; prompt not the beginning of the whole: {PrefixDiffers}; rows with nothing left to train: {Dropped}");
        foreach (var (lint, count) in TokenLints) Line($"  tokens: {lint} in {count} rows");
        foreach (var skip in Rows.Skips) Line($"  skipped {skip}");
        foreach (var warning in Rows.Warnings) Line($"  warning {warning}");
        foreach (var note in Rows.Notes) Line($"  note {note}");
        if (Rows.IgnoredFields.Count > 0) Line($"  fields ignored: {string.Join(", ", Rows.IgnoredFields.Select(f => f.Key))}");
        return text.ToString().TrimEnd();

        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
    }

    private static IEnumerable<string> LintsOf(Example row, ExampleTokenizer tokenizer)
    {
        TokenizedText?[] texts = row.Kind switch
        {
            ExampleKind.Pair when tokenizer.Pair(row) is { } pair => [pair.Chosen, pair.Rejected],
            ExampleKind.Pair or ExampleKind.Prompt => [],
            _ => [tokenizer.Text(row)],
        };
        return texts.OfType<TokenizedText>().SelectMany(tokenizer.Lints).Distinct();
    }
}
