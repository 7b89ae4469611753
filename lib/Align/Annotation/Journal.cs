using System.Globalization;
using Align.Data;

namespace Align.Annotation;

/// <summary>What was asked and answered, kept line by line: an annotator may stop at any time, and the next session goes on where this one ended.</summary>
/// <remarks>
/// Two files. <c>NAME.jsonl</c> holds preference pairs and nothing else, for training. <c>NAME.journal.jsonl</c> holds every question with the order in which its answers
/// were shown, those that were skipped, and the repeats. A line is on the disk before the next question is asked; a line that a crash cut off is dropped, and a pair
/// that the crash prevented is written when the journal is opened again.
/// </remarks>
public sealed class Journal
{
    private readonly List<Choice> _choices = [];
    private readonly string? _pairs, _journal;

    /// <summary>A journal in memory alone.</summary>
    /// <param name="seed">Decides the order in which answers are shown, which questions are repeated, and what is drawn.</param>
    /// <param name="repeatEvery">After so many answers an earlier question is asked again; 0 for never.</param>
    public Journal(ulong seed = 1, int repeatEvery = 10)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(repeatEvery);
        (Seed, RepeatEvery) = (seed, repeatEvery);
    }

    private Journal(string file, ulong seed, int repeatEvery)
        : this(seed, repeatEvery) => (_pairs, _journal) = (file, NameOf(file));

    /// <summary>Decides the order in which answers are shown, which questions are repeated, and what is drawn.</summary>
    public ulong Seed { get; }

    /// <summary>After so many answers an earlier question is asked again; 0 for never.</summary>
    public int RepeatEvery { get; }

    /// <summary>Everything so far, in the order in which it was asked.</summary>
    public IReadOnlyList<Choice> Choices => _choices;

    /// <summary>The preference pairs so far.</summary>
    public IEnumerable<PreferencePair> Pairs => _choices.Select(c => c.Pair).OfType<PreferencePair>();

    /// <summary>Opens a file of pairs and the journal beside it; both are made with the first answer where there are none, their folder at once.</summary>
    /// <param name="file">The file of pairs, such as <c>preferences.jsonl</c>.</param>
    /// <param name="seed">The seed of the session before, where there was one.</param>
    /// <param name="repeatEvery">After so many answers an earlier question is asked again; 0 for never.</param>
    /// <exception cref="AnnotationException">The file holds pairs that no journal knows of, or a line of the journal is no question.</exception>
    /// <exception cref="DataException">The folder cannot be made.</exception>
    public static Journal Open(string file, ulong seed = 1, int repeatEvery = 10)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        JsonlWriter.MakeFolderOf(file);
        var journal = new Journal(file, seed, repeatEvery);
        journal.Resume();
        return journal;
    }

    /// <summary>The name of the journal beside a file of pairs.</summary>
    public static string NameOf(string file) => Path.ChangeExtension(file, ".journal.jsonl");

    /// <summary>Takes answers that were given elsewhere, such as in a form; those to a question that is answered already are left out, and repeats that were in the same order.</summary>
    /// <returns>How many were taken.</returns>
    /// <exception cref="AnnotationException">One of them is no answer; none is taken then.</exception>
    public int Take(IEnumerable<Choice> choices)
    {
        var known = _choices.Select(Known).ToHashSet(StringComparer.Ordinal);
        List<Choice> taken = [.. choices.Select(c => c.Checked()).Where(c => known.Add(Known(c)))];
        foreach (var choice in taken) Add(choice);
        return taken.Count;

        static string Known(Choice c) => c.Repeat ? $"{c.Key}\n{string.Join(' ', c.Order)}" : c.Key;
    }

    internal void Add(Choice choice)
    {
        if (_journal is not null) JsonlWriter.AppendLine(_journal, choice.Checked().ToJson());
        _choices.Add(choice);
        if (_pairs is not null && choice.Pair is { } pair) Jsonl.Append(_pairs, pair);
    }

    private void Resume()
    {
        if (File.Exists(_journal))
        {
            DropCutLine(_journal);
            var number = 0;
            foreach (var line in File.ReadLines(_journal)) _choices.Add(Read(line, ++number));
        }

        var pairs = Pairs.ToList();
        if (File.Exists(_pairs)) DropCutLine(_pairs);
        var written = File.Exists(_pairs) ? File.ReadLines(_pairs).Count(l => l.Length > 0) : 0;
        if (written > pairs.Count)
            throw new AnnotationException($"{_pairs} holds {written} pairs and {_journal} knows of {pairs.Count}: they were not collected here. Choose another file.");
        foreach (var missing in pairs.Skip(written)) Jsonl.Append(_pairs!, missing);
    }

    private Choice Read(string line, int number)
    {
        try
        {
            return Choice.Read(line) is [var one] ? one : throw new AnnotationException("A line is one choice.");
        }
        catch (AnnotationException e)
        {
            throw new AnnotationException($"{_journal}, line {number.ToString(CultureInfo.InvariantCulture)}: {e.Message} Mend the line or take it out.", e);
        }
    }

    /// <summary>Cuts off what stands after the last line end: a crash or a full disk left it there.</summary>
    private static void DropCutLine(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var end = stream.Length;
        while (end > 0)
        {
            stream.Seek(end - 1, SeekOrigin.Begin);
            if (stream.ReadByte() == '\n') break;
            end--;
        }

        if (end < stream.Length) stream.SetLength(end);
    }
}
