using System.Numerics;

namespace Align.Text.Templates;

/// <summary>A part of a template that has a value.</summary>
/// <param name="Line">The template's line.</param>
internal abstract record Expression(int Line);

internal sealed record Constant(int Line, object? Value) : Expression(Line);

internal sealed record Variable(int Line, string Name) : Expression(Line);

internal sealed record ListOf(int Line, IReadOnlyList<Expression> Items, bool IsTuple) : Expression(Line);

internal sealed record DictOf(int Line, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Line);

internal sealed record Unary(int Line, string Operator, Expression Operand) : Expression(Line);

internal sealed record Binary(int Line, string Operator, Expression Left, Expression Right) : Expression(Line);

internal sealed record Comparison(int Line, Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest) : Expression(Line);

internal sealed record Conditional(int Line, Expression Test, Expression Then, Expression? Else) : Expression(Line);

internal sealed record Attribute(int Line, Expression Of, string Name) : Expression(Line);

internal sealed record Item(int Line, Expression Of, Expression Key) : Expression(Line);

internal sealed record Slice(int Line, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line);

internal sealed record Call(int Line, Expression Function, CallArguments Arguments) : Expression(Line);

/// <param name="Line">The template's line.</param>
/// <param name="Of">What is filtered; null at the head of a <c>filter</c> block.</param>
/// <param name="Name">The filter.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record Filter(int Line, Expression? Of, string Name, CallArguments Arguments) : Expression(Line);

internal sealed record Test(int Line, Expression Of, string Name, CallArguments Arguments) : Expression(Line);

internal sealed record CallArguments(IReadOnlyList<Expression> Values, IReadOnlyList<(string Name, Expression Value)> Named, Expression? Spread, Expression? NamedSpread)
{
    public static CallArguments None { get; } = new([], [], null, null);
}

/// <summary>What a value is given to: a name, an attribute of a namespace, or several of them.</summary>
internal abstract record Target;

internal sealed record NameTarget(string Name) : Target;

internal sealed record AttributeTarget(string Name, string Attribute) : Target;

internal sealed record TupleTarget(IReadOnlyList<Target> Targets) : Target;

/// <summary>A part of a template that does something.</summary>
/// <param name="Line">The template's line.</param>
internal abstract record Statement(int Line);

internal sealed record Data(int Line, string Text) : Statement(Line);

internal sealed record Print(int Line, Expression Value) : Statement(Line);

internal sealed record If(int Line, IReadOnlyList<(Expression Test, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else) : Statement(Line);

internal sealed record For(int Line, Target Target, Expression Items, Expression? Test, bool Recursive, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Else) : Statement(Line);

internal sealed record Set(int Line, Target Target, Expression Value) : Statement(Line);

internal sealed record SetBlock(int Line, Target Target, Filter? Filter, IReadOnlyList<Statement> Body) : Statement(Line);

/// <param name="Line">The template's line.</param>
/// <param name="Name">What it is called by.</param>
/// <param name="Parameters">Its parameters, with their defaults.</param>
/// <param name="Body">What it writes.</param>
/// <param name="Names">Every name that the body reads: only a macro that reads <c>varargs</c> or <c>kwargs</c> takes more than it names.</param>
internal sealed record Macro(int Line, string Name, IReadOnlyList<(string Name, Expression? Absent)> Parameters, IReadOnlyList<Statement> Body, IReadOnlySet<string> Names) : Statement(Line);

internal sealed record CallBlock(int Line, Macro Caller, Expression Call) : Statement(Line);

internal sealed record FilterBlock(int Line, Filter Filter, IReadOnlyList<Statement> Body) : Statement(Line);

internal sealed record With(int Line, IReadOnlyList<(Target Target, Expression Value)> Values, IReadOnlyList<Statement> Body) : Statement(Line);

internal sealed record Block(int Line, IReadOnlyList<Statement> Body) : Statement(Line);

internal sealed record Generation(int Line, IReadOnlyList<Statement> Body) : Statement(Line);

internal sealed record Jump(int Line, bool Breaks) : Statement(Line);
