using Align.Runtime;

namespace Align.Text;

/// <summary>Rows of ids with their segments. It lives in managed memory; a model brings it to its own device.</summary>
/// <remarks>Masks are made here and nowhere else, from lengths and never from ids: a real token may have the padding's id.</remarks>
public sealed class Batch
{
    private readonly bool[] _real;

    /// <summary>Creates a batch.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The length of the longest row.</param>
    /// <param name="ids">The ids, row after row; padding anywhere outside the segments.</param>
    /// <param name="segments">What is text; they do not overlap, and a segment stands after the one it sees.</param>
    /// <exception cref="BatchException">A segment does not fit.</exception>
    public Batch(int rows, int columns, long[] ids, IReadOnlyList<Segment> segments)
    {
        if (rows < 1 || columns < 1 || ids.Length != (long)rows * columns)
            throw new BatchException($"A batch of {rows} × {columns} needs as many ids; there are {ids.Length}.");
        (Rows, Columns, Ids, Segments) = (rows, columns, ids, segments);
        _real = new bool[ids.Length];
        for (var i = 0; i < segments.Count; i++) Claim(i);
        Scored = [.. Enumerable.Range(0, segments.Count).Where(i => segments[i].Trained is not null)];
        Targets = TargetsOf();
    }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The length of a row.</summary>
    public int Columns { get; }

    /// <summary>The ids, row after row.</summary>
    public long[] Ids { get; }

    /// <summary>What is text.</summary>
    public IReadOnlyList<Segment> Segments { get; }

    /// <summary>The segments that are examples, by index: one row each of the log-probabilities.</summary>
    public IReadOnlyList<int> Scored { get; }

    /// <summary>The trained tokens of all examples: what a token mean divides by.</summary>
    public int TrainedTokens => Targets.Count;

    /// <summary>The trained tokens of some of the examples, from <paramref name="first"/> on.</summary>
    public int TrainedTokensOf(int first, int count)
    {
        var width = Width;
        return Targets.Slots.Count(slot => slot >= (long)first * width && slot < (long)(first + count) * width);
    }

    /// <summary>The tokens that are no padding.</summary>
    public int Tokens => Segments.Sum(s => s.Length);

    /// <summary>The length of the longest example: the width of the log-probabilities.</summary>
    public int Width => Scored.Count == 0 ? 0 : Scored.Max(i => Segments[i].Length);

    /// <summary>Whether plain causal attention is right: every row is one text from the first column on, whole or cut into segments that follow one another.</summary>
    public bool IsCausal => Segments.All(s => s.Start == (s.Sees < 0 ? 0 : Segments[s.Sees].Start + Segments[s.Sees].Length));

    /// <summary>Every trained token: where it is predicted, what it is, and its place in the log-probabilities.</summary>
    internal TargetList Targets { get; }

    /// <summary>The position of every token, 0 at padding; row after row.</summary>
    public long[] Positions()
    {
        var positions = new long[Ids.Length];
        foreach (var s in Segments)
            for (var i = 0; i < s.Length; i++) positions[s.Row * Columns + s.Start + i] = s.FirstPosition + i;
        return positions;
    }

    /// <summary>Which key (last index) a query sees, row after row; padding sees itself, so that no row of the attention is empty.</summary>
    public bool[] Visible()
    {
        var visible = new bool[(long)Rows * Columns * Columns];
        for (var at = 0; at < Ids.Length; at++)
            if (!_real[at]) visible[(long)at * Columns + at % Columns] = true;
        foreach (var s in Segments)
            for (var i = 0; i < s.Length; i++)
            {
                var query = visible.AsSpan((s.Row * Columns + s.Start + i) * Columns, Columns);
                query.Slice(s.Start, i + 1).Fill(true);
                for (var seen = s.Sees; seen >= 0; seen = Segments[seen].Sees)
                    query.Slice(Segments[seen].Start, Segments[seen].Length).Fill(true);
            }

        return visible;
    }

    /// <summary>Throws unless every id is inside the vocabulary, before native code sees it.</summary>
    /// <exception cref="BatchException">An id is outside.</exception>
    public void CheckIds(int vocabularySize)
    {
        for (var i = 0; i < Ids.Length; i++)
            if ((ulong)Ids[i] >= (ulong)vocabularySize)
                throw new BatchException($"Row {i / Columns}, column {i % Columns}: id {Ids[i]} is outside the vocabulary of {vocabularySize}. Use the tokenizer that belongs to the model.");
    }

    private void Claim(int index)
    {
        var s = Segments[index];
        if (s.Row < 0 || s.Row >= Rows || s.Start < 0 || s.Length < 1 || s.Start + s.Length > Columns || s.FirstPosition < 0)
            throw new BatchException($"Segment {index} ({s.Length} tokens from column {s.Start} of row {s.Row}) does not lie inside {Rows} × {Columns}.");
        if (s.Trained is not null && s.Trained.Length != s.Length)
            throw new BatchException($"Segment {index} has {s.Length} tokens and a mask of {s.Trained.Length}.");
        if (s.Sees >= index || (s.Sees >= 0 && (Segments[s.Sees].Row != s.Row || Segments[s.Sees].Start >= s.Start)))
            throw new BatchException($"Segment {index} sees segment {s.Sees}, which does not stand before it in its row.");
        for (var i = 0; i < s.Length; i++)
        {
            if (_real[s.Row * Columns + s.Start + i]) throw new BatchException($"Segment {index} overlaps another at column {s.Start + i} of row {s.Row}.");
            _real[s.Row * Columns + s.Start + i] = true;
        }
    }

    private TargetList TargetsOf()
    {
        var list = new TargetList();
        var width = Width;
        for (var example = 0; example < Scored.Count; example++)
        {
            var s = Segments[Scored[example]];
            for (var i = 0; i < s.Length; i++)
            {
                // A token is predicted by the one before it in the text; the first token of a text by nobody.
                var predictor = i > 0 ? s.Start + i - 1 : s.Sees >= 0 ? Segments[s.Sees].Start + Segments[s.Sees].Length - 1 : -1;
                if (s.Trained![i] && predictor >= 0)
                    list.Add(s.Row * Columns + predictor, Ids[s.Row * Columns + s.Start + i], example * width + i);
            }
        }

        return list;
    }

    internal sealed class TargetList
    {
        private readonly List<long> _predictors = [], _ids = [], _slots = [];

        public int Count => _ids.Count;

        /// <summary>The flat place (row × columns + column) of the position that predicts.</summary>
        public long[] Predictors => [.. _predictors];

        /// <summary>The id predicted.</summary>
        public long[] Ids => [.. _ids];

        /// <summary>The flat place in the log-probabilities (example × width + token).</summary>
        public long[] Slots => [.. _slots];

        public void Add(long predictor, long id, long slot)
        {
            _predictors.Add(predictor);
            _ids.Add(id);
            _slots.Add(slot);
        }
    }
}

/// <summary>Rows, segments or ids that do not fit together.</summary>
public sealed class BatchException(string message) : AlignException(message);
