namespace Align.Data;

/// <summary>What a field of a row holds.</summary>
internal enum FieldType
{
    Text,
    Number,

    /// <summary>Text, or any other JSON as a node; <see cref="JsonRow.Null"/> where it is null.</summary>
    Any,

    /// <summary>True or false here says that the row is a judgement, which no other record can stand for.</summary>
    NoJudgement,
}

/// <summary>A field that a record is made of.</summary>
internal sealed record RowField(string Name, FieldType Type, bool Required = true);

/// <summary>A kind of record: its fields, and the way from a row's values (in the order of the fields, null where absent) to the record and back.</summary>
/// <remarks>A source of rows knows the fields, never the record: JSON lines today, other formats tomorrow.</remarks>
internal sealed record RowShape<T>(
    string Plural,
    IReadOnlyList<RowField> Fields,
    Func<object?[], T> Build,
    Func<T, object?[]> Values,
    Action<T, RowLints> Inspect);

/// <summary>The kinds of records that files hold.</summary>
internal static class RowShapes
{
    public static RowShape<PreferencePair> Pairs { get; } = new(
        "preference pairs",
        [
            new("prompt", FieldType.Text),
            new("chosen", FieldType.Text),
            new("rejected", FieldType.Text),
            new("margin", FieldType.Number, Required: false),
        ],
        v => new PreferencePair((string)v[0]!, (string)v[1]!, (string)v[2]!, (double?)v[3]),
        p => [p.Prompt, p.Chosen, p.Rejected, p.Margin],
        static (pair, lints) =>
        {
            lints.Text("prompt", pair.Prompt);
            lints.Text("chosen", pair.Chosen);
            lints.Text("rejected", pair.Rejected);
            lints.Answers(pair.Prompt, pair.Chosen, pair.Rejected);
            lints.Repeats(pair.Prompt, pair.Chosen, pair.Rejected);
        });

    public static RowShape<Demonstration> Demonstrations { get; } = new(
        "demonstrations",
        [
            new("prompt", FieldType.Text),
            new("completion", FieldType.Text),
            new("label", FieldType.NoJudgement, Required: false),
        ],
        v => new Demonstration((string)v[0]!, (string)v[1]!),
        d => [d.Prompt, d.Completion, null],
        static (demonstration, lints) =>
        {
            lints.Text("prompt", demonstration.Prompt);
            lints.Text("completion", demonstration.Completion);
            lints.Answers(demonstration.Prompt, demonstration.Completion);
            lints.Repeats(demonstration.Prompt, demonstration.Completion);
        });
}
