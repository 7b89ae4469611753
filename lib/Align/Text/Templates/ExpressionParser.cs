using System.Globalization;
using System.Numerics;

namespace Align.Text.Templates;

/// <summary>Reads expressions. Filters bind tighter than + and ~, unary minus tighter than filters.</summary>
internal sealed class ExpressionParser(Tokens tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];
    private static readonly string[] EndsOfTuple = [")", "]", "}"];

    /// <summary>One value, or several with commas between them as a tuple.</summary>
    public Expression Tuple(bool conditional = true, bool parentheses = false)
    {
        var line = tokens.Current.Line;
        var items = new List<Expression>();
        var several = false;
        while (!AtEnd())
        {
            items.Add(conditional ? One() : Or());
            if (!tokens.Skip(",")) break;
            several = true;
        }

        if (items.Count == 0 && !parentheses) throw tokens.Error($"expected an expression, found '{tokens.Current.Shown}'");
        return items.Count == 1 && !several ? items[0] : new ListOf(line, items, IsTuple: true);

        bool AtEnd() => tokens.Current.Kind is TokenKind.BlockEnd or TokenKind.VariableEnd or TokenKind.End || EndsOfTuple.Any(tokens.Current.Is) || tokens.Current.IsName("recursive");
    }

    /// <summary>One value.</summary>
    public Expression One() => tokens.Nested(() =>
    {
        var line = tokens.Current.Line;
        var value = Or();
        while (tokens.SkipName("if"))
        {
            var test = Or();
            value = new Conditional(line, test, value, tokens.SkipName("else") ? One() : null);
        }

        return value;
    });

    /// <summary>One value without <c>if</c>.</summary>
    public Expression Or() => Chain(And, () => tokens.SkipName("or") ? "or" : null);

    /// <summary>A filter and those after it, over what comes before it.</summary>
    public Expression Filters(Expression? of, bool first = false)
    {
        while (first || tokens.Current.Is("|") || tokens.Current.IsName("is") || (of is not null && tokens.Current.Is("(")))
        {
            var line = tokens.Current.Line;
            if (first || tokens.Skip("|")) of = new Filter(line, of, Dotted(), tokens.Current.Is("(") ? Arguments() : CallArguments.None);
            else if (tokens.SkipName("is")) of = IsTest(of!, line);
            else of = new Call(line, of!, Arguments());
            first = false;
        }

        return of!;
    }

    /// <summary>The arguments of a call, parentheses included.</summary>
    public CallArguments Arguments()
    {
        var values = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? spread = null, namedSpread = null;
        tokens.Expect("(");
        while (!tokens.Current.Is(")"))
        {
            if (values.Count + named.Count > 0 || spread is not null || namedSpread is not null)
            {
                tokens.Expect(",");
                if (tokens.Current.Is(")")) break;
            }

            if (tokens.Skip("*")) spread = One();
            else if (tokens.Skip("**")) namedSpread = One();
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Following.Is("="))
            {
                var name = tokens.Name();
                tokens.Expect("=");
                named.Add((name, One()));
            }
            else if (named.Count > 0) throw tokens.Error("a value without a name after one with a name");
            else values.Add(One());
        }

        tokens.Expect(")");
        return new(values, named, spread, namedSpread);
    }

    private Expression And() => Chain(Not, () => tokens.SkipName("and") ? "and" : null);

    private Expression Not()
    {
        var line = tokens.Current.Line;
        return tokens.Current.IsName("not") ? tokens.Nested(() =>
        {
            tokens.Take();
            return (Expression)new Unary(line, "not", Not());
        }) : Compared();
    }

    private Expression Compared()
    {
        var line = tokens.Current.Line;
        var first = Sum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (tokens.Current.Kind == TokenKind.Operator && Comparisons.Contains(tokens.Current.Text)) rest.Add((tokens.Take().Text, Sum()));
            else if (tokens.SkipName("in")) rest.Add(("in", Sum()));
            else if (tokens.Current.IsName("not") && tokens.Following.IsName("in"))
            {
                tokens.Take();
                tokens.Take();
                rest.Add(("not in", Sum()));
            }
            else return rest.Count == 0 ? first : new Comparison(line, first, rest);
        }
    }

    private Expression Sum() => Chain(Concatenation, () => Operator("+", "-"));

    private Expression Concatenation() => Chain(Product, () => Operator("~"));

    private Expression Product() => Chain(Power, () => Operator("*", "/", "//", "%"));

    private Expression Power() => Chain(() => Signed(), () => Operator("**"));

    private Expression Signed(bool filtered = true) => tokens.Nested(() =>
    {
        var line = tokens.Current.Line;
        Expression value;
        if (Operator("-", "+") is { } sign) value = new Unary(line, sign, Signed(filtered: false));
        else value = Primary();
        value = Postfix(value);
        return filtered ? Filters(value) : value;
    });

    private string? Operator(params string[] operators) => operators.Any(tokens.Current.Is) ? tokens.Take().Text : null;

    private Expression Chain(Func<Expression> operand, Func<string?> op)
    {
        var line = tokens.Current.Line;
        var left = operand();
        while (op() is { } found) left = new Binary(line, found, left, operand());
        return left;
    }

    private Expression Primary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Take();
                return token.Text switch
                {
                    "true" or "True" => new Constant(token.Line, true),
                    "false" or "False" => new Constant(token.Line, false),
                    "none" or "None" => new Constant(token.Line, null),
                    _ => new Variable(token.Line, token.Text),
                };
            case TokenKind.Text:
                var text = "";
                while (tokens.Current.Kind == TokenKind.Text) text += tokens.Take().Text;
                return new Constant(token.Line, text);
            case TokenKind.Integer:
                if (token.Text.Length > 1000) throw tokens.Error("a number of more than 1000 digits");
                return new Constant(token.Line, Integer(tokens.Take().Text));
            case TokenKind.Float:
                return new Constant(token.Line, double.Parse(tokens.Take().Text.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
        }

        if (tokens.Skip("("))
        {
            var inner = Tuple(parentheses: true);
            tokens.Expect(")");
            return inner;
        }

        if (tokens.Skip("[")) return new ListOf(token.Line, Many("]", One), IsTuple: false);
        if (tokens.Skip("{"))
        {
            return new DictOf(token.Line, Many("}", () =>
            {
                var key = One();
                tokens.Expect(":");
                return (key, One());
            }));
        }

        throw tokens.Error($"expected an expression, found '{token.Shown}'");
    }

    private List<T> Many<T>(string close, Func<T> one)
    {
        var items = new List<T>();
        while (!tokens.Current.Is(close))
        {
            if (items.Count > 0)
            {
                tokens.Expect(",");
                if (tokens.Current.Is(close)) break;
            }

            items.Add(one());
        }

        tokens.Expect(close);
        return items;
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            var line = tokens.Current.Line;
            if (tokens.Skip("."))
            {
                value = tokens.Current.Kind == TokenKind.Integer
                    ? new Item(line, value, new Constant(line, Integer(tokens.Take().Text)))
                    : new Attribute(line, value, tokens.Name());
            }
            else if (tokens.Skip("["))
            {
                var keys = Many("]", Subscript);
                if (keys.Count == 0) throw tokens.Error("[] needs a key");
                value = new Item(line, value, keys.Count == 1 ? keys[0] : new ListOf(line, keys, IsTuple: true));
            }
            else if (tokens.Current.Is("(")) value = new Call(line, value, Arguments());
            else return value;
        }
    }

    private Expression Subscript()
    {
        var line = tokens.Current.Line;
        var start = tokens.Current.Is(":") ? null : One();
        if (!tokens.Skip(":")) return start!;
        var stop = End() ? null : One();
        return new Slice(line, start, stop, tokens.Skip(":") && !End() ? One() : null);

        bool End() => tokens.Current.Is(":") || tokens.Current.Is("]") || tokens.Current.Is(",");
    }

    private Expression IsTest(Expression of, int line)
    {
        var negated = tokens.SkipName("not");
        var name = Dotted();
        var arguments = CallArguments.None;
        if (tokens.Current.Is("(")) arguments = Arguments();
        else if ((tokens.Current.Kind is TokenKind.Name or TokenKind.Text or TokenKind.Integer or TokenKind.Float || tokens.Current.Is("(") || tokens.Current.Is("[") || tokens.Current.Is("{"))
            && !tokens.Current.IsName("else") && !tokens.Current.IsName("or") && !tokens.Current.IsName("and") && !tokens.Current.IsName("if"))
        {
            if (tokens.Current.IsName("is")) throw tokens.Error("tests cannot be chained with is");
            arguments = new([Postfix(Primary())], [], null, null);
        }

        var test = new Test(line, of, name, arguments);
        return negated ? new Unary(line, "not", test) : test;
    }

    private string Dotted()
    {
        var name = tokens.Name();
        while (tokens.Skip(".")) name += "." + tokens.Name();
        return name;
    }

    private static BigInteger Integer(string text)
    {
        text = text.Replace("_", "", StringComparison.Ordinal);
        if (text.Length < 3 || text[0] != '0' || char.IsAsciiDigit(text[1])) return BigInteger.Parse(text, CultureInfo.InvariantCulture);
        var numberBase = text[1] is 'x' or 'X' ? 16 : text[1] is 'o' or 'O' ? 8 : 2;
        return text[2..].Aggregate(BigInteger.Zero, (value, digit) => value * numberBase + Convert.ToInt32(digit.ToString(), 16));
    }
}
