using Align.Runtime;

namespace Align.Interactive;

/// <summary>What an engine that runs notebooks offers to the kit. The kit's own engine sets <see cref="Kit.Host"/>.</summary>
public interface INotebookHost
{
    /// <summary>Shows a value in the running cell's output and returns the handle that replaces it.</summary>
    ILiveDisplay Display(object value);

    /// <summary>Cancelled when the person interrupts the kernel or the run.</summary>
    CancellationToken Cancellation { get; }

    /// <summary>Asks the person for a line of text; null where nobody can answer.</summary>
    string? Ask(string question);

    /// <summary>Whether there is somebody to ask.</summary>
    bool CanAsk => false;

    /// <summary>Receives one row of the closing table.</summary>
    void Result(ResultRow row);
}

/// <summary>A value on the screen that can be replaced by a newer one.</summary>
public interface ILiveDisplay
{
    /// <summary>Replaces what is shown.</summary>
    void Update(object value);
}

/// <summary>One row of the table with which a run of notebooks closes: what was trained, and named numbers about it.</summary>
/// <param name="Method">The method, such as <c>DPO</c>.</param>
/// <param name="Cells">Column name and what to print there, in order.</param>
public sealed record ResultRow(string Method, IReadOnlyList<(string Column, string Value)> Cells);

/// <summary>The notebook's side of the library: its first call is <see cref="Start"/>.</summary>
public static class Kit
{
    /// <summary>The engine that runs the notebook, where it is one of ours; null under .NET Interactive.</summary>
    public static INotebookHost? Host { get; set; }

    /// <summary>Loads the natives before anything touches <c>torch</c>.</summary>
    public static void Start() => Natives.Load();

    /// <summary>Cancelled when the person interrupts; never under .NET Interactive, whose interrupt does not reach a cell.</summary>
    public static CancellationToken Cancellation => Host?.Cancellation ?? CancellationToken.None;

    /// <summary>Adds one row to the closing table of the run.</summary>
    /// <param name="method">The method, such as <c>DPO</c>.</param>
    /// <param name="cells">Columns and their text, in the order in which they are printed.</param>
    public static void Result(string method, params (string Column, string Value)[] cells) =>
        Host?.Result(new ResultRow(method, cells));
}
