namespace Align.Data;

/// <summary>The lines of a stream, one at a time in one buffer. Only LF ends a line, with CR before it or not.</summary>
internal sealed class LineReader(Stream stream, int maxLineBytes)
{
    private const int BlockBytes = 1 << 16;

    /// <summary>A byte order mark, CR, and one more: a line that is longer than the limit by this much is too long whatever comes.</summary>
    private const int Slack = 5;

    private byte[] _buffer = new byte[BlockBytes];
    private int _start;
    private int _end;
    private long _next;

    /// <summary>The line's bytes, without its end and without a byte order mark; they last until <see cref="Next"/>.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>The line, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Where the line's first byte is in the stream.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether the line is longer than allowed; <see cref="Line"/> is its beginning then.</summary>
    public bool TooLong { get; private set; }

    /// <summary>Whether a line feed ends the line: the last line of a file may lack it.</summary>
    public bool Ended { get; private set; }

    /// <summary>The first bytes of the stream, at most a block. Called before any line is read.</summary>
    public ReadOnlySpan<byte> Head()
    {
        _end = stream.ReadAtLeast(_buffer, BlockBytes, throwOnEndOfStream: false);
        return _buffer.AsSpan(0, _end);
    }

    /// <summary>Goes to the next line; false after the last one.</summary>
    public bool Next()
    {
        if (TooLong && !Ended && !SkipToLineEnd()) return false;
        var searched = 0;
        while (true)
        {
            var feed = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (feed >= 0) return Take(searched + feed, ended: true);

            searched = _end - _start;
            if (searched > (long)maxLineBytes + Slack) return Take(searched, ended: false);
            if (!Fill()) return searched > 0 && Take(searched, ended: false);
        }
    }

    private bool Take(int length, bool ended)
    {
        Line = _buffer.AsMemory(_start, length);
        Number++;
        Offset = _next;
        Ended = ended;
        Advance(length + (ended ? 1 : 0));

        if (Number == 1 && Line.Span.StartsWith("\uFEFF"u8))
        {
            Line = Line[3..];
            Offset += 3;
        }

        if (ended && Line.Span.EndsWith("\r"u8)) Line = Line[..^1];
        TooLong = Line.Length > maxLineBytes;
        return true;
    }

    private void Advance(int bytes)
    {
        _start += bytes;
        _next += bytes;
    }

    /// <summary>Reads on behind the unfinished line, which moves to the front of the buffer; a full buffer grows, up to the limit.</summary>
    private bool Fill()
    {
        var pending = _end - _start;
        if (pending == _buffer.Length) Array.Resize(ref _buffer, (int)Math.Min(2L * pending, (long)maxLineBytes + Slack + 1));
        else _buffer.AsSpan(_start, pending).CopyTo(_buffer);

        _start = 0;
        var read = stream.Read(_buffer, pending, _buffer.Length - pending);
        _end = pending + read;
        return read > 0;
    }

    private bool SkipToLineEnd()
    {
        while (true)
        {
            var feed = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            Advance(feed >= 0 ? feed + 1 : _end - _start);
            if (feed >= 0) return true;
            if (!Fill()) return false;
        }
    }
}
