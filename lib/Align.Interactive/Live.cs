using Align.Interactive.Drawing;
using Align.Training;

namespace Align.Interactive;

/// <summary>Values on the screen that change while a cell runs.</summary>
public static class Live
{
    /// <summary>Shows a value and returns the handle that replaces it: in our engine, in .NET Interactive, as text in a terminal, and nowhere else.</summary>
    public static ILiveDisplay Show(object value) =>
        Kit.Host?.Display(value) ?? KernelDisplay.TryShow(value) ?? new TerminalDisplay(value);

    /// <summary>Draws metrics while the loop over the steps runs, at most five times a second, and once more however the loop ends.</summary>
    /// <param name="steps">The run.</param>
    /// <param name="metrics">Names such as <c>loss</c>; chosen and rejected of the same quantity share a panel.</param>
    public static IEnumerable<Step> Watch(this IEnumerable<Step> steps, params string[] metrics) =>
        steps.Watch(history => HistoryCharts.Draw(history, metrics));

    /// <summary>As without a total, and says how long it will take.</summary>
    /// <param name="steps">The run.</param>
    /// <param name="total">The number of the last step.</param>
    /// <param name="metrics">Names such as <c>loss</c>.</param>
    public static IEnumerable<Step> Watch(this IEnumerable<Step> steps, int total, params string[] metrics) =>
        steps.Watch(history => HistoryCharts.Draw(history, metrics), total);

    /// <summary>Draws a chart of one's own while the loop over the steps runs.</summary>
    /// <param name="steps">The run.</param>
    /// <param name="draw">The chart of what was logged so far.</param>
    /// <param name="total">The number of the last step, if it is known.</param>
    public static IEnumerable<Step> Watch(this IEnumerable<Step> steps, Func<History, Chart> draw, int? total = null) =>
        Watch(steps, new Watcher(draw, total, Show, TimeProvider.System));

    internal static IEnumerable<Step> Watch(IEnumerable<Step> steps, Watcher watcher)
    {
        try
        {
            foreach (var step in steps)
            {
                watcher.Saw(step);
                yield return step;
                Kit.Cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            watcher.Finish();
        }
    }
}
