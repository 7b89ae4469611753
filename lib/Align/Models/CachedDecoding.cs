using Align.Text;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>Writing with a key-value cache of fixed size: every step computes one token per row.</summary>
internal sealed class CachedDecoding : IDecoding
{
    private readonly Transformer _model;
    private readonly Tensor[] _keys, _values;   // per layer [R, key-value heads, capacity, d]
    private readonly Tensor? _visible;          // [R, 1, 1, capacity] bool; null when no prompt is padded
    private readonly long[] _positions;         // of the next token of every row
    private readonly int _rows;
    private int _length;

    public CachedDecoding(Transformer model, Batch prompts, int newTokens)
    {
        var config = model.Config;
        if (prompts.Segments.Count != prompts.Rows || prompts.Segments.Any(s => s.Start + s.Length != prompts.Columns))
            throw new BatchException("To be continued, every row has to be one prompt that ends in the last column (PaddingSide.Left).");
        if (config.Positions is { } limit && prompts.Columns + newTokens - 1 > limit) // the last new token is never read
            throw new BatchException($"A prompt of {prompts.Columns} tokens and {newTokens} new ones do not fit into the {limit} positions that the model has learned. Ask for fewer.");
        prompts.CheckIds(config.VocabularySize);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        (_model, _rows) = (model, prompts.Rows);
        var capacity = prompts.Columns + newTokens;
        var shape = new long[] { _rows, config.KeyValueHeads, capacity, config.HeadWidth };
        _keys = [.. Enumerable.Range(0, config.Layers).Select(_ => empty(shape, model.Type, model.Device).DetachFromDisposeScope())];
        _values = [.. _keys.Select(k => empty_like(k).DetachFromDisposeScope())];
        _positions = [.. prompts.Segments.Select(s => (long)s.Length)];
        if (!prompts.IsCausal)
        {
            var visible = new bool[_rows * capacity];
            foreach (var s in prompts.Segments) visible.AsSpan(s.Row * capacity + s.Start, capacity - s.Start).Fill(true);
            _visible = tensor(visible, ScalarType.Bool, model.Device).view(_rows, 1, 1, capacity).DetachFromDisposeScope();
        }

        var masks = AttentionMasks.Of(prompts, config, model.Type, model.Device);
        Hidden = Advance(prompts.Ids, prompts.Positions(), (q, k, v, layer) =>
        {
            var mask = config.HasWindow(layer) ? masks.Windowed : masks.Full;
            return model.Attend(q, k, v, mask, causal: mask is null);
        }).DetachFromDisposeScope();
    }

    public Tensor Hidden { get; private set; }

    public void Append(ReadOnlySpan<long> ids)
    {
        if (ids.Length != _rows) throw new BatchException($"{ids.Length} ids for {_rows} rows.");
        if (_length == _keys[0].shape[2]) throw new BatchException($"The rows are full: room was made for {_length} tokens. Ask for more new tokens.");
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var next = Advance(ids.ToArray(), _positions, (q, _, _, layer) => AttendToCache(q, layer));
        for (var row = 0; row < _rows; row++) _positions[row]++;
        Hidden.Dispose();
        Hidden = next.DetachFromDisposeScope();
    }

    public void Dispose()
    {
        foreach (var cached in _keys.Concat(_values)) cached.Dispose();
        _visible?.Dispose();
        Hidden.Dispose();
    }

    /// <summary>Computes new tokens, puts their keys and values away, and returns the last one's hidden state. Shape [R, H].</summary>
    private Tensor Advance(long[] ids, long[] positions, Func<Tensor, Tensor, Tensor, int, Tensor> attend)
    {
        using var scope = NewDisposeScope();
        var (start, columns) = (_length, ids.Length / _rows);
        _length += columns;
        var x = _model.Stream(ids, positions, _rows, (q, k, v, layer) =>
        {
            using var temporaries = NewDisposeScope();
            _keys[layer].narrow(2, start, columns).copy_(k);
            _values[layer].narrow(2, start, columns).copy_(v);
            return attend(q, k, v, layer).MoveToOuterDisposeScope();
        });
        return _model.FinalNorm(x.select(1, columns - 1)).MoveToOuterDisposeScope(); // [R, H]
    }

    /// <summary>What the one newest token of every row sees: all that is in the cache, or the end of it that its window reaches.</summary>
    private Tensor AttendToCache(Tensor q, int layer)
    {
        var first = _model.Config.HasWindow(layer) ? Math.Max(0, _length - _model.Config.Window!.Value) : 0;
        var count = _length - first;
        var mask = _visible is null ? null : AttentionMasks.Additive(_visible.narrow(-1, first, count), _model.Type);
        return _model.Attend(q, _keys[layer].narrow(2, first, count), _values[layer].narrow(2, first, count), mask, causal: false);
    }
}
