using System.Globalization;
using System.Text;
using Align.Training;
using Microsoft.Data.Analysis;

namespace Align.Interactive;

/// <summary>Histories as data frames, for grouping, joining and CSV.</summary>
public static class Frames
{
    /// <summary>One row per step: <c>step</c> and every metric that some step logged; null where a step did not.</summary>
    public static DataFrame ToDataFrame(this History history)
    {
        var frame = new DataFrame(new Int32DataFrameColumn("step", history.Select(s => s.Number)));
        foreach (var name in history.Names)
            frame.Columns.Add(new DoubleDataFrameColumn(name, history.Select(s => s.Metrics.TryGetValue(name, out var value) ? value : (double?)null)));
        return frame;
    }

    /// <summary>Writes the metrics as comma-separated values, with a header, the same in every culture.</summary>
    public static void WriteCsv(this History history, string path) =>
        DataFrame.SaveCsv(history.ToDataFrame(), path, ',', header: true, new UTF8Encoding(false), CultureInfo.InvariantCulture);
}
