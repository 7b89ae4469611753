using System.Globalization;
using System.Text.Json.Nodes;
using Align.Runtime;
using Align.Text;

namespace Align.Training;

/// <summary>A resumable source of batches. On-policy methods are sources that sample from the current policy; the loop does not know.</summary>
public interface IBatchSource<out TBatch>
    where TBatch : IBatch
{
    /// <summary>The next batch; null when there is none.</summary>
    TBatch? Next();

    /// <summary>Where the source stands.</summary>
    JsonNode Save();

    /// <summary>Goes back to where <see cref="Save"/> was called.</summary>
    void Load(JsonNode state);
}

/// <summary>Walks over examples again and again, in the order of the data or shuffled anew in every pass.</summary>
/// <param name="examples">The data.</param>
/// <param name="batchSize">Examples per batch; the last batch of a pass may be smaller.</param>
/// <param name="batch">Makes a batch of examples and their places in the data.</param>
/// <param name="shuffle">The generator that shuffles; null keeps the order.</param>
/// <param name="passes">How often the data is gone over; null for without end.</param>
/// <param name="length">The tokens of an example: with it the examples of <see cref="Together"/> batches are sorted by length before they are dealt out, so that little is padding,
/// and where there is a generator those batches are shuffled. Null leaves the examples as they fall.</param>
public sealed class Examples<TExample, TBatch>(
    IReadOnlyList<TExample> examples,
    int batchSize,
    Func<IReadOnlyList<TExample>, IReadOnlyList<int>, TBatch> batch,
    Rng? shuffle = null,
    int? passes = null,
    Func<TExample, int>? length = null) : IBatchSource<TBatch>
    where TBatch : class, IBatch
{
    /// <summary>The batches among which examples are sorted by length.</summary>
    public const int Together = 8;

    private int[] _order = [];
    private int _pass = -1;
    private int _at;
    private Rng? _rng = shuffle;
    private string? _beforePass;

    /// <inheritdoc/>
    public TBatch? Next()
    {
        if (examples.Count == 0) return null;
        if (_at >= _order.Length)
        {
            if (_pass + 1 >= passes) return null;
            BeginPass(_pass + 1);
        }

        var places = _order.AsSpan(_at, Math.Min(batchSize, _order.Length - _at)).ToArray();
        _at += places.Length;
        return batch([.. places.Select(p => examples[p])], places);
    }

    /// <inheritdoc/>
    public JsonNode Save() => new JsonObject { ["pass"] = _pass, ["at"] = _at, ["rng"] = _pass < 0 ? _rng?.Save() : _beforePass, ["examples"] = examples.Count, ["batchSize"] = batchSize, ["shuffled"] = _rng is not null, ["byLength"] = length is not null };

    /// <inheritdoc/>
    public void Load(JsonNode state)
    {
        var count = (int)state["examples"]!;
        if (count != examples.Count)
            throw new RunStateException($"The run was saved over {count.ToString(CultureInfo.InvariantCulture)} examples and there are {examples.Count} now. Resume with the data it was started with.");
        if ((int)state["batchSize"]! != batchSize)
            throw new RunStateException($"The run was saved with batches of {(int)state["batchSize"]!} examples and has {batchSize} now. Resume with the same.");
        if ((bool)state["shuffled"]! != _rng is not null)
            throw new RunStateException($"The run was saved {((bool)state["shuffled"]! ? "with" : "without")} shuffling and is resumed {(_rng is null ? "without" : "with")} it. Resume as it was started.");
        if (((bool?)state["byLength"] ?? false) != length is not null)
            throw new RunStateException($"The run was saved with examples {(length is null ? "sorted by length" : "as they fall")} and is resumed with them {(length is null ? "as they fall" : "sorted by length")}. Resume as it was started.");
        if (_rng is not null) _rng = Rng.Load((string)state["rng"]!);
        if ((int)state["pass"]! < 0) (_pass, _at, _order) = (-1, 0, []);
        else BeginPass((int)state["pass"]!);
        _at = (int)state["at"]!;
    }

    /// <summary>A pass's order is made from the generator's state at its beginning, and so is made again from it.</summary>
    private void BeginPass(int pass)
    {
        (_pass, _at) = (pass, 0);
        _beforePass = _rng?.Save();
        _order = [.. Enumerable.Range(0, examples.Count)];
        _rng?.Shuffle<int>(_order);
        if (length is not null) _order = [.. _order.Chunk(Together * batchSize).SelectMany(some => ByLength(some, length))];
    }

    /// <summary>Sorts, and shuffles the full batches that come of it; a batch that is not full stays the last.</summary>
    private int[] ByLength(int[] some, Func<TExample, int> of)
    {
        var batches = some.OrderBy(p => of(examples[p])).Chunk(batchSize).ToArray();
        _rng?.Shuffle(batches.AsSpan(0, some.Length / batchSize));
        return [.. batches.SelectMany(b => b)];
    }
}

/// <summary>A run state that does not fit what it is loaded into, or is damaged.</summary>
public sealed class RunStateException(string message, Exception? inner = null) : AlignException(message, inner);
