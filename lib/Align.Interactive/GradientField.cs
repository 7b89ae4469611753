using Align.Interactive.Drawing;
using Align.Methods;

namespace Align.Interactive;

/// <summary>A loss over the log-ratios of the two answers: its value as a colour, where training moves a pair as an arrow, and pairs as points.</summary>
/// <param name="Title">The headline.</param>
/// <param name="Places">The loss at the places of a grid, row by row: <see cref="LossExplorer.Field"/> asks it.</param>
/// <param name="Pairs">The pairs: their log-ratios, chosen across and rejected up.</param>
public sealed record GradientField(string Title, IReadOnlyList<LossPoint> Places, params IReadOnlyList<Series> Pairs) : Chart(Title)
{
    private const double Height = 400, Aspect = 1.3;

    internal override Picture Draw()
    {
        LossPoint[] places = [.. Places.Where(p => Scale.Drawable(p.Chosen, log: false) && Scale.Drawable(p.Rejected, log: false))];
        var (wide, tall) = (Half(places.Select(p => p.Chosen)), Half(places.Select(p => p.Rejected)));
        var colours = ColourScale.Over(places.Select(p => p.Value), "loss") with { Pale = true };
        var cells = new Boxes(Ink.Text, "", [.. places.Select(p => new Box(
            p.Chosen - wide, p.Rejected - tall, p.Chosen + wide, p.Rejected + tall, colours.Of(p.Value),
            $"loss {Numbers.Short(p.Value, 3)}"))]);
        var inks = Ink.For([.. Pairs.Select(p => p.Name)]);
        var points = Pairs.Select((p, i) => new Curve(Pairs.Count == 1 ? inks[i] with { Colour = "#c2410c", Hollow = true } : inks[i], p.Name, p.Checked().X, p.Y) { Joined = false, Dots = true });
        var panel = new Panel(
            new Axis(XTitle.Length > 0 ? XTitle : "log-ratio of chosen") { Room = 0 },
            new Axis(YTitle.Length > 0 ? YTitle : "log-ratio of rejected") { Room = 0 },
            [cells, Arrows(places, 1.8 * wide, 1.8 * tall), .. Rules(), .. points]) { Height = Height, Square = true };
        return new Picture(Title, [panel]) { Colours = places.Length > 0 ? colours : null };
    }

    internal override string Describe()
    {
        var seen = Places.Where(p => Scale.Drawable(p.Value, log: false)).ToArray();
        if (seen.Length == 0) return "no finite value";
        var (least, flat) = (seen.MinBy(p => p.Value)!, seen.Count(p => p.ChosenSlope == 0 && p.RejectedSlope == 0));
        return $"loss from {Numbers.Short(least.Value)} (at a = {Numbers.Short(least.Chosen, 3)}, b = {Numbers.Short(least.Rejected, 3)}) to {Numbers.Short(seen.Max(p => p.Value))}"
            + (flat > 0 ? $"; {flat} of {seen.Length} places have no slope" : "") + string.Concat(Pairs.Select(p => $"; {p.Y.Count} {p.Name}"));
    }

    /// <summary>Against the gradient, the longest as long as a cell; a dot where there is none.</summary>
    private static Curve Arrows(LossPoint[] places, double wide, double tall)
    {
        var (x, y) = (new List<double>(), new List<double>());
        var longest = places.Select(p => Math.Max(Math.Abs(p.ChosenSlope), Math.Abs(p.RejectedSlope))).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        foreach (var p in places.Where(p => double.IsFinite(p.ChosenSlope + p.RejectedSlope)))
        {
            // In units of a cell.
            var (dx, dy) = longest > 0 ? (-p.ChosenSlope / longest, -p.RejectedSlope / longest) : (0, 0);
            var length = Math.Sqrt((dx * dx) + (dy * dy));
            if (length < 0.03)
            {
                Add(p, 0, 0);
            }
            else
            {
                // The head has the same size at every arrow, and its angle is right in a panel of the usual aspect.
                var (ux, uy, head) = (dx / length, dy / length, Math.Min(0.26, 0.6 * length));
                Add(p, -dx / 2, -dy / 2);
                Add(p, dx / 2, dy / 2);
                Break();
                Add(p, (dx / 2) - (head * (ux + (0.5 * uy / Aspect))), (dy / 2) - (head * (uy - (0.5 * ux * Aspect))));
                Add(p, dx / 2, dy / 2);
                Add(p, (dx / 2) - (head * (ux - (0.5 * uy / Aspect))), (dy / 2) - (head * (uy + (0.5 * ux * Aspect))));
            }

            Break();
        }

        return new Curve(Ink.Text, "", x, y) { Thickness = 1.4 };

        void Add(LossPoint at, double dx, double dy)
        {
            x.Add(at.Chosen + (dx * wide));
            y.Add(at.Rejected + (dy * tall));
        }

        void Break()
        {
            x.Add(double.NaN);
            y.Add(double.NaN);
        }
    }

    /// <summary>Half of the distance between two places of the grid.</summary>
    private static double Half(IEnumerable<double> places)
    {
        double[] apart = [.. places.Distinct().Order()];
        return apart.Length > 1 ? (apart[1] - apart[0]) / 2 : 0.5;
    }
}
