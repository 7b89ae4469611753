using Align.Interactive.Drawing;

namespace Align.Interactive;

/// <summary>A table of numbers as colours, with the numbers where they fit.</summary>
/// <param name="Title">The headline.</param>
/// <param name="Rows">Names from top to bottom.</param>
/// <param name="Columns">Names from left to right.</param>
/// <param name="Values">[row, column]; what is not finite is grey.</param>
public sealed record HeatMap(string Title, IReadOnlyList<string> Rows, IReadOnlyList<string> Columns, double[,] Values) : Chart(Title)
{
    /// <summary>More cells than this in a direction are averaged block by block.</summary>
    private const int Most = 40;

    /// <summary>What the colours stand for.</summary>
    public string ValueTitle { get; init; } = "";

    internal override Picture Draw()
    {
        if (Values.GetLength(0) != Rows.Count || Values.GetLength(1) != Columns.Count)
            throw new ChartException($"The heat map '{Title}' has {Rows.Count} × {Columns.Count} names but {Values.GetLength(0)} × {Values.GetLength(1)} values. Give one name per row and per column.");
        var (tall, wide) = (Math.Max(1, (Rows.Count + Most - 1) / Most), Math.Max(1, (Columns.Count + Most - 1) / Most));
        var cells = new List<(int Row, int Column, double Value)>();
        for (var r = 0; r < Rows.Count; r += tall)
        {
            for (var c = 0; c < Columns.Count; c += wide) cells.Add((r / tall, c / wide, Block(r, c, tall, wide)));
        }

        var colours = ColourScale.Over(cells.Select(c => c.Value), ValueTitle);
        string[] rows = [.. Rows.Where((_, i) => i % tall == 0)], columns = [.. Columns.Where((_, i) => i % wide == 0)];
        var few = cells.Count <= 400;
        var boxes = new Boxes(Ink.Text, "", [.. cells.Select(c => new Box(c.Column - 0.48, c.Row - 0.47, c.Column + 0.48, c.Row + 0.47, colours.Of(c.Value),
            cells.Count <= 144 ? $"{rows[c.Row]}, {columns[c.Column]}: {Numbers.Short(c.Value)}" : "", few ? double.IsFinite(c.Value) ? Numbers.Short(c.Value, 2) : "–" : ""))]);
        var panel = new Panel(
            new Axis(XTitle) { Names = columns, Range = (-0.5, Math.Max(columns.Length, 1) - 0.5) },
            new Axis(YTitle) { Names = rows, Range = (Math.Max(rows.Length, 1) - 0.5, -0.5) },
            [boxes]) { Height = Math.Clamp(rows.Length * 34, 80, 380) };
        return new Picture(Title, [panel]) { Colours = cells.Count > 0 ? colours : null };
    }

    internal override string Describe()
    {
        var seen = Values.Cast<double>().Where(v => Scale.Drawable(v, log: false)).ToArray();
        var averaged = Rows.Count > Most || Columns.Count > Most ? ", drawn as averages of blocks" : "";
        return $"{Rows.Count} rows by {Columns.Count} columns" + (seen.Length == 0 ? "" : $", from {Numbers.Short(seen.Min())} to {Numbers.Short(seen.Max())}") + averaged;
    }

    private double Block(int row, int column, int tall, int wide)
    {
        var (sum, count) = (0.0, 0);
        for (var r = row; r < Math.Min(row + tall, Rows.Count); r++)
        {
            for (var c = column; c < Math.Min(column + wide, Columns.Count); c++)
            {
                if (Scale.Drawable(Values[r, c], log: false)) (sum, count) = (sum + Values[r, c], count + 1);
            }
        }

        return count == 0 ? double.NaN : sum / count;
    }
}
