using Align.Text;
using static TorchSharp.torch;

namespace Align.Models;

/// <summary>Writing with a key-value cache of fixed size: every step computes one token per row.</summary>
internal sealed class CachedDecoding : IDecoding
{
    private readonly Decoder _decoder;
    private readonly Tensor[] _keys, _values;   // per layer [R, key-value heads, capacity, d]
    private readonly Tensor? _visible;          // [R, 1, 1, capacity] bool; null when no prompt is padded
    private readonly long[] _positions;         // of the next token of every row
    private readonly int _rows;
    private int _length;

    public CachedDecoding(Decoder decoder, Batch prompts, int newTokens)
    {
        if (prompts.Segments.Count != prompts.Rows || prompts.Segments.Any(s => s.Start + s.Length != prompts.Columns))
            throw new BatchException("To be continued, every row has to be one prompt that ends in the last column (PaddingSide.Left).");
        prompts.CheckIds(decoder.VocabularySize);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        (_decoder, _rows) = (decoder, prompts.Rows);
        var capacity = prompts.Columns + newTokens;
        var shape = new long[] { _rows, decoder.Config.KeyValueHeads, capacity, decoder.Config.HeadWidth };
        _keys = [.. Enumerable.Range(0, decoder.Config.Layers).Select(_ => empty(shape, decoder.Type, decoder.Device).DetachFromDisposeScope())];
        _values = [.. _keys.Select(k => empty_like(k).DetachFromDisposeScope())];
        _positions = [.. prompts.Segments.Select(s => (long)s.Length)];

        Tensor? mask = null;
        if (!prompts.IsCausal)
        {
            var visible = new bool[_rows * capacity];
            foreach (var s in prompts.Segments) visible.AsSpan(s.Row * capacity + s.Start, capacity - s.Start).Fill(true);
            _visible = tensor(visible, ScalarType.Bool, decoder.Device).view(_rows, 1, 1, capacity).DetachFromDisposeScope();
            mask = decoder.Additive(tensor(prompts.Visible(), ScalarType.Bool, decoder.Device).view(_rows, 1, prompts.Columns, prompts.Columns));
        }

        Hidden = Advance(prompts.Ids, prompts.Positions(), mask).DetachFromDisposeScope();
    }

    public Tensor Hidden { get; private set; }

    public void Append(ReadOnlySpan<long> ids)
    {
        if (ids.Length != _rows) throw new BatchException($"{ids.Length} ids for {_rows} rows.");
        if (_length == _keys[0].shape[2]) throw new BatchException($"The rows are full: room was made for {_length} tokens. Ask for more new tokens.");
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var mask = _visible is null ? null : _decoder.Additive(_visible.narrow(-1, 0, _length + 1));
        var next = Advance(ids.ToArray(), _positions, mask);
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
    private Tensor Advance(long[] ids, long[] positions, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var columns = ids.Length / _rows;
        var total = _length + columns;
        var x = _decoder.Stream(ids, positions, _rows, (q, k, v, layer) =>
        {
            using var temporaries = NewDisposeScope();
            _keys[layer].narrow(2, _length, columns).copy_(k);
            _values[layer].narrow(2, _length, columns).copy_(v);
            // A single new token sees everything; a first block is causal.
            var all = mask ?? (columns == 1 ? zeros([1, 1, 1, total], _decoder.Type, _decoder.Device) : null);
            return _decoder.Attend(q, _keys[layer].narrow(2, 0, total), _values[layer].narrow(2, 0, total), all).MoveToOuterDisposeScope();
        });
        _length = total;
        return _decoder.Norm(x.select(1, columns - 1)).MoveToOuterDisposeScope(); // [R, H]
    }
}
