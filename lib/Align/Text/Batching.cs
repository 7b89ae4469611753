namespace Align.Text;

/// <summary>Puts texts into rows.</summary>
public static class Batching
{
    /// <summary>One text a row, filled up to the longest.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="padId">The id to fill with.</param>
    /// <param name="side">Where a short row is filled.</param>
    /// <param name="multiple">The number of columns is a multiple of this: few widths, many batches of the same size.</param>
    /// <exception cref="BatchException">There are no texts, or <paramref name="multiple"/> is below 1.</exception>
    public static Batch Padded(IReadOnlyList<TokenizedText> texts, int padId, PaddingSide side = PaddingSide.Right, int multiple = 1)
    {
        if (texts.Count == 0) throw new BatchException("A batch needs at least one text.");
        if (multiple < 1) throw new BatchException($"Rows cannot be filled up to a multiple of {multiple}; it must be at least 1.");
        var columns = (texts.Max(t => t.Ids.Length) + multiple - 1) / multiple * multiple;
        return Rows(padId, columns, [.. texts.Select((t, row) =>
            new[] { (new Segment(row, side == PaddingSide.Left ? columns - t.Ids.Length : 0, t.Ids.Length, Trained: t.Trained), t.Ids) })]);
    }

    /// <summary>Several texts a row, one after another, none of which sees another.</summary>
    public static Batch Packed(IReadOnlyList<IReadOnlyList<TokenizedText>> rows, int padId)
    {
        var placed = rows.Select((texts, row) =>
        {
            var start = 0;
            return texts.Select(t => (new Segment(row, (start += t.Ids.Length) - t.Ids.Length, t.Ids.Length, Trained: t.Trained), t.Ids)).ToArray();
        }).ToArray();
        return Rows(padId, rows.Max(r => r.Sum(t => t.Ids.Length)), placed);
    }

    /// <summary>One prompt and its completion a row, each a segment of its own: the examples are the completions, and begin with their first token.</summary>
    /// <param name="rows">Prompt, completion, and whether the completion's tokens are trained.</param>
    /// <param name="padId">The id to fill with.</param>
    public static Batch Continued(IReadOnlyList<(int[] Prompt, int[] Completion, bool Trained)> rows, int padId)
    {
        var columns = rows.Max(r => r.Prompt.Length + r.Completion.Length);
        return Rows(padId, columns, [.. rows.Select((r, row) => new[]
        {
            (new Segment(row, 0, r.Prompt.Length), r.Prompt),
            (new Segment(row, r.Prompt.Length, r.Completion.Length, r.Prompt.Length, Sees: 2 * row, Trained: [.. r.Completion.Select(_ => r.Trained)]), r.Completion),
        })]);
    }

    /// <summary>Rows [prompt, first, second, …] whose completions each see the prompt and not one another. The examples come completion after completion: all the first ones, then all the second.</summary>
    /// <param name="prompts">One prompt a row.</param>
    /// <param name="completions">For each row the same number of completions, every token trained.</param>
    /// <param name="padId">The id to fill with.</param>
    public static Batch SharedPrefix(IReadOnlyList<int[]> prompts, IReadOnlyList<IReadOnlyList<int[]>> completions, int padId)
    {
        var columns = Enumerable.Range(0, prompts.Count).Max(r => prompts[r].Length + completions[r].Sum(c => c.Length));
        var ids = Filled(prompts.Count, columns, padId);
        var segments = new List<Segment>();
        for (var row = 0; row < prompts.Count; row++)
        {
            Place(prompts[row], ids, row * columns);
            segments.Add(new Segment(row, 0, prompts[row].Length));
        }

        for (var k = 0; k < completions[0].Count; k++)
            for (var row = 0; row < prompts.Count; row++)
            {
                var start = prompts[row].Length + completions[row].Take(k).Sum(c => c.Length);
                var completion = completions[row][k];
                Place(completion, ids, row * columns + start);
                segments.Add(new Segment(row, start, completion.Length, prompts[row].Length, Sees: row, Trained: [.. completion.Select(_ => true)]));
            }

        return new Batch(prompts.Count, columns, ids, segments);
    }

    private static Batch Rows(int padId, int columns, (Segment Segment, int[] Ids)[][] rows)
    {
        var ids = Filled(rows.Length, columns, padId);
        foreach (var (segment, text) in rows.SelectMany(r => r)) Place(text, ids, segment.Row * columns + segment.Start);
        return new Batch(rows.Length, columns, ids, [.. rows.SelectMany(r => r).Select(p => p.Segment)]);
    }

    private static long[] Filled(int rows, int columns, int padId)
    {
        var ids = new long[rows * columns];
        Array.Fill(ids, padId);
        return ids;
    }

    private static void Place(int[] text, long[] ids, int at)
    {
        for (var i = 0; i < text.Length; i++) ids[at + i] = text[i];
    }
}
