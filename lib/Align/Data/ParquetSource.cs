using System.Collections;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Serialization;

namespace Align.Data;

/// <summary>A Parquet file, one row group in memory at a time.</summary>
internal sealed class ParquetSource : IRowSource
{
    private readonly string _file;
    private readonly Stream _stream;
    private readonly IReadOnlyList<RowField> _fields;
    private readonly int _groups;
    private readonly string[] _columns;
    private IList<Dictionary<string, object?>> _rows = [];
    private int _group, _at = -1;

    public ParquetSource(string file, Stream stream, IReadOnlyList<RowField> fields)
    {
        (_file, _stream, _fields) = (file, stream, fields);
        CheckFooter();
        (_groups, _columns) = Guarded(() => Task.Run(async () =>
        {
            var reader = await ParquetReader.CreateAsync(stream, leaveStreamOpen: true).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false)) return (reader.RowGroupCount, reader.Schema.Fields.Select(f => f.Name).ToArray());
        }));
        if (_columns.GroupBy(c => c).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new DataException(file, "column occurs twice", "Rename or remove one of the two.", field: twice.Key);
    }

    public long Line { get; private set; }

    public IReadOnlyCollection<string> Others => [.. _columns.Where(c => _fields.All(f => f.Name != c))];

    public bool Next()
    {
        while (++_at >= _rows.Count)
        {
            if (_group == _groups) return false;
            var group = _group++;
            _at = -1;
            _rows = Guarded(() => Task.Run(async () =>
            {
                _stream.Position = 0;
                return (IList<Dictionary<string, object?>>)(await ParquetSerializer.DeserializeUntypedAsync(_stream, rowGroupIndex: group).ConfigureAwait(false)).Data!;
            }));
        }

        Line++;
        return true;
    }

    public object?[] Values() => [.. _fields.Select(f => _rows[_at].TryGetValue(f.Name, out var value) ? Value(f, value) : null)];

    public void Dispose() => _stream.Dispose();

    // The reader would ask for as much memory as a damaged footer says, or never end.
    private void CheckFooter()
    {
        Span<byte> tail = stackalloc byte[4];
        _stream.Seek(-4, SeekOrigin.End);
        _stream.ReadExactly(tail);
        if (tail.SequenceEqual("PARE"u8)) throw new DataException(_file, "encrypted", "Encrypted Parquet files are not supported: write the file without encryption.");
        if (ParquetFooter.Problem(_stream) is { } how) throw new DataException(_file, "damaged or cut short", $"{how} Fetch it again.");
        _stream.Position = 0;
    }

    private object? Value(RowField field, object? value) => (field.Type, value) switch
    {
        (_, null) => _columns.Contains(field.Name) && field.Type == FieldType.Any ? JsonRow.Null : null,
        (FieldType.Number, _) => value is IConvertible ? Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture) : throw Wrong(field, value),
        (_, string or ReadOnlyMemory<char>) => Checked(field, value.ToString()!),
        _ => Node(field, value),
    };

    private JsonNode? Node(RowField field, object? value) => value switch
    {
        null => null,
        string s => JsonValue.Create(Checked(field, s)),
        ReadOnlyMemory<char> s => JsonValue.Create(Checked(field, s.ToString())),
        bool b => JsonValue.Create(b),
        byte[] => throw Wrong(field, value),
        IDictionary<string, object?> fields => new JsonObject(fields.Where(f => f.Value is not null).Select(f => KeyValuePair.Create(f.Key, Node(field, f.Value)))),
        IDictionary map => new JsonObject(map.Cast<DictionaryEntry>().Where(e => e.Value is not null).Select(e => KeyValuePair.Create(e.Key.ToString()!, Node(field, e.Value)))),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(i => Node(field, i))]),
        float or double => JsonValue.Create(Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)),
        sbyte or byte or short or ushort or int or uint or long => JsonValue.Create(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)),
    };

    // The reader writes U+FFFD for bytes that are no character, which nothing later could tell from one that was meant.
    private string Checked(RowField field, string text) => text.Contains('\uFFFD')
        ? throw new RowPosition(_file, Line).Error("not UTF-8", $"The text holds U+FFFD, which stands for bytes that are no character: row {Line - 1}, counted from 0.", field: field.Name)
        : text;

    private DataException Wrong(RowField field, object value) =>
        new RowPosition(_file, Line).Error($"{value.GetType().Name}, expected text or messages", "Cast the column to strings when the file is written.", field: field.Name);

    private T Guarded<T>(Func<Task<T>> read)
    {
        try
        {
            return read().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not (DataException or OutOfMemoryException or StackOverflowException))
        {
            // Parquet.Net fails in many ways where a file is damaged; all of them mean the same to the person who has the file.
            throw new DataException(_file, "damaged or cut short, or a Parquet file of a kind that is not supported", $"{e.GetType().Name}: {e.Message} Fetch it again, or write it again with snappy or zstd.", inner: e);
        }
    }
}
