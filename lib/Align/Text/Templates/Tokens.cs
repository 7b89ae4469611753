namespace Align.Text.Templates;

/// <summary>A place among the pieces of a template.</summary>
internal sealed class Tokens(List<Token> tokens)
{
    private const int Deepest = 200;

    private int _at, _depth;

    public Token Current => tokens[_at];

    public Token Following => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public int Place => _at;

    /// <summary>The names between a place and here.</summary>
    public IReadOnlySet<string> NamesSince(int place) => tokens[place.._at].Where(t => t.Kind == TokenKind.Name).Select(t => t.Text).ToHashSet(StringComparer.Ordinal);

    public Token Take() => tokens[_at < tokens.Count - 1 ? _at++ : _at];

    public bool Skip(string op)
    {
        if (!Current.Is(op)) return false;
        Take();
        return true;
    }

    public bool SkipName(string name)
    {
        if (!Current.IsName(name)) return false;
        Take();
        return true;
    }

    public void Expect(string op)
    {
        if (!Skip(op)) throw Error($"expected '{op}', found '{Current.Shown}'");
    }

    public void ExpectName(string name)
    {
        if (!SkipName(name)) throw Error($"expected '{name}', found '{Current.Shown}'");
    }

    public string Name() => Current.Kind == TokenKind.Name ? Take().Text : throw Error($"expected a name, found '{Current.Shown}'");

    public void Expect(TokenKind kind)
    {
        if (Current.Kind != kind) throw Error($"expected {new Token(kind, kind.ToString(), 0).Shown}, found '{Current.Shown}'");
        Take();
    }

    /// <summary>Goes a level down: templates that nest without end are refused before the stack ends.</summary>
    public T Nested<T>(Func<T> parse)
    {
        if (++_depth > Deepest) throw Error($"nested more than {Deepest} deep");
        var parsed = parse();
        _depth--;
        return parsed;
    }

    public TemplateException Error(string message) => new(TemplateFault.Syntax, message + ".", Current.Line);
}
