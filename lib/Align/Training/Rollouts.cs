using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Align.Runtime;
using Align.Text;

namespace Align.Training;

/// <summary>What was written and judged at once, ready to be trained on.</summary>
/// <param name="Rows">The rollouts.</param>
/// <param name="Metrics">What was measured then, as sums and weights.</param>
/// <param name="KlCoefficient">The strength of the pull towards the reference that was used; a controller goes on from it.</param>
public sealed record Experience(IReadOnlyList<Rollout> Rows, IReadOnlyDictionary<string, (double Sum, double Weight)> Metrics, double KlCoefficient = 0);

/// <summary>Writes and judges one rollout with the current policy.</summary>
/// <param name="prompts">The prompts to answer.</param>
/// <param name="previous">The rollout before; null at the first.</param>
/// <param name="rng">Where the answers come from.</param>
public delegate Experience Collect(PromptBatch prompts, Experience? previous, Rng rng);

/// <summary>On-policy training as a source of batches: writes a rollout with the policy as it is now, goes over it in minibatches, and writes the next.</summary>
/// <remarks>
/// Its saved state holds the rollout with all that was computed for it, so that a run stopped in the middle goes on bitwise the same, although the weights
/// that wrote it are gone. Where a rollout fails, at a reward function say, the source stands as before it.
/// </remarks>
/// <param name="prompts">Where prompts come from: one batch of them makes one rollout.</param>
/// <param name="collect">The method's.</param>
/// <param name="padId">The id that fills shorter rows.</param>
/// <param name="rng">Writes answers and shuffles rows.</param>
/// <param name="epochs">How often a rollout is gone over, each time in a new order.</param>
/// <param name="minibatches">Batches per epoch.</param>
/// <param name="together">Neighbouring rows that stay together when rows are shuffled, such as the two answers of a pair.</param>
public sealed class Rollouts(IBatchSource<PromptBatch> prompts, Collect collect, int padId, Rng rng, int epochs = 1, int minibatches = 1, int together = 1) : IBatchSource<RolloutBatch>
{
    private static readonly JsonSerializerOptions Json = new() { IncludeFields = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly int _epochs = AtLeastOne(epochs), _minibatches = AtLeastOne(minibatches), _together = AtLeastOne(together);
    private Rng _rng = rng;
    private string? _saved; // of the experience, made once per rollout
    private int[] _order = [];
    private int _epochsLeft, _at;

    /// <summary>The rollout that batches are taken from now, for looking at; null before the first.</summary>
    public Experience? Current { get; private set; }

    /// <inheritdoc/>
    public RolloutBatch? Next()
    {
        var begins = _at >= _order.Length && _epochsLeft == 0;
        if (begins && !Collected()) return null;
        if (_at >= _order.Length) Shuffle();
        var groups = _order.Length / _together;
        var size = (groups + _minibatches - 1) / _minibatches * _together;
        var rows = _order.AsSpan(_at, Math.Min(size, _order.Length - _at)).ToArray();
        _at += rows.Length;
        return RolloutBatch.Of([.. rows.Select(r => Current!.Rows[r])], padId, begins ? Current!.Metrics : null);
    }

    /// <inheritdoc/>
    public JsonNode Save() => new JsonObject
    {
        ["prompts"] = prompts.Save(),
        ["rng"] = _rng.Save(),
        ["epochsLeft"] = _epochsLeft,
        ["at"] = _at,
        ["order"] = new JsonArray([.. _order.Select(i => (JsonNode)i)]),
        ["rollout"] = Current is null ? null : _saved ??= JsonSerializer.Serialize(Current, Json),
    };

    /// <inheritdoc/>
    public void Load(JsonNode state)
    {
        if (state is not JsonObject known || !known.ContainsKey("rollout"))
            throw new RunStateException("This is not the state of a source of rollouts. Resume with the method the run was started with.");
        prompts.Load(state["prompts"]!);
        _rng = Rng.Load((string)state["rng"]!);
        (_epochsLeft, _at) = ((int)state["epochsLeft"]!, (int)state["at"]!);
        _order = [.. state["order"]!.AsArray().Select(i => (int)i!)];
        _saved = (string?)state["rollout"];
        Current = _saved is null ? null : JsonSerializer.Deserialize<Experience>(_saved, Json);
    }

    private bool Collected()
    {
        var (before, promptsBefore) = (_rng.Save(), prompts.Save());
        try
        {
            if (prompts.Next() is not { } batch) return false;
            (Current, _saved) = (collect(batch, Current, _rng), null);
            (_order, _at, _epochsLeft) = ([], 0, _epochs);
            return true;
        }
        catch
        {
            _rng = Rng.Load(before);
            prompts.Load(promptsBefore);
            throw;
        }
    }

    private static int AtLeastOne(int count, [CallerArgumentExpression(nameof(count))] string name = "") =>
        count >= 1 ? count : throw new BatchException($"{name} is {count}; it has to be at least 1.");

    private void Shuffle()
    {
        if (Current!.Rows.Count % _together != 0) throw new BatchException($"A rollout of {Current.Rows.Count} rows cannot be taken {_together} at a time.");
        int[] groups = [.. Enumerable.Range(0, Current.Rows.Count / _together)];
        (_at, _epochsLeft) = (0, _epochsLeft - 1);
        _rng.Shuffle<int>(groups);
        _order = [.. groups.SelectMany(g => Enumerable.Range(g * _together, _together))];
    }
}
