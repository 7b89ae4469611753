using System.Text.Json.Nodes;
using Align.Models;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>The rollouts of a golden loss file: given logits, of which row t predicts token t of the completion.</summary>
internal sealed class GoldenRollouts
{
    private readonly Tensor _columns;

    /// <param name="tensors">The file's tensors.</param>
    /// <param name="input">The input, such as <c>A</c>.</param>
    /// <param name="lengths">The completions' lengths.</param>
    public GoldenRollouts(IReadOnlyDictionary<string, Tensor> tensors, string input, JsonNode lengths)
    {
        Logits = tensors[$"{input}/logits"].clone().requires_grad_(true);
        // One token of prompt stands before the completion, so the places of the batch are those of the logits with a column more.
        _columns = cat([Logits, Logits.new_zeros(Logits.shape[0], 1, Logits.shape[2])], 1);
        var (mask, advantages) = (tensors[$"{input}/completion_mask"], tensors[$"{input}/advantages"].Values());
        Rows = [.. lengths.Numbers().Select((n, row) => new Rollout(row, [1], [.. Row("completion_ids", row, n).Select(i => (int)i)], true)
        {
            Trained = mask.select(0, row).any().ToBoolean(),
            Old = Row("old_per_token_logps", row, n),
            Reference = Row("ref_per_token_logps", row, n),
            Advantages = [.. Enumerable.Repeat(advantages[row], (int)n)],
        })];

        double[] Row(string name, int row, double length) => tensors[$"{input}/{name}"].select(0, row).Values()[..(int)length];
    }

    /// <summary>The leaf that gradients are compared on.</summary>
    public Tensor Logits { get; }

    public IReadOnlyList<Rollout> Rows { get; }

    public IPolicy Policy => new LogitsPolicy(_columns);

    public RolloutBatch Batch(bool old = true) => RolloutBatch.Of([.. Rows.Select(r => old ? r : r with { Old = null })], padId: 0);
}
