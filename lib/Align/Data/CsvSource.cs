using System.Text;
using Microsoft.VisualBasic.FileIO;

namespace Align.Data;

/// <summary>A table of values with commas between them. Every value is text: the word null is a word.</summary>
internal sealed class CsvSource : IRowSource
{
    private readonly string _file;
    private readonly TextFieldParser _parser;
    private readonly IReadOnlyList<RowField> _fields;
    private readonly string[] _header;
    private string[] _cells = [];
    private DataException? _error;

    public CsvSource(string file, Stream stream, IReadOnlyList<RowField> fields)
    {
        (_file, _fields) = (file, fields);
        _parser = new TextFieldParser(new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true))) { TrimWhiteSpace = false, HasFieldsEnclosedInQuotes = true };
        _parser.SetDelimiters(",");
        _header = Next() ? _error is null ? _cells : throw _error : throw new DataException(file, "no rows", "The file has no header and no rows.");
        var at = new RowPosition(file, 1);
        if (_header.GroupBy(h => h).FirstOrDefault(g => g.Count() > 1) is { } twice) throw at.Error("column occurs twice", "Rename or remove one of the two.", field: twice.Key);
        var known = _header.Count(h => fields.Any(f => f.Name == h));
        if (known == 0 && _header is [var only] && (only.Contains(';') || only.Contains('\t')))
            throw at.Error("separator", $"The one column is called '{only}': are the columns separated by {(only.Contains(';') ? "semicolons" : "tabs")}? Only commas separate columns here.");
        if (known == 0) throw at.Error("no header", $"No column is one of {string.Join(", ", fields.Take(6).Select(f => f.Name))}. The first line reads {string.Join(" | ", _header.Take(4).Select(Short))}: is the header missing?");
    }

    public long Line { get; private set; }

    public IReadOnlyCollection<string> Others => [.. _header.Where(h => _fields.All(f => f.Name != h))];

    public bool Next()
    {
        _error = null;
        if (_parser.EndOfData) return false;
        Line = _parser.LineNumber;
        try
        {
            _cells = _parser.ReadFields() ?? [];
            return true;
        }
        catch (MalformedLineException e)
        {
            var at = new RowPosition(_file, Line);
            _error = at.Error(
                _parser.EndOfData ? "quote is not closed" : "a quote inside a value",
                "A value with commas, quotes or line breaks stands between quotes, and each quote inside it is written twice.",
                inner: e);
            return true;
        }
    }

    public object?[] Values()
    {
        if (_error is not null) throw _error;
        if (_cells.Length != _header.Length)
            throw new RowPosition(_file, Line).Error($"{_cells.Length} fields, expected {_header.Length}", "Is a comma or a line break inside a value that has no quotes?");
        return [.. _fields.Select(f => Array.IndexOf(_header, f.Name) is >= 0 and var column ? Value(f, _cells[column]) : null)];
    }

    public void Dispose() => _parser.Dispose();

    private object? Value(RowField field, string cell)
    {
        if (field.Type != FieldType.Number) return cell;
        if (cell.Length == 0) return null;
        return double.TryParse(cell, System.Globalization.CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new RowPosition(_file, Line).Error("text, expected a number", $"The cell reads '{Short(cell)}'.", field: field.Name);
    }

    private static string Short(string text) => text.Length > 30 ? text[..30] + "…" : text;
}
