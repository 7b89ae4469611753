using System.Numerics;
using System.Text;

namespace Align.Text.Templates;

/// <summary>Runs a template once. It reads what it is given and writes text; there is nothing else that it could reach.</summary>
internal sealed class Interpreter
{
    private readonly Python _python;
    private readonly Access _access;
    private readonly Operators _operators;
    private readonly Filters _filters;
    private readonly Tests _tests;
    private readonly Scope _top;
    private readonly StringBuilder _root = new();
    private readonly List<(int Start, int End)> _spans = [];
    private StringBuilder _out;

    public Interpreter(TemplateLimits limits, DateTime now)
    {
        _python = new Python(new Budget(limits));
        var methods = new Methods(_python);
        var format = new TextFormat(_python, methods);
        _access = new Access(_python, methods);
        _operators = new Operators(_python, format);
        _tests = new Tests(_python);
        _filters = new Filters(_python, _access, methods, format, _tests);
        _out = _root;
        var globals = new Scope(null);
        foreach (var function in new Globals(_python, now).All) globals.Set(function.Name, function);
        globals.Set("self", new Namespace([]));
        _top = new Scope(globals);
    }

    public Python Python => _python;

    /// <summary>The parts that <c>generation</c> blocks wrote, in code points after all that was given out at top level, as transformers counts them.</summary>
    public IReadOnlyList<(int Start, int End)> Spans => _spans;

    public void Define(string name, object? value) => _top.Set(name, value);

    public string Render(IReadOnlyList<Statement> template)
    {
        if (Run(template, _top) is not Flow.On) throw new TemplateException(TemplateFault.Syntax, "A break or continue stands outside a loop.");
        return _root.ToString();
    }

    private enum Flow
    {
        On,
        Break,
        Continue,
    }

    private Flow Run(IReadOnlyList<Statement> statements, Scope scope)
    {
        foreach (var statement in statements)
        {
            _python.Budget.Step();
            try
            {
                if (Run(statement, scope) is var flow && flow is not Flow.On) return flow;
            }
            catch (TemplateException e) when (e.Line == 0 && e.Fault is not TemplateFault.Raised)
            {
                throw new TemplateException(e.Fault, e.Message, statement.Line, e);
            }
        }

        return Flow.On;
    }

    private Flow Run(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case Data data: Write(data.Text); break;
            case Print print: Write(_python.Text(Value(print.Value, scope))); break;
            case If branch: return Run(branch.Branches.FirstOrDefault(b => Python.Truth(Value(b.Test, scope))).Body ?? branch.Else, scope);
            case For loop: Loop(loop, Value(loop.Items, scope), scope, 1); break;
            case Set set: Assign(set.Target, Value(set.Value, scope), scope); break;
            case SetBlock set:
                var text = Captured(set.Body, new Scope(scope));
                Assign(set.Target, set.Filter is null ? text : Filtered(set.Filter, text, scope), scope);
                break;
            case Macro macro: scope.Set(macro.Name, Defined(macro, scope)); break;
            case CallBlock call: Write(_python.Text(CallWith(call, scope))); break;
            case FilterBlock filter: Write(_python.Text(Filtered(filter.Filter, Captured(filter.Body, new Scope(scope)), scope))); break;
            case With with:
                var inner = new Scope(scope);
                foreach (var (target, value) in with.Values) Assign(target, Value(value, scope), inner);
                return Run(with.Body, inner);
            case Block block: return Run(block.Body, new Scope(_top));
            case Generation generation:
                var generated = Captured(generation.Body, new Scope(scope));
                var start = Python.LengthOf(_root.ToString());
                _spans.Add((start, start + Python.LengthOf(generated)));
                Write(generated);
                break;
            case Jump jump: return jump.Breaks ? Flow.Break : Flow.Continue;
        }

        return Flow.On;
    }

    private void Write(string text)
    {
        _python.Budget.Room(text.Length);
        _out.Append(text);
    }

    private string Captured(IReadOnlyList<Statement> body, Scope scope)
    {
        var outer = _out;
        _out = new StringBuilder();
        try
        {
            if (Run(body, scope) is not Flow.On) throw new TemplateException(TemplateFault.Syntax, "A break or continue leaves a block.");
            return _out.ToString();
        }
        finally
        {
            _out = outer;
        }
    }

    private void Loop(For loop, object? items, Scope scope, int depth)
    {
        var kept = new List<object?>();
        foreach (var item in _python.Iterate(items))
        {
            if (loop.Test is not null)
            {
                var trial = new Scope(scope);
                Assign(loop.Target, item, trial);
                if (!Python.Truth(Value(loop.Test, trial))) continue;
            }

            kept.Add(item);
        }

        var state = new LoopState(kept, depth, loop.Recursive ? again => Again(loop, again, scope, depth) : null);
        foreach (var item in kept)
        {
            state.Index++;
            var inner = new Scope(scope);
            inner.Set("loop", state);
            Assign(loop.Target, item, inner);
            if (Run(loop.Body, inner) is Flow.Break) return;
        }

        if (kept.Count == 0) Run(loop.Else, new Scope(scope));
    }

    private string Again(For loop, object? items, Scope scope, int depth)
    {
        _python.Budget.Step();
        var outer = _out;
        _out = new StringBuilder();
        try
        {
            Loop(loop, items, scope, depth + 1);
            return _out.ToString();
        }
        finally
        {
            _out = outer;
        }
    }

    private void Assign(Target target, object? value, Scope scope)
    {
        switch (target)
        {
            case NameTarget name: scope.Set(name.Name, value); break;
            case AttributeTarget attribute:
                if (scope.Get(attribute.Name) is not Namespace space) throw new TemplateException(TemplateFault.Undefined, "cannot assign attribute on non-namespace object");
                Globals.CheckName(attribute.Attribute);
                space.Values[attribute.Attribute] = value;
                break;
            case TupleTarget tuple:
                var items = _python.List(value).Items;
                if (items.Count != tuple.Targets.Count) throw Python.Error($"{items.Count} values for {tuple.Targets.Count} names");
                for (var i = 0; i < items.Count; i++) Assign(tuple.Targets[i], items[i], scope);
                break;
        }
    }

    private Function Defined(Macro macro, Scope scope)
    {
        var attributes = _python.Dict().With("name", macro.Name).With("arguments", new PyList([.. macro.Parameters.Select(p => p.Name)], isTuple: true));
        return new Function(macro.Name, a => Called(macro, a, scope), attributes);
    }

    private string Called(Macro macro, Arguments a, Scope around)
    {
        _python.Budget.Step();
        var scope = new Scope(around);
        var named = new Dictionary<string, object?>(a.Named);
        if (named.Remove("caller", out var caller)) scope.Set("caller", caller);
        for (var i = 0; i < macro.Parameters.Count; i++)
        {
            var (name, absent) = macro.Parameters[i];
            if (i < a.Values.Count) scope.Set(name, a.Values[i]);
            else if (named.Remove(name, out var value)) scope.Set(name, value);
            else scope.Set(name, absent is null ? new Undefined($"parameter '{name}' was not provided") : Value(absent, scope));
        }

        var extra = a.Values.Skip(macro.Parameters.Count).ToArray();
        if (extra.Length > 0 && !macro.Names.Contains("varargs")) throw Python.Error($"macro '{macro.Name}' takes not more than {macro.Parameters.Count} argument(s)");
        if (named.Count > 0 && !macro.Names.Contains("kwargs")) throw Python.Error($"macro '{macro.Name}' takes no keyword argument '{named.Keys.First()}'");
        scope.Set("varargs", new PyList(extra, isTuple: true));
        scope.Set("kwargs", named.Aggregate(_python.Dict(), (dict, entry) => dict.With(entry.Key, entry.Value)));
        return Captured(macro.Body, scope);
    }

    private object? CallWith(CallBlock block, Scope scope)
    {
        var call = (Call)block.Call;
        var given = Evaluated(call.Arguments, scope);
        var named = new Dictionary<string, object?>(given.Named) { ["caller"] = Defined(block.Caller, scope) };
        return Invoke(Value(call.Function, scope), given with { Named = named });
    }

    private object? Filtered(Filter filter, object? value, Scope scope)
    {
        if (filter.Of is not null) value = Filtered((Filter)filter.Of, value, scope);
        return _filters.Run(filter.Name, value, Evaluated(filter.Arguments, scope));
    }

    private static object? Invoke(object? function, Arguments arguments) => function switch
    {
        Function f => f.Call(arguments),
        LoopState { Recurse: { } recurse } => recurse(arguments.Only("loop", 1, "iterable").Get(0, "iterable")),
        Undefined u => throw u.Error(),
        _ => throw Python.Error($"'{Python.TypeOf(function)}' object is not callable"),
    };

    private Arguments Evaluated(CallArguments a, Scope scope)
    {
        if (a == CallArguments.None) return Arguments.None;
        var values = a.Values.Select(v => Value(v, scope)).ToList();
        if (a.Spread is not null) values.AddRange(_python.Iterate(Value(a.Spread, scope)));
        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in a.Named)
            if (!named.TryAdd(name, Value(value, scope))) throw Python.Error($"'{name}' is given twice");
        if (a.NamedSpread is not null)
            foreach (var (key, value) in (Value(a.NamedSpread, scope) as PyDict ?? throw Python.Error("** needs a mapping")).Entries)
                named[Python.Str(key, "a name")] = value;
        return new(values, named);
    }

    private object? Value(Expression expression, Scope scope)
    {
        _python.Budget.Step();
        switch (expression)
        {
            case Constant constant: return constant.Value;
            case Variable variable: return scope.Get(variable.Name);
            case ListOf list: return new PyList([.. list.Items.Select(i => Value(i, scope))], list.IsTuple);
            case DictOf dict: return dict.Entries.Aggregate(_python.Dict(), (made, e) => made.With(Value(e.Key, scope), Value(e.Value, scope)));
            case Unary unary: return Operators.Unary(unary.Operator, Value(unary.Operand, scope));
            case Binary { Operator: "and" } and: return Value(and.Left, scope) is var left && Python.Truth(left) ? Value(and.Right, scope) : left;
            case Binary { Operator: "or" } or: return Value(or.Left, scope) is var first && Python.Truth(first) ? first : Value(or.Right, scope);
            case Binary binary: return _operators.Binary(binary.Operator, Value(binary.Left, scope), Value(binary.Right, scope));
            case Comparison comparison: return Compared(comparison, scope);
            case Conditional c:
                if (Python.Truth(Value(c.Test, scope))) return Value(c.Then, scope);
                return c.Else is null ? new Undefined("the condition was false and there is no else") : Value(c.Else, scope);
            case Attribute attribute: return _access.Attribute(Value(attribute.Of, scope), attribute.Name);
            case Item { Key: Slice slice } item:
                return _access.Slice(Value(item.Of, scope), Part(slice.Start), Part(slice.Stop), Part(slice.Step));
            case Item item: return _access.Item(Value(item.Of, scope), Value(item.Key, scope));
            case Call call: return Invoke(Value(call.Function, scope), Evaluated(call.Arguments, scope));
            case Filter filter: return _filters.Run(filter.Name, Value(filter.Of!, scope), Evaluated(filter.Arguments, scope));
            case Test test: return _tests.Run(test.Name, Value(test.Of, scope), Evaluated(test.Arguments, scope));
            default: throw new TemplateException(TemplateFault.Syntax, "A slice stands where a value is needed.");
        }

        object? Part(Expression? part) => part is null ? null : Value(part, scope);
    }

    private bool Compared(Comparison comparison, Scope scope)
    {
        var left = Value(comparison.First, scope);
        foreach (var (op, operand) in comparison.Rest)
        {
            var right = Value(operand, scope);
            var holds = op switch
            {
                "==" => _python.Equal(left, right),
                "!=" => !_python.Equal(left, right),
                "in" => _python.Contains(right, left),
                "not in" => !_python.Contains(right, left),
                "<" => _python.Compare(left, right, op) < 0,
                "<=" => _python.Compare(left, right, op) <= 0,
                ">" => _python.Compare(left, right, op) > 0,
                _ => _python.Compare(left, right, op) >= 0,
            };
            if (!holds) return false;
            left = right;
        }

        return true;
    }
}
