using Align.Interactive;
using Spectre.Console;
using Table = Spectre.Console.Table;
using Words = Spectre.Console.Text;

namespace Align.Tool.Running;

/// <summary>The table with which a run closes.</summary>
internal static class ResultTable
{
    /// <summary>The rows that the cells gave; the columns are all that any row names, in order of appearance.</summary>
    public static Table Of(IReadOnlyList<ResultRow> rows)
    {
        var columns = rows.SelectMany(row => row.Cells).Select(cell => cell.Column).Distinct().ToList();
        var table = new Table().RoundedBorder().AddColumn("method");
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Words(column)).RightAligned());
        foreach (var row in rows)
        {
            var values = columns.Select(column => row.Cells.Where(cell => cell.Column == column).Select(cell => cell.Value).LastOrDefault(""));
            table.AddRow(values.Prepend(row.Method).Select(value => new Words(value)));
        }

        return table;
    }
}
