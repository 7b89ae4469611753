using System.Text.Json;

namespace Align.Models;

/// <summary>An entry of the header as it is written, before its numbers are compared with one another.</summary>
internal sealed record SafetensorsEntry(string Name, SafetensorsDtype Type, ulong[] Shape, ulong Begin, ulong End);

/// <summary>Reads the JSON of a header by rules 5, 6, 7 and 14, token by token: nothing is kept but what the entries hold.</summary>
internal ref struct SafetensorsHeaderJson(string file, ReadOnlySpan<byte> json)
{
    public const string MetadataName = "__metadata__";

    private readonly string _file = file;
    private Utf8JsonReader _reader = new(json);

    /// <summary>Reads the header.</summary>
    public (IReadOnlyDictionary<string, string> Metadata, List<SafetensorsEntry> Entries) Parse()
    {
        try
        {
            return ParseObject();
        }
        catch (JsonException e)
        {
            throw Broken("R5 InvalidHeader", null, $"the header is not JSON{CheckpointJson.Place(e)}", e);
        }
    }

    private (IReadOnlyDictionary<string, string>, List<SafetensorsEntry>) ParseObject()
    {
        OrderedDictionary<string, string>? metadata = null;
        var names = new HashSet<string>(StringComparer.Ordinal);
        var entries = new List<SafetensorsEntry>();

        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject) throw Broken("R5 InvalidHeader", null, $"the header must be a JSON object and is {Token}");
        while (NextProperty())
        {
            var name = Text();
            if (!names.Add(name)) throw Broken("R14 DuplicateKey", name == MetadataName ? null : name, name == MetadataName ? $"{name} is in the header twice" : "it is in the header twice");
            _reader.Read();
            if (name == MetadataName) metadata = Metadata();
            else entries.Add(Entry(name));
        }

        _reader.Read(); // nothing but white space may follow
        return (metadata ?? [], entries);
    }

    // The reference takes null for no metadata, and so do we.
    private OrderedDictionary<string, string> Metadata()
    {
        var metadata = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        if (_reader.TokenType == JsonTokenType.Null) return metadata;
        if (_reader.TokenType != JsonTokenType.StartObject) throw Broken("R6 InvalidHeader", null, $"{MetadataName} must be an object of texts and is {Token}");
        while (NextProperty())
        {
            var key = Text();
            _reader.Read();
            if (_reader.TokenType != JsonTokenType.String) throw Broken("R6 InvalidHeader", null, $"{MetadataName}: the value of {Quoted.Name(key)} must be a text and is {Token}");
            if (!metadata.TryAdd(key, Text())) throw Broken("R14 DuplicateKey", null, $"{MetadataName}: the key {Quoted.Name(key)} is there twice");
        }

        return metadata;
    }

    private SafetensorsEntry Entry(string name)
    {
        if (_reader.TokenType != JsonTokenType.StartObject) throw Broken("R7 InvalidHeader", name, $"its entry must be an object with dtype, shape and data_offsets and is {Token}");
        SafetensorsDtype? type = null;
        ulong[]? shape = null, offsets = null;
        HashSet<string> fields = new(StringComparer.Ordinal);
        while (NextProperty())
        {
            var field = Text();
            if (!fields.Add(field)) throw Broken("R14 DuplicateKey", name, $"its entry has {Quoted.Name(field)} twice");
            _reader.Read();
            switch (field)
            {
                case "dtype": type = Dtype(name); break;
                case "shape": shape = Numbers(name, field); break;
                case "data_offsets": offsets = Numbers(name, field); break;
                default: _reader.Skip(); break; // the reference, too, ignores what it does not know
            }
        }

        var missing = type is null ? "dtype" : shape is null ? "shape" : offsets is null ? "data_offsets" : null;
        if (missing is not null) throw Broken("R7 InvalidHeader", name, $"its entry has no {missing}");
        if (offsets!.Length != 2) throw Broken("R7 InvalidHeader", name, $"data_offsets must be two numbers, begin and end, and are {offsets.Length}");
        return new(name, type!, shape!, offsets[0], offsets[1]);
    }

    private SafetensorsDtype Dtype(string name)
    {
        if (_reader.TokenType != JsonTokenType.String) throw Broken("R7 InvalidHeader", name, $"dtype must be a text such as \"F32\" and is {Token}");
        var word = Text();
        return SafetensorsDtype.Find(word)
            ?? throw Broken("R7 InvalidHeader", name, $"dtype {Quoted.Name(word)} is unknown; known are {string.Join(", ", SafetensorsDtype.All.Select(d => d.Name))}");
    }

    private ulong[] Numbers(string name, string field)
    {
        if (_reader.TokenType != JsonTokenType.StartArray) throw Broken("R7 InvalidHeader", name, $"{field} must be a list of whole numbers and is {Token}");
        var numbers = new List<ulong>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            // 2.0, 2e0 and -0 are numbers to JSON and no dimension or offset here.
            if (_reader.TokenType != JsonTokenType.Number || _reader.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !_reader.TryGetUInt64(out var number))
                throw Broken("R7 InvalidHeader", name, $"{field}[{numbers.Count}] must be a whole number from 0 to 2^64 - 1 and is {Token}");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private bool NextProperty()
    {
        _reader.Read();
        return _reader.TokenType == JsonTokenType.PropertyName;
    }

    private string Text()
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw Broken("R5 InvalidHeader", null, "a text has half of a surrogate pair as an escape, which is no Unicode", e);
        }
    }

    private readonly string Token => _reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.Number when _reader.ValueSpan.Length <= 40 => System.Text.Encoding.UTF8.GetString(_reader.ValueSpan),
        JsonTokenType.Number => "a very long number",
        JsonTokenType.String => "a text",
        JsonTokenType.Null => "null",
        _ => "true or false",
    };

    private readonly SafetensorsException Broken(string rule, string? tensor, string problem, Exception? inner = null)
    {
        var place = inner is JsonException ? "" : $" (byte {sizeof(ulong) + _reader.TokenStartIndex} of the file)";
        return new(_file, $"{problem}{place}. The file is damaged or was written by a faulty program: fetch or write it again.", tensor, rule, inner);
    }
}
