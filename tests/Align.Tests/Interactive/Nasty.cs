using Align.Interactive;
using Align.Methods;
using CsCheck;

namespace Align.Tests.Interactive;

/// <summary>Charts of every kind over data that break careless drawing.</summary>
internal static class Nasty
{
    private static readonly string[] Texts =
    [
        "", " ", "loss", "<script>alert('x')</script>", "a & b", "\"quoted\" 'twice'", "]]>", "<!-- -->", "&amp;", "line\nbreak\r\n", "tab\there",
        "nul\0bell\a\u001b", "lone \ud83c high", "lone \udf38 low", "春风拂面", "🌸👩‍👩‍👧", "e\u0301 combining", "\ufffe\uffff", "‮right to left", new string('w', 3000), "log π − log π₀",
    ];

    public static readonly Gen<string> Text = Of(Texts);

    public static readonly Gen<double> Number = Gen.Frequency(
        (6, Gen.Double[-3, 3]),
        (1, Of(0.0, -0.0, 3, 1e-320, -1e-320, 1e-300, 1e299, -1e299, 1e300, double.MaxValue, double.MinValue, double.Epsilon)),
        (1, Of(double.NaN, double.PositiveInfinity, double.NegativeInfinity)),
        (1, Gen.Double[-1e12, 1e12]),
        (1, Gen.Double[1e9, 1e9 + 1e-3]));

    public static readonly Gen<double[]> Numbers = Gen.OneOf(Number.Array[0, 30], Gen.Const(new[] { 5.0, 5, 5 }), Number.Array[1]);

    private static readonly Gen<Series> Line = Gen.Select(Text, Numbers, Gen.Bool, (name, y, banded) => banded
        ? new Series(name, y) { Low = [.. y.Select(v => v - 1)], High = [.. y.Select(v => v * 2)] }
        : new Series(name, y) { Labels = [.. y.Select(_ => name)] });

    private static readonly Gen<Reference[]> References = Gen.Select(Number, Text, Gen.Bool, (v, l, up) => new Reference(v, l, up)).Array[0, 2];

    private static readonly Gen<Sample> Sample = Gen.Select(Text, Numbers, (n, v) => new Sample(n, v));

    private static readonly Gen<Bar> Bar = Gen.Select(Text, Number, Number, Number, Text, (l, v, a, b, g) => new Bar(l, v, a, b, g.Length > 9 ? "" : g));

    private static readonly Gen<HeatMap> Heat = Gen.Select(Gen.Int[0, 60], Gen.Int[0, 5], Text, Number.Array[300]).Select((r, c, t, v) =>
    {
        var values = new double[r, c];
        for (var i = 0; i < r * c; i++) values[i / c, i % c] = v[i % v.Length];
        return new HeatMap(t, [.. Enumerable.Repeat(t, r)], [.. Enumerable.Repeat(t, c)], values) { ValueTitle = t };
    });

    private static readonly Gen<TokenRow> Tokens = Gen.Select(Text, Text.Array[0, 40], Number.Array[40], Gen.Bool.Array[40], Gen.Bool, (n, t, v, m, masked) =>
        new TokenRow(n, t, v[..t.Length]) { Mask = masked ? m[..t.Length] : null });

    private static readonly Gen<LossPoint> Place = Gen.Select(Number, Number, Number, Number, Number, (a, b, v, x, y) => new LossPoint(a, b, v, x, y));

    private static readonly Gen<Chart> Single = Gen.OneOf(
        Gen.Select(Text, Line.Array[0, 8], Gen.Bool, Gen.Bool, (t, s, x, y) => (Chart)new Lines(t, s) { LogX = x, LogY = y }),
        Gen.Select(Text, Line.Array[0, 4], Gen.Bool, Gen.Bool, (t, s, p, x) => (Chart)new Scatter(t, s) { Paths = p, LogX = x }),
        Gen.Select(Text, Sample.Array[0, 3], (t, s) => (Chart)new Histogram(t, s)),
        Gen.Select(Text, Gen.Select(Text, Sample.Array[0, 3], (l, s) => new RidgeRow(l, s)).Array[0, 8], (t, r) => (Chart)new Ridge(t, r)),
        Gen.Select(Text, Bar.Array[0, 6], Gen.Bool, (t, b, p) => (Chart)new Bars(t, b) { Percent = p }),
        Heat.Select(h => (Chart)h),
        Gen.Select(Text, Place.Array[0, 12], Line.Array[0, 3], (t, p, s) => (Chart)new GradientField(t, p, s)),
        Gen.Select(Text, Tokens.Array[0, 3], (t, r) => (Chart)new TokenStrip(t, r)));

    public static readonly Gen<Chart> Charts = Gen.Select(
        Gen.OneOf(Single, Gen.Select(Text, Single.Array[0, 5], Gen.Int[0, 4], Gen.Bool, (t, c, n, same) => (Chart)new Panels(t, c) { Columns = n, SameScales = same })),
        Text, Text, Text, References,
        (chart, x, y, note, references) => chart with { XTitle = x, YTitle = y, Note = note, References = references });

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
