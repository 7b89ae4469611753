using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Align.Tool.Notebooks;

/// <summary>Replaces numbers of a notebook's <c>parameters</c> cell by others: the quick ones for tests, or the person's.</summary>
internal static class Parameters
{
    /// <summary>Applies the <c>align.quick</c> numbers in the metadata of the notebook's parameters cell, where there are any.</summary>
    /// <exception cref="NotebookException">They name what the cell does not declare, or do not fit it.</exception>
    public static void SetQuick(NotebookFile notebook)
    {
        if (notebook.Parameters is not { } cell || cell.Metadata["align"] is not JsonObject own || own["quick"] is not { } quick)
            return;
        var values = quick as JsonObject
            ?? throw new NotebookException($"{notebook.Name}: align.quick in the metadata of the parameters cell must be an object of names and values.");
        foreach (var (name, value) in values)
            cell.Source = Replace(cell.Source, name, value, notebook.Name);
    }

    /// <summary>Applies <c>name=value</c>; the value is JSON, or else text.</summary>
    /// <exception cref="NotebookException">The name is not declared in the parameters cell, or the value does not fit it.</exception>
    public static void Set(NotebookFile notebook, string assignment)
    {
        var parts = assignment.Split('=', 2);
        if (parts.Length < 2 || parts[0].Length == 0)
            throw new NotebookException($"--set {assignment}: write it as name=value.");
        var cell = notebook.Parameters
            ?? throw new NotebookException($"{notebook.Name} has no cell tagged 'parameters', so nothing in it can be set.");
        cell.Source = Replace(cell.Source, parts[0], Parse(parts[1]), notebook.Name);
    }

    private static string Replace(string source, string name, JsonNode? value, string notebook)
    {
        var root = CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Latest, kind: SourceCodeKind.Script)).GetRoot();
        var declared = root.ChildNodes().SelectMany(Declarators).Where(variable => variable.Initializer is not null).ToList();
        var variable = declared.Find(variable => variable.Identifier.ValueText == name)
            ?? throw new NotebookException(
                $"{notebook}: '{name}' is not declared in the parameters cell. Declared there: {string.Join(", ", declared.Select(other => other.Identifier.ValueText))}.");
        var old = variable.Initializer!.Value;
        var type = ((VariableDeclarationSyntax)variable.Parent!).Type.ToString();
        var replacement = Literal(old, type, value)
            ?? throw new NotebookException($"{notebook}: {value?.ToJsonString() ?? "null"} does not fit '{name}', which is {old} in the parameters cell.");
        return source[..old.Span.Start] + replacement + source[old.Span.End..];
    }

    private static IEnumerable<VariableDeclaratorSyntax> Declarators(SyntaxNode node) => node switch
    {
        FieldDeclarationSyntax field => field.Declaration.Variables,
        GlobalStatementSyntax { Statement: LocalDeclarationStatementSyntax local } => local.Declaration.Variables,
        _ => [],
    };

    /// <summary>The C# text of a value of the same kind as the expression it replaces; null where it is of another kind.</summary>
    private static string? Literal(ExpressionSyntax old, string type, JsonNode? value)
    {
        var items = old switch
        {
            CollectionExpressionSyntax list => list.Elements.OfType<ExpressionElementSyntax>().Select(element => element.Expression).ToList(),
            ImplicitArrayCreationExpressionSyntax array => [.. array.Initializer.Expressions],
            ArrayCreationExpressionSyntax { Initializer: { } array } => [.. array.Expressions],
            _ => null,
        };
        if (items is null)
            return Scalar(old, type, value);
        if (value is not JsonArray values || items.Count == 0 || values.Count == 0)
            return null;
        var texts = values.Select(item => Scalar(items[0], type.TrimEnd('[', ']'), item)).ToList();
        var open = old.ToString()[..(items[0].SpanStart - old.SpanStart)].TrimEnd();
        return texts.Contains(null) ? null : open + (open.EndsWith('{') ? " " : "") + string.Join(", ", texts) + (open.EndsWith('{') ? " }" : "]");
    }

    private static string? Scalar(ExpressionSyntax old, string type, JsonNode? value)
    {
        var literal = (old is PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.UnaryMinusExpression } minus ? minus.Operand : old) as LiteralExpressionSyntax;
        var kind = value?.GetValueKind();
        return (literal?.Token.Value, kind) switch
        {
            (bool, JsonValueKind.True) => "true",
            (bool, JsonValueKind.False) => "false",
            (string, JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False) =>
                SymbolDisplay.FormatLiteral(value!.ToString(), quote: true),
            (float or double or decimal or int or long or uint or ulong, JsonValueKind.Number) =>
                Number(literal!.Token, type, value!.ToJsonString()),
            _ => null,
        };
    }

    /// <summary>A whole number stays one, and a real one stays real: <c>1</c> in place of <c>0.1</c> is written <c>1.0</c>.</summary>
    private static string? Number(SyntaxToken old, string type, string number)
    {
        var isWhole = long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);
        var suffix = old.Text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? "" : new string([.. old.Text.SkipWhile(character => !char.IsAsciiLetter(character) || character is 'e' or 'E')]);
        if (old.Value is float or double or decimal || type is "double" or "float" or "decimal")
            return (isWhole && suffix.Length == 0 ? number + ".0" : number) + (type == "float" ? "f" : type == "decimal" ? "m" : suffix);
        var fits = isWhole && (old.Value is not int || int.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _));
        return fits ? number + suffix : null;
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }
}
