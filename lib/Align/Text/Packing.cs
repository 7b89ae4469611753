namespace Align.Text;

/// <summary>Puts texts together into rows of at most a given length, so that little padding is computed. The rows go to <see cref="Batching.Packed"/>.</summary>
public static class Packing
{
    /// <summary>Best fit, longest first (<c>bfd</c>): a text longer than a row is cut off, and its end is lost.</summary>
    /// <remarks>
    /// Texts come in order of length, equal ones in their own order; each goes into the row with the least room that it fits into, and of several such rows into the
    /// one that came to have that room first. Empty texts are left out.
    /// </remarks>
    public static IReadOnlyList<IReadOnlyList<TokenizedText>> BestFit(IEnumerable<TokenizedText> texts, int length) =>
        Fit(texts.Select(t => t.Ids.Length <= length ? t : Slice(t, 0, length)), length);

    /// <summary>Best fit, longest first (<c>bfd_split</c>): a text longer than a row is cut into pieces, each of which is a text of its own.</summary>
    public static IReadOnlyList<IReadOnlyList<TokenizedText>> BestFitSplit(IEnumerable<TokenizedText> texts, int length) =>
        Fit(texts.SelectMany(t => Pieces(t, length)), length);

    /// <summary>All texts joined and cut every <paramref name="length"/> tokens (<c>wrapped</c>): no padding, but a row sees the end of one text and the start of others.</summary>
    public static IReadOnlyList<IReadOnlyList<TokenizedText>> Wrapped(IEnumerable<TokenizedText> texts, int length)
    {
        var all = texts.ToArray();
        var joined = new TokenizedText([.. all.SelectMany(t => t.Ids)], [.. all.SelectMany(t => t.Trained)]);
        return [.. Pieces(joined, length).Select(piece => new[] { piece })];
    }

    private static List<List<TokenizedText>> Fit(IEnumerable<TokenizedText> texts, int length)
    {
        ThrowUnlessPositive(length);
        var rows = new List<List<TokenizedText>>();
        var withRoom = new SortedDictionary<int, Queue<List<TokenizedText>>>(); // room → rows, in the order in which they came to have it
        foreach (var text in texts.Where(t => t.Ids.Length > 0).OrderByDescending(t => t.Ids.Length))
        {
            var (room, row) = TakeTightest(withRoom, text.Ids.Length) ?? (length, New());
            row.Add(text);
            if (!withRoom.TryGetValue(room - text.Ids.Length, out var queue)) withRoom[room - text.Ids.Length] = queue = [];
            queue.Enqueue(row);
        }

        return rows;

        List<TokenizedText> New()
        {
            rows.Add([]);
            return rows[^1];
        }
    }

    private static (int Room, List<TokenizedText> Row)? TakeTightest(SortedDictionary<int, Queue<List<TokenizedText>>> withRoom, int needed)
    {
        foreach (var (room, queue) in withRoom)
        {
            if (room < needed) continue;
            var row = queue.Dequeue();
            if (queue.Count == 0) withRoom.Remove(room);
            return (room, row);
        }

        return null;
    }

    private static IEnumerable<TokenizedText> Pieces(TokenizedText text, int length)
    {
        ThrowUnlessPositive(length);
        for (var start = 0; start < text.Ids.Length; start += length) yield return Slice(text, start, Math.Min(text.Ids.Length, start + length));
    }

    private static TokenizedText Slice(TokenizedText text, int start, int end) => new(text.Ids[start..end], text.Trained[start..end]);

    private static void ThrowUnlessPositive(int length)
    {
        if (length < 1) throw new BatchException($"A row of {length} tokens holds nothing. Give a length of at least 1.");
    }
}
