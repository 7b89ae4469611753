using Align.Interactive;
using Align.Interactive.Drawing;
using Align.Methods;
using Align.Tensors;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Interactive;

public sealed class LossExplorerTests
{
    [Fact]
    public void Curves_have_the_loss_and_its_slope_at_every_margin()
    {
        var chart = LossExplorer.Curves("t", [("ipo", x => DpoLosses.Ipo(x, 0.25)), ("mine", x => (x.RejectedLogRatio() - x.ChosenLogRatio()).exp())], -3, 5);
        var (values, slopes) = ((Lines)chart.Charts[0], (Lines)chart.Charts[1]);
        for (var i = 0; i < 121; i++)
        {
            var m = values.Series[0].X[i];
            Assert.Equal((m - 2) * (m - 2), values.Series[0].Y[i], 1e-9); // 1/(2β) = 2
            Assert.Equal(2 * (m - 2), slopes.Series[0].Y[i], 1e-9);
            Assert.Equal(Math.Exp(-m), values.Series[1].Y[i], 1e-9);
            Assert.Equal(-Math.Exp(-m), slopes.Series[1].Y[i], 1e-9);
        }

        Assert.Equal((-3, 5), (values.Series[0].X[0], values.Series[0].X[^1]));
        Assert.Contains("lowest 0", chart.Alt, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_are_series()
    {
        var chart = LossExplorer.Curves("t", LossExplorer.Over("β", [0.1, 2], beta => x => DpoLosses.Hinge(x, beta)), -1, 1);
        var lines = (Lines)chart.Charts[0];
        Assert.Equal(["β = 0.1", "β = 2"], lines.Series.Select(s => s.Name));
        Assert.Equal([1.1, 3], lines.Series.Select(s => s.Y[0]));
    }

    [Fact]
    public void An_arrow_points_against_the_gradient_and_a_place_without_a_pull_is_a_dot()
    {
        // 2a − b: everywhere the same slope, so a goes left twice as far as b goes up.
        var arrows = Arrows(LossExplorer.Field("t", x => 2 * x.ChosenLogRatio() - x.RejectedLogRatio(), reach: 1));
        Assert.Equal(-2 * (arrows.Y[1] - arrows.Y[0]), arrows.X[1] - arrows.X[0], 1e-9);
        Assert.True(arrows.Y[1] > arrows.Y[0]);
        // The hinge at β = 1 ignores every margin above 1: so that the places beyond have no arrow.
        var field = LossExplorer.Field("t", x => DpoLosses.Hinge(x, 1), reach: 1);
        var flat = field.Places.Count(p => p.Margin > 1);
        Assert.True(flat is > 10 and < 60);
        Assert.Equal(flat, Runs(Arrows(field)).Count(r => r == 1));
        Assert.Contains($"{flat} of 121 places have no slope", field.Alt, StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_reaches_as_far_as_its_pairs_which_are_the_step_s()
    {
        var step = new Step(3, new Dictionary<string, double>(), new Dictionary<string, double[]> { ["rewards/chosen"] = [-2, 0.5], ["rewards/rejected"] = [-4, 0.1] });
        var pairs = LossExplorer.Pairs(step, beta: 0.1);
        Assert.Equal([-20, 5], pairs.X);
        Assert.Equal([-40, 1], pairs.Y);
        var picture = LossExplorer.Field("t", x => Dpo.Sigmoid(x, 0.1), [pairs]).Draw();
        Close.To([-21, 10], [picture.Panels[0].Across.From, picture.Panels[0].Across.To], 1e-12, "across");
        Close.To([-42, 10], [picture.Panels[0].Up.From, picture.Panels[0].Up.To], 1e-12, "up");
        Assert.Contains("rewards/chosen", Assert.Throws<ChartException>(() => LossExplorer.Pairs(new Step(1, step.Metrics, new Dictionary<string, double[]>()), 1)).Message, StringComparison.Ordinal);
        using var scope = NewDisposeScope();
        var same = LossExplorer.Pairs(new PairLogProbs(tensor(new[] { -20.0, 5 }), tensor(new[] { -40.0, 1 }), zeros(2, ScalarType.Float64), zeros(2, ScalarType.Float64)));
        Assert.Equal(pairs.X, same.X);
        Assert.Equal(pairs.Y, same.Y);
    }

    [Fact]
    public void A_loss_that_cannot_be_asked_says_why()
    {
        Assert.Contains("leave out mean()", Assert.Throws<ShapeException>(() => LossExplorer.Curves("t", [("a", x => x.PolicyChosen.mean())])).Message, StringComparison.Ordinal);
        Assert.Throws<ChartException>(() => LossExplorer.Curves("t", [], 2, 1));
        Assert.Throws<ChartException>(() => LossExplorer.Field("t", x => x.PolicyChosen, reach: 0));
        Assert.NotEmpty(LossExplorer.Curves("t", []).ToSvg());
    }

    [Fact]
    public void A_loss_s_check_is_a_card()
    {
        Assert.Equal(ExerciseState.Right, Check.Loss("mine", x => Dpo.Sigmoid(x, 0.1)).State);
        var wrong = Check.Loss("mine", x => Dpo.Sigmoid(x, 0.1).mean());
        Assert.Equal(ExerciseState.Wrong, wrong.State);
        Assert.Contains("leave out mean()", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var scope = NewDisposeScope();
        LossExplorer.Field("t", x => Dpo.Sigmoid(x, 0.1));
        LossExplorer.Curves("t", [("a", x => Dpo.Sigmoid(x, 0.1))]);
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Fields_side_by_side_have_colours_of_their_own_and_say_so()
    {
        var (dpo, ipo) = (LossExplorer.Field("a", x => Dpo.Sigmoid(x, 0.1)), LossExplorer.Field("b", x => DpoLosses.Ipo(x, 0.1)));
        Assert.Contains("each panel’s lowest to its highest", new Panels("t", dpo, ipo).ToSvg(), StringComparison.Ordinal);
        Assert.DoesNotContain("each panel", new Panels("t", dpo, dpo).ToSvg(), StringComparison.Ordinal);
        Assert.True(dpo.ToSvg().Length < 30_000, $"{dpo.ToSvg().Length} bytes");
    }

    private static Curve Arrows(GradientField field) => field.Draw().Panels[0].Marks.OfType<Curve>().First(c => !c.Dots);

    /// <summary>How many points stand together between two breaks.</summary>
    private static IEnumerable<int> Runs(Curve curve)
    {
        var run = 0;
        foreach (var x in curve.X)
        {
            if (!double.IsNaN(x)) run++;
            else
            {
                if (run > 0) yield return run;
                run = 0;
            }
        }
    }
}
