using System.Text;
using System.Text.RegularExpressions;

namespace Align.Text.Templates;

/// <summary>What a piece of a template is.</summary>
internal enum TokenKind
{
    Data,
    BlockBegin,
    BlockEnd,
    VariableBegin,
    VariableEnd,
    Name,
    Text,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A piece of a template.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(string op) => Kind == TokenKind.Operator && Text == op;

    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    public string Shown => Kind switch
    {
        TokenKind.End => "end of template",
        TokenKind.BlockEnd => "end of statement block",
        TokenKind.VariableEnd => "end of print statement",
        _ => Text,
    };
}

/// <summary>Cuts a template into pieces, with <c>trim_blocks</c> and <c>lstrip_blocks</c> on as chat templates expect.</summary>
internal sealed partial class TemplateLexer
{
    private static readonly string[] Operators =
        ["**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;
    private bool _lineStarts = true;
    private int _line = 1, _counted;

    private TemplateLexer(string source) => _source = source;

    public static List<Token> Read(string template)
    {
        var source = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (source.EndsWith('\n')) source = source[..^1];
        var lexer = new TemplateLexer(source);
        while (lexer._at < source.Length) lexer.Next();
        lexer.Add(TokenKind.End, "");
        return lexer._tokens;
    }

    // Counted on from the last place: a template may have very many pieces.
    private int Line
    {
        get
        {
            var to = Math.Min(_at, _source.Length);
            if (to > _counted) (_line, _counted) = (_line + _source.AsSpan(_counted, to - _counted).Count('\n'), to);
            return _line;
        }
    }

    private void Next()
    {
        var open = _at;
        while (open < _source.Length && !(_source[open] == '{' && open + 1 < _source.Length && _source[open + 1] is '{' or '%' or '#')) open = NextBrace(open + 1);
        var data = _source[_at..open];
        if (open == _source.Length)
        {
            AddData(data);
            _at = open;
            return;
        }

        var kind = _source[open + 1];
        var sign = open + 2 < _source.Length && _source[open + 2] is '-' or '+' ? _source[open + 2] : ' ';
        AddData(Stripped(data, sign, kind != '{'));
        _at = open + 2 + (sign == ' ' ? 0 : 1);
        if (kind == '#') Comment();
        else if (kind == '%' && RawBegin().Match(_source, _at) is { Success: true } raw) Raw(raw);
        else Inside(kind == '%');
        _lineStarts = _source[_at - 1] == '\n';
    }

    private int NextBrace(int from) => from >= _source.Length ? _source.Length : _source.IndexOf('{', from) is >= 0 and var at ? at : _source.Length;

    private string Stripped(string data, char sign, bool strips)
    {
        if (sign == '-') return PythonText.TrimEnd(data);
        if (sign == '+' || !strips) return data;
        var line = data.LastIndexOf('\n') + 1;
        return (line > 0 || _lineStarts) && data.AsSpan(line) is var rest && rest.ToString().All(PythonText.IsSpace) ? data[..line] : data;
    }

    private void Comment()
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0) throw Error("A comment has no end.");
        var sign = end > _at - 1 ? _source[end - 1] : ' ';
        _at = end + 2;
        AfterBlock(sign);
    }

    private void Raw(Match begin)
    {
        _at += begin.Length;
        var end = RawEnd().Match(_source, _at);
        if (!end.Success) throw Error("A raw block has no end.");
        AddData(Stripped(_source[_at..end.Index], end.Groups[1].Length > 0 ? end.Groups[1].Value[0] : ' ', strips: true));
        _at = end.Index + end.Length;
        AfterBlock(end.Groups[2].Length > 0 ? end.Groups[2].Value[0] : ' ');
    }

    private void AfterBlock(char sign)
    {
        if (sign == '-') while (_at < _source.Length && PythonText.IsSpace(_source[_at])) _at++;
        else if (sign != '+' && _at < _source.Length && _source[_at] == '\n') _at++;
    }

    private void Inside(bool block)
    {
        Add(block ? TokenKind.BlockBegin : TokenKind.VariableBegin, "");
        var close = block ? "%}" : "}}";
        var open = new Stack<char>();
        while (true)
        {
            while (_at < _source.Length && PythonText.IsSpace(_source[_at])) _at++;
            if (_at >= _source.Length) throw Error("The template ends inside a block.");
            var sign = _source[_at] is '-' or '+' ? _source[_at] : ' ';
            var end = sign == ' ' || (sign == '+' && !block) ? _at : _at + 1;
            if (open.Count == 0 && string.CompareOrdinal(_source, end, close, 0, 2) == 0)
            {
                Add(block ? TokenKind.BlockEnd : TokenKind.VariableEnd, "");
                _at = end + 2;
                if (block || sign == '-') AfterBlock(sign);
                return;
            }

            OneToken(open);
        }
    }

    private void OneToken(Stack<char> open)
    {
        var (kind, match) = (TokenKind.Float, Float().Match(_source, _at));
        if (!match.Success || (_at > 0 && _source[_at - 1] == '.')) (kind, match) = (TokenKind.Integer, Integer().Match(_source, _at));
        if (!match.Success) (kind, match) = (TokenKind.Name, Name().Match(_source, _at));
        if (match.Success)
        {
            Add(kind, match.Value);
            _at += match.Length;
            return;
        }

        if (_source[_at] is '\'' or '"')
        {
            var end = _at + 1;
            while (end < _source.Length && _source[end] != _source[_at]) end += _source[end] == '\\' ? 2 : 1;
            if (end >= _source.Length) throw Error("A text has no closing quote.");
            Add(TokenKind.Text, Unescaped(_source[(_at + 1)..end]));
            _at = end + 1;
            return;
        }

        var op = Operators.FirstOrDefault(o => string.CompareOrdinal(_source, _at, o, 0, o.Length) == 0) ?? throw Error($"The character '{_source[_at]}' means nothing here.");
        if (op[0] is '(' or '[' or '{') open.Push(op[0] switch { '(' => ')', '[' => ']', _ => '}' });
        else if (op[0] is ')' or ']' or '}' && (open.Count == 0 || open.Pop() != op[0])) throw Error($"A '{op}' closes nothing.");
        Add(TokenKind.Operator, op);
        _at += op.Length;
    }

    private string Unescaped(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }

            var c = text[++i];
            var digits = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits > 0)
            {
                if (i + digits >= text.Length || !int.TryParse(text.AsSpan(i + 1, digits), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var code) || code is < 0 or > 0x10FFFF)
                    throw Error($"\\{c} needs {digits} hexadecimal digits of a character.");
                plain.Append(code is >= 0xD800 and < 0xE000 ? ((char)code).ToString() : char.ConvertFromUtf32(code));
                i += digits;
            }
            else if (c is >= '0' and <= '7')
            {
                var code = 0;
                var end = Math.Min(i + 3, text.Length);
                for (; i < end && text[i] is >= '0' and <= '7'; i++) code = code * 8 + text[i] - '0';
                i--;
                plain.Append((char)code);
            }
            else
            {
                plain.Append(c switch
                {
                    'n' => "\n", 't' => "\t", 'r' => "\r", 'b' => "\b", 'f' => "\f", 'a' => "\a", 'v' => "\v",
                    '\\' => "\\", '\'' => "'", '"' => "\"", '\n' => "", _ => "\\" + c,
                });
            }
        }

        return plain.ToString();
    }

    private void AddData(string data)
    {
        if (data.Length > 0) Add(TokenKind.Data, data);
    }

    private void Add(TokenKind kind, string text) => _tokens.Add(new(kind, text, Line));

    private TemplateException Error(string message) => new(TemplateFault.Syntax, message, Line);

    [GeneratedRegex(@"\G(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+\-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)", RegexOptions.ECMAScript)]
    private static partial Regex Float();

    [GeneratedRegex(@"\G(?:0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?[0-9])*|0(?:_?0)*)")]
    private static partial Regex Integer();

    [GeneratedRegex(@"\G[\p{L}_][\p{L}\p{N}\p{Mn}_]*")]
    private static partial Regex Name();

    [GeneratedRegex(@"\G\s*raw\s*(?:-%\}\s*|%\})")]
    private static partial Regex RawBegin();

    [GeneratedRegex(@"\{%([-+]?)\s*endraw\s*([-+]?)%\}")]
    private static partial Regex RawEnd();
}
