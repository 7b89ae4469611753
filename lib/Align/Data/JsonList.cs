using System.Text.Json;

namespace Align.Data;

/// <summary>Cuts a JSON file that is one list, or one object, into its rows while it is read: one row is held at a time.</summary>
internal sealed class JsonList(string file, Stream stream, int maxRowBytes)
{
    private static readonly string[] Wrappers = ["data", "rows", "train", "examples", "items"];

    private byte[] _buffer = new byte[1 << 16];
    private int _at, _filled; // what is not yet taken lies between
    private long _before;     // what was in the file before the buffer
    private bool _final, _begun, _ended;
    private JsonReaderState _state;
    private Range _row;

    /// <summary>The row, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The row's bytes.</summary>
    public ReadOnlySpan<byte> Row => _buffer.AsSpan(_row);

    /// <summary>The place in the file of the first byte of the row.</summary>
    public long Offset { get; private set; }

    private ReadOnlySpan<byte> Unread => _buffer.AsSpan(_at, _filled - _at);

    /// <summary>Goes to the next row.</summary>
    /// <exception cref="DataException">Up to there the file is no JSON, or it is no list of rows.</exception>
    public bool Next()
    {
        try
        {
            if (!_begun && Begin()) return true;
            while (!_ended)
            {
                if (Take()) return true;
                if (!_ended) Fill();
            }

            return false;
        }
        catch (JsonException e)
        {
            throw new DataException(file, "invalid JSON", $"{e.Message} The file may have been cut short.", (e.LineNumber ?? 0) + 1, (int)(e.BytePositionInLine ?? 0) + 1, inner: e);
        }
    }

    /// <summary>Enters the list; an object is a row itself.</summary>
    private bool Begin()
    {
        _begun = true;
        Fill();
        if (Unread.StartsWith("\uFEFF"u8)) _at += 3;
        while (true)
        {
            var json = new Utf8JsonReader(Unread, _final, _state);
            if (json.Read())
            {
                var start = (int)json.TokenStartIndex;
                switch (json.TokenType)
                {
                    case JsonTokenType.StartArray:
                        Advance(ref json);
                        return false;
                    case JsonTokenType.StartObject when IsWhole(ref json):
                        Keep(start, ref json);
                        return true;
                    case not JsonTokenType.StartObject:
                        throw new DataException(file, "no list of rows", $"The file is one {json.TokenType}; a list of objects, or JSON lines, were expected.");
                }
            }

            Fill();
        }
    }

    /// <summary>Takes a row; false at the end of the list or of the file, and where more of the file is needed first.</summary>
    private bool Take()
    {
        var json = new Utf8JsonReader(Unread, _final, _state);
        if (!json.Read())
        {
            _ended = _final;
            return false;
        }

        var start = (int)json.TokenStartIndex;
        if (json.TokenType == JsonTokenType.EndArray) Advance(ref json);
        else if (json.TrySkip())
        {
            Keep(start, ref json);
            return true;
        }

        return false;
    }

    /// <summary>Whether the object that begins here ends within what was read; one that holds a list of rows is refused.</summary>
    private bool IsWhole(ref Utf8JsonReader json)
    {
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.EndObject) return true;
            var name = json.GetString()!;
            if (!json.Read()) return false;
            if (Wrappers.Contains(name) && json.TokenType == JsonTokenType.StartArray)
                throw new DataException(file, $"rows are under the field {name}", $"Take them out: jq -c '.{name}[]' FILE > rows.jsonl.");
            if (!json.TrySkip()) return false;
        }

        return false;
    }

    private void Keep(int start, ref Utf8JsonReader json)
    {
        Number++;
        Offset = _before + _at + start;
        _row = (_at + start)..(_at + (int)json.BytesConsumed);
        Advance(ref json);
    }

    private void Advance(ref Utf8JsonReader json)
    {
        _state = json.CurrentState;
        _at += (int)json.BytesConsumed;
    }

    /// <summary>Reads on behind what is not yet taken, and makes room where that fills the buffer.</summary>
    private void Fill()
    {
        var unread = _filled - _at;
        if (unread > maxRowBytes)
            throw new DataException(file, "row too long", $"Row {Number + 1} has more than {maxRowBytes} bytes: is it one row? If so, read with a larger maxLineBytes.");
        var larger = unread > _buffer.Length / 2 ? new byte[2 * _buffer.Length] : _buffer;
        Unread.CopyTo(larger);
        _before += _at;
        (_buffer, _at, _filled) = (larger, 0, unread);
        var read = stream.ReadAtLeast(_buffer.AsSpan(_filled), _buffer.Length - _filled, throwOnEndOfStream: false);
        _final = _filled + read < _buffer.Length;
        _filled += read;
    }
}
