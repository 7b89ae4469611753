using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace Align.Text.Templates;

/// <summary>Python's two ways of filling in a text (<c>%</c> and braces), and its way of writing a date.</summary>
internal sealed partial class TextFormat(Python python, Methods methods)
{
    /// <summary><c>text % values</c>.</summary>
    public string Percent(string text, object? values)
    {
        var list = values is PyList { IsTuple: true } tuple ? tuple.Items : [values];
        var next = 0;
        var filled = PercentField().Replace(text, match =>
        {
            if (match.Groups["type"].Value == "%") return "%";
            object? value;
            if (match.Groups["key"].Success) value = values is PyDict dict && dict.TryGet(match.Groups["key"].Value, out var named) ? named : throw Python.Error("format requires a mapping");
            else value = next < list.Count ? list[next++] : throw Python.Error("not enough arguments for format string");
            var flags = match.Groups["flags"].Value;
            var type = match.Groups["type"].Value[0];
            var body = One(value, type, match.Groups["precision"].Value);
            if (flags.Contains('+', StringComparison.Ordinal) && type is not ('s' or 'r') && body[0] != '-') body = "+" + body;
            var width = match.Groups["width"].Value;
            if (width.Length == 0) return body;
            var left = flags.Contains('-', StringComparison.Ordinal);
            var zeros = flags.Contains('0', StringComparison.Ordinal) && !left && type is not ('s' or 'r');
            var sign = zeros && body is ['-' or '+', ..] ? body[..1] : "";
            return sign + methods.Pad(body[sign.Length..], Width(width) - sign.Length, zeros ? "0" : " ", m => left ? (0, m) : (m, 0));
        });
        if (next < list.Count && values is not PyDict) throw Python.Error("not all arguments converted during string formatting");
        python.Budget.Room(filled.Length);
        return filled;
    }

    /// <summary><c>text.format(values)</c>.</summary>
    public string Braces(string text, Arguments values)
    {
        var next = 0;
        var filled = BraceField().Replace(text, match =>
        {
            if (match.Value is "{{" or "}}") return match.Value[..1];
            if (!match.Groups["inside"].Success) throw Python.Error("a single brace in a format string");
            var name = match.Groups["name"].Value;
            object? value;
            if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            {
                var place = name.Length == 0 ? next++ : Width(name);
                value = place < values.Values.Count ? values.Values[place] : throw Python.Error("not enough values for the format string");
            }
            else if (!values.Named.TryGetValue(name, out value)) throw Python.Error($"the format string needs '{name}'");

            var spec = Spec().Match(match.Groups["spec"].Value);
            if (!spec.Success) throw Python.Error($"'{match.Groups["spec"].Value}' is no format that this library has");
            var type = spec.Groups["type"].Value;
            var body = type.Length == 0 && !spec.Groups["precision"].Success ? python.Text(value) : One(value, type.Length == 0 ? Python.AsDouble(value) is null ? 's' : 'g' : type[0], spec.Groups["precision"].Value);
            if (!spec.Groups["width"].Success) return body;
            var align = spec.Groups["align"] is { Success: true } a ? a.Value[0] : Python.IsNumber(value) ? '>' : '<';
            var fill = spec.Groups["fill"] is { Success: true } f ? f.Value : spec.Groups["zero"].Success ? "0" : " ";
            return methods.Pad(body, Width(spec.Groups["width"].Value), fill, m => align switch { '<' => (0, m), '^' => (m / 2, m - m / 2), _ => (m, 0) });
        });
        python.Budget.Room(filled.Length);
        return filled;
    }

    /// <summary>A date in the words of <c>strftime</c>.</summary>
    public static string Date(DateTime now, string format)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            var bare = format[i + 1] == '-' && i + 2 < format.Length;
            var c = format[i += bare ? 2 : 1];
            var part = c switch
            {
                'Y' => now.Year.ToString("0000", CultureInfo.InvariantCulture),
                'y' => Two(now.Year % 100),
                'm' => Two(now.Month),
                'd' => Two(now.Day),
                'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
                'H' => Two(now.Hour),
                'I' => Two((now.Hour + 11) % 12 + 1),
                'M' => Two(now.Minute),
                'S' => Two(now.Second),
                'f' => (now.Ticks % TimeSpan.TicksPerSecond / 10).ToString("000000", CultureInfo.InvariantCulture),
                'p' => now.Hour < 12 ? "AM" : "PM",
                'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
                'U' => Two((now.DayOfYear + 6 - (int)now.DayOfWeek) / 7),
                'w' => ((int)now.DayOfWeek).ToString(CultureInfo.InvariantCulture),
                'a' => now.ToString("ddd", CultureInfo.InvariantCulture),
                'A' => now.ToString("dddd", CultureInfo.InvariantCulture),
                'b' or 'h' => now.ToString("MMM", CultureInfo.InvariantCulture),
                'B' => now.ToString("MMMM", CultureInfo.InvariantCulture),
                'F' => now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                'T' => now.ToString("HH:mm:ss", CultureInfo.InvariantCulture),
                'Z' or 'z' => "",
                'n' => "\n",
                't' => "\t",
                '%' => "%",
                _ => "%" + c,
            };
            text.Append(bare ? part.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0" : part);
        }

        return text.ToString();

        static string Two(int value) => value.ToString("00", CultureInfo.InvariantCulture);
    }

    private string One(object? value, char type, string precision)
    {
        var digits = precision.Length == 0 ? 6 : Width(precision);
        python.Budget.Room(digits);
        return type switch
        {
            's' => precision.Length == 0 ? python.Text(value) : string.Concat(Python.Characters(python.Text(value)).Take(digits)),
            'r' => python.Repr(value),
            'd' or 'i' => Whole(value).ToString(CultureInfo.InvariantCulture),
            'x' => (Whole(value) < 0 ? "-" : "") + Hex(BigInteger.Abs(Whole(value))),
            'X' => ((Whole(value) < 0 ? "-" : "") + Hex(BigInteger.Abs(Whole(value)))).ToUpperInvariant(),
            'f' or 'F' => Float(value).ToString("F" + digits, CultureInfo.InvariantCulture),
            'e' => Float(value).ToString(digits == 0 ? "0e+00" : "0." + new string('0', digits) + "e+00", CultureInfo.InvariantCulture),
            'g' => Python.Number(double.Parse(Float(value).ToString("G" + Math.Max(1, digits), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)) is var g && g.EndsWith(".0", StringComparison.Ordinal) ? g[..^2] : g,
            '%' => (Float(value) * 100).ToString("F" + digits, CultureInfo.InvariantCulture) + "%",
            _ => throw Python.Error($"'{type}' is no format that this library has"),
        };
    }

    private static BigInteger Whole(object? value) => Python.AsInteger(value) ?? (value is double d && double.IsFinite(d) ? new BigInteger(Math.Truncate(d)) : throw Python.Error($"a number is required, not {Python.TypeOf(value)}"));

    private static double Float(object? value) => Python.AsDouble(value) ?? throw Python.Error($"must be a real number, not {Python.TypeOf(value)}");

    private static string Hex(BigInteger value) => value.ToString("x", CultureInfo.InvariantCulture).TrimStart('0') is { Length: > 0 } hex ? hex : "0";

    private static int Width(string digits) => digits.Length <= 6 ? int.Parse(digits, CultureInfo.InvariantCulture) : throw new TemplateException(TemplateFault.Limit, $"A width of {digits} in a format.");

    [GeneratedRegex(@"%(?:\((?<key>[^)]*)\))?(?<flags>[-+ 0#]*)(?<width>\d*)(?:\.(?<precision>\d*))?(?<type>.)", RegexOptions.Singleline)]
    private static partial Regex PercentField();

    [GeneratedRegex(@"\{\{|\}\}|\{(?<inside>(?<name>\w*)(?::(?<spec>[^{}]*))?)\}|\{|\}")]
    private static partial Regex BraceField();

    [GeneratedRegex(@"^(?:(?<fill>.)?(?<align>[<>^]))?(?<zero>0)?(?<width>\d+)?(?:\.(?<precision>\d+))?(?<type>[a-zA-Z%])?$", RegexOptions.Singleline)]
    private static partial Regex Spec();
}
