namespace Align.Interactive.Drawing;

/// <summary>A chart as both renderings read it: one or more panels, and what stands around them.</summary>
/// <param name="Title">The headline.</param>
/// <param name="Panels">Drawn in reading order.</param>
internal sealed record Picture(string Title, IReadOnlyList<Panel> Panels)
{
    /// <summary>Panels side by side.</summary>
    public int Columns { get; init; } = 1;

    /// <summary>The colours of a third quantity, shown as a bar in the legend.</summary>
    public ColourScale? Colours { get; init; }

    /// <summary>A sentence under the chart.</summary>
    public string Note { get; init; } = "";

    /// <summary>What stands where a panel has nothing to draw.</summary>
    public string Empty { get; init; } = "Nothing to draw: there is no finite value.";
}

/// <summary>One pair of axes and the marks drawn over it, in data units.</summary>
internal sealed record Panel(Axis X, Axis Y, IReadOnlyList<Mark> Marks)
{
    /// <summary>A heading, where there are several panels.</summary>
    public string Title { get; init; } = "";

    /// <summary>Height of the plot, in the picture's units.</summary>
    public double Height { get; init; } = 224;

    /// <summary>Whether the plot is about as high as it is wide, however many stand side by side.</summary>
    public bool Square { get; init; }

    /// <summary>The panel's horizontal extent.</summary>
    public Scale Across => Scale.Over(Marks.SelectMany(m => m.Xs), X);

    /// <summary>The panel's vertical extent.</summary>
    public Scale Up => Scale.Over(Marks.SelectMany(m => m.Ys), Y);

    /// <summary>Whether any mark has a place inside both extents.</summary>
    public bool IsEmpty => !Marks.Any(m => m is not Rule
        && m.Xs.Any(v => Scale.Drawable(v, X.Log)) && m.Ys.Any(v => Scale.Drawable(v, Y.Log)));
}

/// <summary>Something drawn in a panel.</summary>
/// <param name="Ink">Its colour and dash.</param>
/// <param name="Name">Its name in the legend; empty for none.</param>
internal abstract record Mark(Ink Ink, string Name)
{
    public abstract IEnumerable<double> Xs { get; }

    public abstract IEnumerable<double> Ys { get; }
}

/// <summary>Points in order, joined by a line or not.</summary>
internal sealed record Curve(Ink Ink, string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y) : Mark(Ink, Name)
{
    public bool Joined { get; init; } = true;

    public bool Dots { get; init; }

    public double Thickness { get; init; } = 2.2;

    /// <summary>Words beside the points, in order; empty for none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    public override IEnumerable<double> Xs => X;

    public override IEnumerable<double> Ys => Y;
}

/// <summary>The area between two curves.</summary>
internal sealed record Ribbon(Ink Ink, string Name, IReadOnlyList<double> X, IReadOnlyList<double> Low, IReadOnlyList<double> High) : Mark(Ink, Name)
{
    public double Opacity { get; init; } = 0.2;

    public override IEnumerable<double> Xs => X;

    public override IEnumerable<double> Ys => Low.Concat(High);
}

/// <summary>Rectangles, each with its own colour, text and tooltip.</summary>
internal sealed record Boxes(Ink Ink, string Name, IReadOnlyList<Box> All) : Mark(Ink, Name)
{
    public override IEnumerable<double> Xs => All.SelectMany(b => new[] { b.Left, b.Right });

    public override IEnumerable<double> Ys => All.SelectMany(b => new[] { b.Low, b.High });
}

/// <summary>One rectangle of <see cref="Boxes"/>.</summary>
internal sealed record Box(double Left, double Low, double Right, double High, string Fill, string Tip, string Text = "")
{
    /// <summary>Whether the text is code, in a font whose width is known.</summary>
    public bool Mono { get; init; }
}

/// <summary>A straight line through the whole panel.</summary>
internal sealed record Rule(double At, string Label, bool Upright) : Mark(Ink.Grey, "")
{
    public override IEnumerable<double> Xs => Upright ? [At] : [];

    public override IEnumerable<double> Ys => Upright ? [] : [At];
}
