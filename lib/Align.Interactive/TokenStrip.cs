using Align.Interactive.Drawing;

namespace Align.Interactive;

/// <summary>One text of a <see cref="TokenStrip"/>.</summary>
/// <param name="Name">What it is, such as chosen.</param>
/// <param name="Tokens">The text of each token, in order.</param>
/// <param name="Values">One number per token, such as its log-ratio.</param>
public sealed record TokenRow(string Name, IReadOnlyList<string> Tokens, IReadOnlyList<double> Values)
{
    /// <summary>Which tokens are trained; the others are shown without colour. All of them, when it is absent.</summary>
    public IReadOnlyList<bool>? Mask { get; init; }
}

/// <summary>Text with each token coloured by a number, and the number below it; tokens outside the mask stay blank.</summary>
/// <param name="Title">The headline.</param>
/// <param name="Rows">The texts, one below the other, on one scale of colours.</param>
public sealed record TokenStrip(string Title, params IReadOnlyList<TokenRow> Rows) : Chart(Title)
{
    private const double Wide = Svg.Width - 32;
    private const int Most = 400;

    /// <summary>What the colours stand for.</summary>
    public string ValueTitle { get; init; } = "";

    internal override Picture Draw()
    {
        var colours = ColourScale.Over(Rows.SelectMany(r => Checked(r).Values.Where((_, i) => Trained(r, i))), ValueTitle) with { Blank = Rows.Any(r => r.Mask?.Contains(false) == true) ? "; grey text: not trained" : "" };
        var panels = Rows.Select(row => Lay(row, colours)).ToArray();
        return new Picture(Title, panels) { Colours = Rows.Any(r => r.Tokens.Count > 0) ? colours : null, Empty = "Nothing to draw: there is no token." };
    }

    internal override string Describe() => string.Join("; ", Rows.Select(r =>
        $"{r.Name}: {r.Tokens.Count} tokens, {Enumerable.Range(0, r.Tokens.Count).Count(i => Trained(r, i))} trained, “{string.Concat(r.Tokens.Take(Most))}”, sum over the trained {Numbers.Short(r.Values.Where((v, i) => Trained(r, i) && double.IsFinite(v)).Sum())}"));

    private static Panel Lay(TokenRow row, ColourScale colours)
    {
        var boxes = new List<Box>();
        var (x, y, high) = (0.0, 0.0, 28.0);
        var places = row.Values.Where((v, i) => Trained(row, i) && double.IsFinite(v)).Select(Math.Abs).DefaultIfEmpty().Max() < 0.1 ? 15 : 2;
        foreach (var (token, i) in row.Tokens.Take(Most).Select((t, i) => (Visible(t), i)))
        {
            var (trained, value) = (Trained(row, i), row.Values[i]);
            var number = trained ? Numbers.Short(double.IsFinite(value) ? Math.Round(value, places) : value, 2) : "";
            var width = Math.Min(Wide, Math.Max((Words.Columns(token) * Words.Cell) + 8, (number.Length * 7.6) + 6));
            if (x > 0 && x + width > Wide) (x, y, high) = (0, y + high, 28);
            boxes.Add(new Box(x, y, x + width, y + 23, trained ? colours.Of(value) : "none", trained ? $"{token}: {Numbers.Short(value)}" : $"{token}: not trained", token) { Mono = true });
            if (trained) boxes.Add(new Box(x, y + 23, x + width, y + 38, "", "", number));
            (x, high) = (x + width + 3, trained ? 44 : high);
        }

        var height = y + high;
        var title = row.Tokens.Count > Most ? $"{row.Name} (first {Most} of {row.Tokens.Count} tokens)" : row.Name;
        return new Panel(new Axis { Hidden = true, Range = (0, Wide) }, new Axis { Hidden = true, Range = (height, 0) }, [new Boxes(Ink.Text, "", boxes)]) { Height = height, Title = title };
    }

    private static bool Trained(TokenRow row, int i) => row.Mask is null || row.Mask[i];

    private static TokenRow Checked(TokenRow row) =>
        row.Values.Count == row.Tokens.Count && (row.Mask is null || row.Mask.Count == row.Tokens.Count) ? row
        : throw new ChartException($"The token row '{row.Name}' has {row.Tokens.Count} tokens, {row.Values.Count} values and {row.Mask?.Count ?? row.Tokens.Count} entries in its mask. Give as many of each.");

    /// <summary>Spaces and line ends as signs, so that where tokens begin is seen.</summary>
    private static string Visible(string token) => token.Length == 0 ? "∅" : token.Replace(' ', '·').Replace("\n", "↵", StringComparison.Ordinal).Replace('\t', '→').Replace('\r', '↵');
}
