using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting;

namespace Align.Tool.Engine;

/// <summary>Turns what went wrong into words for the person who wrote the cell: cell and line first, no frame of the engine.</summary>
internal sealed partial class CellTrace
{
    private readonly Dictionary<int, string[]> sources = [];

    /// <summary>The file name that the compiler is told for a cell, and that comes back in frames and diagnostics.</summary>
    public static string FileName(int cell) => string.Create(CultureInfo.InvariantCulture, $"[{cell}]");

    /// <summary>Remembers a cell's text, to quote its lines.</summary>
    public void Add(int cell, string source) => sources[cell] = source.Split('\n');

    /// <summary>A cell that the compiler refused.</summary>
    public CellError OfCompilation(int cell, CompilationErrorException error)
    {
        var errors = error.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).ToList();
        var first = errors.FirstOrDefault();
        var message = first is null ? error.Message : $"{first.Id}: {first.GetMessage(CultureInfo.InvariantCulture)}";
        var traceback = errors.SelectMany(diagnostic => Quote(
            $"cell [{cell}], line {Line(diagnostic)}: {diagnostic.Id}: {diagnostic.GetMessage(CultureInfo.InvariantCulture)}", cell, Line(diagnostic)));
        return new CellError(cell, first is null ? null : Line(first), "CompilationError", message, [$"CompilationError: cell [{cell}] does not compile.", .. traceback]);

        static int Line(Diagnostic diagnostic) => diagnostic.Location.GetLineSpan().StartLinePosition.Line + 1;
    }

    /// <summary>A cell that threw.</summary>
    public CellError OfException(int cell, Exception thrown)
    {
        var error = thrown is TargetInvocationException { InnerException: { } inner } ? inner : thrown;
        var places = Places(error).ToList();
        var own = places.Find(place => place.Cell == cell) ?? places.Find(place => place.Cell is not null);
        List<string> traceback = [$"{error.GetType().Name}: {error.Message}"];
        foreach (var place in places.Where((place, index) => index == 0 || place != places[index - 1]))
            traceback.AddRange(place.Cell is { } at ? Quote($"   at {place.Text}", at, place.Line) : [$"   at {place.Text}"]);
        for (var cause = error.InnerException; cause is not null; cause = cause.InnerException)
            traceback.Add($"caused by {cause.GetType().Name}: {cause.Message}");
        // The number belongs to the cell that ran, even where the line stands in a function of an earlier one.
        return own?.Cell is { } blamed && blamed != cell
            ? new CellError(cell, null, error.GetType().Name, error.Message, traceback)
            : new CellError(cell, own?.Line, error.GetType().Name, error.Message, traceback);
    }

    /// <summary>A cell that stopped because the person asked for it.</summary>
    public CellError OfInterruption(int cell, Exception thrown)
    {
        var error = OfException(cell, thrown);
        return error with { Name = CellError.Interrupted, Message = "The cell was interrupted.", Traceback = ["Interrupted: the cell stopped; its variables keep what they hold.", .. error.Traceback.Skip(1)] };
    }

    private static IEnumerable<Place> Places(Exception error)
    {
        foreach (var frame in new StackTrace(error, fNeedFileInfo: true).GetFrames())
        {
            if (frame.GetMethod() is not { } method || IsPlumbing(method))
                continue;
            var file = Path.GetFileName(frame.GetFileName());
            var line = frame.GetFileLineNumber();
            if (file is not null && CellFile().Match(file) is { Success: true } match)
            {
                var cell = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
                var name = MethodName(method);
                yield return new Place(name.Length == 0 ? $"cell [{cell}], line {line}" : $"{name}, cell [{cell}], line {line}", cell, line);
            }
            else
            {
                yield return new Place($"{TypeName(method.DeclaringType)}{MethodName(method)}" + (file is null ? "" : $" ({file}, line {line})"), null, 0);
            }
        }
    }

    /// <summary>Frames of the script runner, of this tool and of .NET itself say nothing that the message does not.</summary>
    private static bool IsPlumbing(MethodBase method) =>
        method.DeclaringType is { } type
        && (type.Assembly == typeof(CellTrace).Assembly
            || type.Assembly.GetName().Name is { } assembly
                && (assembly.StartsWith("System.", StringComparison.Ordinal) || assembly.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal)));

    /// <summary>The name a person gave: not the state machine's, closure's or local function's. Empty for a cell's top level.</summary>
    private static string MethodName(MethodBase method)
    {
        var inner = method.Name == "MoveNext" && method.DeclaringType is { } machine ? machine.Name : method.Name;
        var name = CompilerName().Match(inner);
        var written = !name.Success ? inner
            : name.Groups["local"].Length > 0 ? name.Groups["local"].Value
            : name.Groups["in"].Value;
        return written is "Initialize" or "<Initialize>" or "<Factory>" or "Factory" ? "" : written;
    }

    private static string TypeName(Type? type)
    {
        while (type is { DeclaringType: { } outer } && type.Name.StartsWith('<'))
            type = outer;
        return type is null ? "" : $"{type.Namespace}.{type.Name.Split('`')[0]}.";
    }

    private IEnumerable<string> Quote(string text, int cell, int line)
    {
        yield return text;
        if (sources.TryGetValue(cell, out var lines) && line >= 1 && line <= lines.Length && lines[line - 1].Trim() is { Length: > 0 } code)
            yield return $"      {code}";
    }

    private sealed record Place(string Text, int? Cell, int Line);

    [GeneratedRegex(@"^\[(\d+)\]$")]
    private static partial Regex CellFile();

    /// <summary><c>&lt;Main&gt;g__Local|0_0</c>, <c>&lt;Main&gt;b__1</c>, <c>&lt;Main&gt;d__2</c>, and the double brackets of a cell's top level.</summary>
    [GeneratedRegex(@"^<+(?<in>[^<>]*)>+(?:g__(?<local>[^|]+)\|)?")]
    private static partial Regex CompilerName();
}
