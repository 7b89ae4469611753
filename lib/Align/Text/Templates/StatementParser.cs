namespace Align.Text.Templates;

/// <summary>Reads the statements of a template.</summary>
internal sealed class StatementParser
{
    private readonly Tokens _tokens;
    private readonly ExpressionParser _expressions;

    private StatementParser(List<Token> tokens)
    {
        _tokens = new Tokens(tokens);
        _expressions = new ExpressionParser(_tokens);
    }

    public static IReadOnlyList<Statement> Read(string template)
    {
        var parser = new StatementParser(TemplateLexer.Read(template));
        return parser.Body([]);
    }

    // Statements up to a block that begins with one of the names, whose begin is taken; or to the end of the template.
    private List<Statement> Body(string[] ends)
    {
        var statements = new List<Statement>();
        while (true)
        {
            var token = _tokens.Current;
            switch (token.Kind)
            {
                case TokenKind.End:
                    if (ends.Length > 0) throw _tokens.Error($"the template ends before {string.Join(" or ", ends)}");
                    return statements;
                case TokenKind.Data:
                    statements.Add(new Data(token.Line, _tokens.Take().Text));
                    break;
                case TokenKind.VariableBegin:
                    _tokens.Take();
                    statements.Add(new Print(token.Line, _expressions.Tuple()));
                    _tokens.Expect(TokenKind.VariableEnd);
                    break;
                default:
                    _tokens.Take();
                    if (ends.Any(_tokens.Current.IsName)) return statements;
                    statements.Add(_tokens.Nested(() => Tag(token.Line)));
                    break;
            }
        }
    }

    private Statement Tag(int line)
    {
        var name = _tokens.Name();
        switch (name)
        {
            case "if": return ReadIf(line);
            case "for": return ReadFor(line);
            case "set": return ReadSet(line);
            case "macro": return ReadMacro(line);
            case "call": return ReadCall(line);
            case "with": return ReadWith(line);
            case "filter":
                var filter = (Filter)_expressions.Filters(null, first: true);
                return new FilterBlock(line, filter, Inside("endfilter"));
            case "block":
                _tokens.Name();
                while (_tokens.Current.Kind == TokenKind.Name) _tokens.Take();
                var block = new Block(line, InsideOf("endblock"));
                if (_tokens.Current.Kind == TokenKind.Name) _tokens.Take();
                _tokens.Expect(TokenKind.BlockEnd);
                return block;
            case "generation": return new Generation(line, Inside("endgeneration"));
            case "break" or "continue":
                _tokens.Expect(TokenKind.BlockEnd);
                return new Jump(line, name == "break");
            default: throw new TemplateException(TemplateFault.Syntax, $"There is no tag '{name}' here.", line);
        }
    }

    private List<Statement> InsideOf(string end)
    {
        _tokens.Expect(TokenKind.BlockEnd);
        var body = Body([end]);
        _tokens.ExpectName(end);
        return body;
    }

    private List<Statement> Inside(string end)
    {
        var body = InsideOf(end);
        _tokens.Expect(TokenKind.BlockEnd);
        return body;
    }

    private If ReadIf(int line)
    {
        var branches = new List<(Expression, IReadOnlyList<Statement>)>();
        do
        {
            var test = _expressions.Tuple(conditional: false);
            _tokens.Expect(TokenKind.BlockEnd);
            branches.Add((test, Body(["elif", "else", "endif"])));
        }
        while (_tokens.SkipName("elif"));

        List<Statement> otherwise = [];
        if (_tokens.SkipName("else")) otherwise = InsideOf("endif");
        else _tokens.ExpectName("endif");
        _tokens.Expect(TokenKind.BlockEnd);
        return new If(line, branches, otherwise);
    }

    private For ReadFor(int line)
    {
        var target = ReadTarget(attributes: false);
        _tokens.ExpectName("in");
        var items = _expressions.Tuple(conditional: false);
        var test = _tokens.SkipName("if") ? _expressions.One() : null;
        var recursive = _tokens.SkipName("recursive");
        _tokens.Expect(TokenKind.BlockEnd);
        var body = Body(["else", "endfor"]);
        List<Statement> otherwise = [];
        if (_tokens.SkipName("else")) otherwise = InsideOf("endfor");
        else _tokens.ExpectName("endfor");
        _tokens.Expect(TokenKind.BlockEnd);
        return new For(line, target, items, test, recursive, body, otherwise);
    }

    private Statement ReadSet(int line)
    {
        var target = ReadTarget(attributes: true);
        if (_tokens.Skip("="))
        {
            var value = _expressions.Tuple();
            _tokens.Expect(TokenKind.BlockEnd);
            return new Set(line, target, value);
        }

        var filter = _tokens.Skip("|") ? (Filter)_expressions.Filters(null, first: true) : null;
        return new SetBlock(line, target, filter, Inside("endset"));
    }

    private Macro ReadMacro(int line)
    {
        var name = _tokens.Name();
        var parameters = ReadParameters();
        var start = _tokens.Place;
        return new Macro(line, name, parameters, Inside("endmacro"), _tokens.NamesSince(start));
    }

    private CallBlock ReadCall(int line)
    {
        var parameters = _tokens.Current.Is("(") ? ReadParameters() : [];
        var call = _expressions.One();
        if (call is not Call) throw _tokens.Error("a call block needs a call");
        var start = _tokens.Place;
        return new CallBlock(line, new Macro(line, "caller", parameters, Inside("endcall"), _tokens.NamesSince(start)), call);
    }

    private With ReadWith(int line)
    {
        var values = new List<(Target, Expression)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0) _tokens.Expect(",");
            var target = ReadTarget(attributes: false);
            _tokens.Expect("=");
            values.Add((target, _expressions.One()));
        }

        return new With(line, values, Inside("endwith"));
    }

    private List<(string, Expression?)> ReadParameters()
    {
        var parameters = new List<(string, Expression?)>();
        _tokens.Expect("(");
        while (!_tokens.Current.Is(")"))
        {
            if (parameters.Count > 0) _tokens.Expect(",");
            var name = _tokens.Name();
            var absent = _tokens.Skip("=") ? _expressions.One() : null;
            if (absent is null && parameters.Any(p => p.Item2 is not null)) throw _tokens.Error("a parameter without a default after one with a default");
            parameters.Add((name, absent));
        }

        _tokens.Expect(")");
        return parameters;
    }

    private Target ReadTarget(bool attributes)
    {
        var targets = new List<Target>();
        var several = false;
        do
        {
            if (targets.Count > 0 && _tokens.Current.Kind != TokenKind.Name && !_tokens.Current.Is("(")) break;
            targets.Add(OneTarget(attributes));
        }
        while (_tokens.Skip(",") && (several = true));

        return several ? new TupleTarget(targets) : targets[0];
    }

    private Target OneTarget(bool attributes)
    {
        if (_tokens.Skip("("))
        {
            var inner = _tokens.Nested(() => ReadTarget(attributes: false));
            _tokens.Expect(")");
            return inner;
        }

        var name = _tokens.Name();
        if (name is "true" or "false" or "none" or "True" or "False" or "None") throw _tokens.Error($"'{name}' cannot be given another value");
        return attributes && _tokens.Skip(".") ? new AttributeTarget(name, _tokens.Name()) : new NameTarget(name);
    }
}
