using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;

namespace Align.Tool.Engine;

/// <summary>Answers questions about code that is being typed, from what the compiler knows after the cells that have run.</summary>
internal sealed class CodeAssist(NotebookEngine engine)
{
    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest, kind: SourceCodeKind.Script);

    private static readonly string[] Keywords =
        [.. SyntaxFacts.GetKeywordKinds().Select(SyntaxFacts.GetText).Where(text => text.Length > 1 && char.IsAsciiLetterLower(text[0])).Distinct()];

    /// <summary>Whether Enter should run the code: the content of an <c>is_complete_reply</c>.</summary>
    public static JsonObject IsComplete(string code)
    {
        var tree = CSharpSyntaxTree.ParseText(code, Parsing);
        // CS8997, a raw string literal that is still open, is an error to that function and an unfinished line to a person.
        if (!SyntaxFactory.IsCompleteSubmission(tree) || tree.GetDiagnostics().Any(item => item.Id == "CS8997"))
            return new JsonObject { ["status"] = "incomplete", ["indent"] = "    " };
        return new JsonObject { ["status"] = tree.GetDiagnostics().Any(item => item.Severity == DiagnosticSeverity.Error) ? "invalid" : "complete" };
    }

    /// <summary>What can stand at the cursor: the content of a <c>complete_reply</c>. Positions count code points, as the protocol does.</summary>
    public JsonObject Complete(string code, int cursor)
    {
        var end = Utf16(code, cursor);
        var start = end;
        while (start > 0 && (char.IsLetterOrDigit(code[start - 1]) || code[start - 1] == '_'))
            start--;
        var written = code[start..end];
        var found = Candidates(code[..end], start, written)
            .Where(symbol => symbol.Name.StartsWith(written, StringComparison.OrdinalIgnoreCase))
            .Select(symbol => (symbol.Name, Kind: Kind(symbol)))
            .Concat(start > 0 && code[..start].TrimEnd().EndsWith('.') || written.Length == 0 ? [] : Keywords.Where(keyword => keyword.StartsWith(written, StringComparison.Ordinal)).Select(keyword => (keyword, "keyword")))
            .DistinctBy(item => item.Item1)
            .OrderByDescending(item => item.Item1.StartsWith(written, StringComparison.Ordinal)).ThenBy(item => item.Item1, StringComparer.OrdinalIgnoreCase)
            .ToList();
        var from = CodePoints(code, start);
        return new JsonObject
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. found.Select(item => (JsonNode)item.Item1)]),
            ["cursor_start"] = from,
            ["cursor_end"] = cursor,
            ["metadata"] = new JsonObject
            {
                ["_jupyter_types_experimental"] = new JsonArray([.. found.Select(item => (JsonNode)new JsonObject
                {
                    ["text"] = item.Item1, ["type"] = item.Item2, ["start"] = from, ["end"] = cursor,
                })]),
            },
        };
    }

    /// <summary>What the name at the cursor is, with its documentation: the content of an <c>inspect_reply</c>.</summary>
    public JsonObject Inspect(string code, int cursor)
    {
        var (root, model) = Analyse(code);
        var symbols = SymbolsAt(root, model, Utf16(code, cursor));
        var reply = new JsonObject { ["status"] = "ok", ["found"] = symbols.Count > 0, ["data"] = new JsonObject(), ["metadata"] = new JsonObject() };
        if (symbols.Count > 0)
            reply["data"]![MimeBundle.Plain] = SymbolText.Of(symbols);
        return reply;
    }

    private IEnumerable<ISymbol> Candidates(string code, int start, string written)
    {
        var (root, model) = Analyse(code);
        var dot = code[..start].TrimEnd();
        if (!dot.EndsWith('.'))
        {
            // With nothing written yet, all names there are would help nobody: the notebook's own are shown.
            return model.LookupSymbols(start).Where(symbol => symbol.CanBeReferencedByName && (written.Length > 0 || IsOwn(symbol)));
        }

        var owner = root.FindToken(dot.Length - 1).Parent switch
        {
            MemberAccessExpressionSyntax member => member.Expression,
            MemberBindingExpressionSyntax binding => binding.FirstAncestorOrSelf<ConditionalAccessExpressionSyntax>()?.Expression,
            QualifiedNameSyntax name => name.Left,
            _ => null,
        };
        if (owner is null)
            return [];
        var symbol = model.GetSymbolInfo(owner).Symbol;
        var isStatic = symbol is INamespaceOrTypeSymbol;
        var container = isStatic ? (INamespaceOrTypeSymbol)symbol! : model.GetTypeInfo(owner).Type;
        if (container is null)
            return [];
        return model.LookupSymbols(start, container, includeReducedExtensionMethods: !isStatic)
            .Where(member => member.CanBeReferencedByName && (container is INamespaceSymbol || (member is INamedTypeSymbol ? isStatic : member.IsStatic == isStatic)));
    }

    private static List<ISymbol> SymbolsAt(SyntaxNode root, SemanticModel model, int position)
    {
        foreach (var at in new[] { position, position - 1 }.Where(at => at >= 0 && at < root.FullSpan.End))
        {
            var token = root.FindToken(at);
            if (token.IsKind(SyntaxKind.IdentifierToken) && token.Span.Contains(at) && Symbols(token.Parent!, model) is { Count: > 0 } named)
                return named;
        }

        // Between the brackets of a call, the call is meant.
        var call = root.FindToken(Math.Clamp(position - 1, 0, Math.Max(root.FullSpan.End - 1, 0))).Parent?.FirstAncestorOrSelf<InvocationExpressionSyntax>();
        return call is null ? [] : Symbols(call.Expression, model);
    }

    private static List<ISymbol> Symbols(SyntaxNode node, SemanticModel model)
    {
        if (model.GetDeclaredSymbol(node) is { } declared)
            return [declared];
        var info = model.GetSymbolInfo(node);
        if (info.Symbol is IMethodSymbol chosen)
            return [chosen, .. model.GetMemberGroup(node).Where(other => !SymbolEqualityComparer.Default.Equals(other, chosen))];
        return info.Symbol is { } symbol ? [symbol] : [.. model.GetMemberGroup(node).Concat(info.CandidateSymbols).Distinct(SymbolEqualityComparer.Default)];
    }

    private (SyntaxNode Root, SemanticModel Model) Analyse(string code)
    {
        Script next = engine.Script is { } script
            ? script.ContinueWith<object>(code, engine.Options)
            : CSharpScript.Create<object>(code, engine.Options, typeof(CellScope));
        var compilation = next.GetCompilation();
        var tree = compilation.SyntaxTrees.Single();
        return (tree.GetRoot(), compilation.GetSemanticModel(tree));
    }

    /// <summary>Whether a cell declared it, or the engine gives it to every cell.</summary>
    private static bool IsOwn(ISymbol symbol) =>
        symbol.Locations.Any(location => location.IsInSource) || symbol.ContainingType?.Name == nameof(CellScope);

    private static string Kind(ISymbol symbol) => symbol switch
    {
        IMethodSymbol => "function",
        IPropertySymbol or IEventSymbol => "property",
        INamedTypeSymbol => "class",
        INamespaceSymbol => "module",
        _ => "instance",
    };

    private static int Utf16(string code, int codePoints)
    {
        var at = 0;
        for (; codePoints > 0 && at < code.Length; codePoints--)
            at += char.IsSurrogatePair(code, at) ? 2 : 1;
        return at;
    }

    private static int CodePoints(string code, int utf16) => code[..utf16].EnumerateRunes().Count();
}
