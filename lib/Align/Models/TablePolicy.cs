using Align.Runtime;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>A policy that is a table: every text of up to so many ids has its own row of logits. It can be any distribution, and all its completions can be counted.</summary>
public sealed class TablePolicy : IPolicy, ITrainable, IDisposable
{
    private const int MaxRows = 1 << 20;

    private readonly int _length;
    private readonly Tensor _logits; // [texts, V]

    /// <summary>A table of zeros: every token is as likely as every other.</summary>
    /// <param name="vocabularySize">V.</param>
    /// <param name="length">The most ids a text may have before its last one.</param>
    /// <param name="type">The type of the logits.</param>
    /// <exception cref="BatchException">The table would be larger than 2²⁰ rows.</exception>
    public TablePolicy(int vocabularySize, int length, ScalarType type = ScalarType.Float32)
    {
        var rows = 0L;
        for (var i = 0; i < length && rows <= MaxRows; i++) rows = vocabularySize * (rows + 1);
        if (vocabularySize < 2 || length < 1 || rows > MaxRows)
            throw new BatchException($"A table for texts of up to {length} out of {vocabularySize} ids is not made: it has to have at least 2 ids and at most {MaxRows} rows.");
        (VocabularySize, _length) = (vocabularySize, length);
        _logits = zeros(rows, vocabularySize, type).requires_grad_(true).DetachFromDisposeScope();
        Parameters = [("logits", _logits)];
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public Device Device => _logits.device;

    /// <inheritdoc/>
    public Head Head { get; } = new(Weight: null);

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters { get; }

    /// <summary>An independent copy with the same logits.</summary>
    public TablePolicy Copy()
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var copy = Zeros();
        copy._logits.copy_(_logits);
        return copy;
    }

    /// <summary>A table of zeros for the same texts.</summary>
    internal TablePolicy Zeros() => new(VocabularySize, _length, _logits.dtype);

    /// <summary>Draws every logit from N(0, deviation²).</summary>
    public TablePolicy Randomise(Rng rng, double deviation = 1)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        _logits.copy_(tensor([.. Enumerable.Range(0, (int)_logits.numel()).Select(_ => deviation * rng.NextGaussian())], _logits.shape, _logits.dtype));
        return this;
    }

    /// <inheritdoc/>
    public Tensor Hidden(Batch batch, Tensor places)
    {
        Shape.Is(places, [-1]);
        batch.CheckIds(VocabularySize);
        var rows = new long[batch.Ids.Length];
        foreach (var s in batch.Segments)
        {
            var row = s.Sees < 0 ? -1 : rows[s.Row * batch.Columns + batch.Segments[s.Sees].Start + batch.Segments[s.Sees].Length - 1];
            for (var at = s.Row * batch.Columns + s.Start; at < s.Row * batch.Columns + s.Start + s.Length; at++) row = rows[at] = Next(row, batch.Ids[at]);
        }

        using var scope = NewDisposeScope();
        var wanted = places.cpu().data<long>().ToArray().Select(p => Inside(rows[p])).ToArray();
        return _logits.index_select(0, tensor(wanted, ScalarType.Int64, Device)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public IDecoding Decode(Batch prompts, int newTokens) => new Decoding(this, prompts);

    /// <inheritdoc/>
    public void Dispose() => _logits.Dispose();

    /// <summary>The row of a text with one id more: texts are numbered by length, then as numbers of base V; -1 is the empty one.</summary>
    private long Next(long row, long id) => row >= _logits.shape[0] ? row : (row + 1) * VocabularySize + id;

    private long Inside(long row) => row < _logits.shape[0]
        ? row
        : throw new BatchException($"A text is longer than the {_length} ids that the table was made for.");

    private sealed class Decoding(TablePolicy table, Batch prompts) : IDecoding
    {
        private readonly long[] _rows =
            [.. prompts.Segments.Select(s => prompts.Ids.Skip(s.Row * prompts.Columns + s.Start).Take(s.Length).Aggregate(-1L, table.Next))];

        private Tensor? _hidden;

        public Tensor Hidden
        {
            get
            {
                using var frozen = no_grad();
                using var scope = NewDisposeScope();
                _hidden?.Dispose();
                return _hidden = table._logits.index_select(0, tensor(_rows.Select(table.Inside).ToArray(), ScalarType.Int64, table.Device)).DetachFromDisposeScope();
            }
        }

        public void Append(ReadOnlySpan<long> ids)
        {
            for (var i = 0; i < _rows.Length; i++) _rows[i] = table.Next(_rows[i], ids[i]);
        }

        public void Dispose() => _hidden?.Dispose();
    }
}
