using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Align.Data;

/// <summary>Finds what is lawful and probably not meant, row by row, without keeping the rows.</summary>
/// <remarks>Repetitions are found by 128 bits of a SHA-256 per row and per prompt, for the first million rows: some 200 MB at most.</remarks>
internal sealed class RowLints(RowReport report) 
{
    private const int RowsKept = 1_000_000;

    private readonly Dictionary<UInt128, long> _rows = [];
    private readonly Dictionary<UInt128, long> _prompts = [];

    /// <summary>The line of the row that is looked at.</summary>
    public long Line { get; set; }

    public void Text(string field, string text)
    {
        if (text.Length == 0) report.Warn("empty", field, Line);
        else if (string.IsNullOrWhiteSpace(text)) report.Warn("only white space", field, Line);
        if (text.Contains('\0')) report.Warn("contains NUL", field, Line);
    }

    /// <summary>A demonstration's answer, or the two of a pair.</summary>
    public void Answers(string prompt, string answer, string? other = null)
    {
        if (answer == other) report.Warn("chosen equals rejected", null, Line);
        else if (answer.AsSpan().Trim().SequenceEqual(other.AsSpan().Trim()) && other is not null)
            report.Warn("chosen equals rejected but for white space", null, Line);

        var repeated = prompt.Length > 0
            && answer.StartsWith(prompt, StringComparison.Ordinal)
            && (other is null || other.StartsWith(prompt, StringComparison.Ordinal));
        if (repeated) report.Warn("prompt repeated at the start of the answer", null, Line);
    }

    /// <summary>Whether an earlier row is the same, says the opposite, or has the same prompt: the gravest of the three.</summary>
    public void Repeats(string prompt, string answer, string? other = null)
    {
        var (p, a, b) = (Hash(prompt), Hash(answer), Hash(other ?? ""));
        var earlierPrompt = Earlier(_prompts, p);
        if (Earlier(_rows, Joined(p, a, b)) is { } same) report.Warn("duplicate row", null, Line, same);
        else if (other is not null && answer != other && _rows.TryGetValue(Joined(p, b, a), out var opposite))
            report.Warn("contradicts an earlier row", null, Line, opposite);
        else if (earlierPrompt is { } asked) report.Warn("prompt again", "prompt", Line, asked);
    }

    private long? Earlier(Dictionary<UInt128, long> lines, UInt128 hash)
    {
        if (lines.TryGetValue(hash, out var line)) return line;
        if (lines.Count < RowsKept) lines.Add(hash, Line);
        return null;
    }

    private static UInt128 Hash(string text)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()), digest);
        return MemoryMarshal.Read<UInt128>(digest);
    }

    /// <summary>One number of three that depends on their order.</summary>
    private static UInt128 Joined(UInt128 prompt, UInt128 answer, UInt128 other) => prompt + (3 * answer) + (7 * other);
}
