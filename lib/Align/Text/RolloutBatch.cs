namespace Align.Text;

/// <summary>A batch of rollouts: row i is prompt and completion i, padded on the right, and the log-probabilities begin with the completion's first token.</summary>
/// <param name="Text">The rows.</param>
/// <param name="Rows">The rollouts.</param>
/// <param name="Metrics">What was measured when they were written, as sums and weights; with the first batch of a rollout alone.</param>
public sealed record RolloutBatch(Batch Text, IReadOnlyList<Rollout> Rows, IReadOnlyDictionary<string, (double Sum, double Weight)>? Metrics = null) : IBatch
{
    /// <inheritdoc/>
    public IReadOnlyList<int> Examples => [.. Rows.Select(r => r.Place)];

    /// <inheritdoc/>
    public int Tokens => Text.Tokens;

    /// <summary>The batch of these rollouts.</summary>
    public static RolloutBatch Of(IReadOnlyList<Rollout> rows, int padId, IReadOnlyDictionary<string, (double Sum, double Weight)>? metrics = null) =>
        new(Batching.Continued([.. rows.Select(r => (r.Prompt, r.Completion, r.Trained))], padId), rows, metrics);

    /// <summary>The flat places (row × columns + column) before each token and, where there is a step after it, at the last: what a value model reads.</summary>
    internal long[] StepPlaces() =>
    [
        .. Rows.SelectMany((r, row) => Enumerable.Range(0, r.Steps).Select(t => (long)row * Text.Columns + r.Prompt.Length - 1 + t)),
    ];

    /// <summary>For each number of <see cref="StepPlaces"/> its flat place in [B, <paramref name="width"/>].</summary>
    internal long[] StepSlots(int width) => [.. Rows.SelectMany((r, row) => Enumerable.Range(0, r.Steps).Select(t => (long)row * width + t))];
}
