using Align.Interactive;
using Align.Tool.Engine;
using Align.Tool.Notebooks;

namespace Align.Tool.Running;

/// <summary>What came of running a notebook.</summary>
/// <param name="Notebook">The notebook with the outputs of the cells that ran.</param>
/// <param name="Error">Why it stopped before the end; null where it did not.</param>
/// <param name="IsAbandoned">Whether a cell did not heed the interruption and still runs.</param>
/// <param name="Time">How long it took.</param>
/// <param name="Results">Its rows of the closing table.</param>
internal sealed record NotebookRun(
    NotebookFile Notebook, CellError? Error, bool IsAbandoned, TimeSpan Time, IReadOnlyList<ResultRow> Results)
{
    /// <summary>Whether the person stopped it.</summary>
    public bool IsInterrupted => Error?.Name == CellError.Interrupted;
}
