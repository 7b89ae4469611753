namespace Align.Tool.Engine;

/// <summary>Why a cell failed, and where.</summary>
/// <param name="Cell">The number under which the cell ran.</param>
/// <param name="Line">The line in that cell, from 1; null where no line of the cell is to blame.</param>
/// <param name="Name">The exception's type, <c>CompilationError</c> or <c>Interrupted</c>.</param>
/// <param name="Message">What happened.</param>
/// <param name="Traceback">Lines for a person: the message, then the frames of cells and libraries without the engine's own.</param>
internal sealed record CellError(int Cell, int? Line, string Name, string Message, IReadOnlyList<string> Traceback)
{
    /// <summary>The name of an error that is an interruption by the person.</summary>
    public const string Interrupted = "Interrupted";

    /// <summary>Where it happened, as people say it.</summary>
    public string Place => Line is { } line ? $"cell [{Cell}], line {line}" : $"cell [{Cell}]";
}
