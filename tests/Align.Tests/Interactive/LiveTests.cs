using Align.Interactive;
using Align.Interactive.Drawing;
using Align.Training;

namespace Align.Tests.Interactive;

public sealed class LiveTests
{
    [Fact]
    public void Redraws_at_most_five_times_a_second_and_ends_with_the_last_state()
    {
        var (clock, screen) = (new Clock(), new Screen());
        foreach (var _ in Live.Watch(Steps(100), Watcher(clock, screen))) clock.Advance(50);
        // 100 steps of 50 ms are 5 s: one drawing at once, one every fourth step, and the last.
        Assert.Equal(1 + 24 + 1, screen.Frames.Count);
        Assert.Equal([1, 5, 9], screen.Frames.Take(3).Select(f => f.Number));
        Assert.Equal(100, screen.Frames[^1].Number);
        Assert.Equal(100, ((Lines)screen.Frames[^1].Last!).Series[0].Y.Count);
        Assert.All(screen.Frames.SkipLast(1), f => Assert.Null(f.Last));
    }

    [Fact]
    public void Slow_drawing_is_paid_for_with_pauses_so_that_it_takes_under_three_per_cent()
    {
        var (clock, screen) = (new Clock(), new Screen());
        screen.Cost = () => clock.Advance(60);
        foreach (var _ in Live.Watch(Steps(4000), Watcher(clock, screen))) clock.Advance(10);
        var spent = 60.0 * (screen.Frames.Count - 2);
        Assert.InRange(spent / (4000 * 10), 0.02, 0.03);
    }

    [Fact]
    public void The_last_state_is_drawn_when_the_loop_breaks()
    {
        var (clock, screen) = (new Clock(), new Screen());
        foreach (var step in Live.Watch(Steps(100), Watcher(clock, screen, total: 100)))
        {
            clock.Advance(10);
            if (step.Number == 7) break;
        }

        Assert.Equal(7, screen.Frames[^1].Number);
        Assert.Equal("stopped at step 7 of 100, after 0.1 s", screen.Frames[^1].Line);
    }

    [Fact]
    public void The_last_state_is_drawn_when_the_body_or_the_run_throws()
    {
        var (clock, screen) = (new Clock(), new Screen());
        Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (var step in Live.Watch(Steps(100), Watcher(clock, screen))) _ = step.Number < 5 ? 0 : throw new InvalidOperationException();
        });
        Assert.Equal(5, screen.Frames[^1].Number);

        IEnumerable<Step> Failing() => Steps(3).Concat(Enumerable.Range(0, 1).Select<int, Step>(_ => throw new InvalidOperationException()));
        Assert.Throws<InvalidOperationException>(() => Live.Watch(Failing(), Watcher(clock, screen)).Count());
        Assert.Equal(3, screen.Frames[^1].Number);
        Assert.NotNull(screen.Frames[^1].Last);
    }

    [Fact]
    public void Progress_says_how_far_how_fast_and_how_long()
    {
        var (clock, screen) = (new Clock(), new Screen());
        foreach (var _ in Live.Watch(Steps(60), Watcher(clock, screen, total: 60))) clock.Advance(250);
        Assert.Equal("step 1 of 60", screen.Frames[0].Line);
        // Step 21 arrives after 20 steps of 0.25 s: 21 steps in 5 s, and 39 to go.
        Assert.Equal("step 21 of 60 · 4.2 steps/s · 9.3 s left", screen.Frames[20].Line);
        Assert.Equal("60 steps in 15 s", screen.Frames[^1].Line);
        Assert.Contains("<progress value=\"21\" max=\"60\">", screen.Frames[20].Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_drawn_before_the_first_step_and_a_run_without_steps_draws_nothing()
    {
        var (clock, screen) = (new Clock(), new Screen());
        Assert.Empty(Live.Watch(Steps(0), Watcher(clock, screen)));
        Assert.Empty(screen.Frames);
    }

    [Fact]
    public void Metrics_that_nothing_logged_yet_are_an_empty_panel()
    {
        var chart = HistoryCharts.Draw([.. Steps(2)], ["loss", "eval/loss"]);
        Assert.Contains("Nothing to draw", chart.ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_engine_the_steps_pass_unchanged() => Assert.Equal(Enumerable.Range(1, 5), Steps(5).Watch("loss").Select(s => s.Number));

    private static Watcher Watcher(Clock clock, Screen screen, int? total = null) => new(h => new Lines("t", new Series("loss", h["loss"])), total, screen.Show, clock);

    private static IEnumerable<Step> Steps(int count) =>
        Enumerable.Range(1, count).Select(i => new Step(i, new Dictionary<string, double> { ["loss"] = 1.0 / i }, new Dictionary<string, double[]>()));

    private sealed class Clock : TimeProvider
    {
        private long _milliseconds;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => _milliseconds;

        public void Advance(int milliseconds) => _milliseconds += milliseconds;
    }

    private sealed class Screen : ILiveDisplay
    {
        public List<LiveFrame> Frames { get; } = [];

        public Action Cost { get; set; } = () => { };

        public Screen Show(object value)
        {
            Update(value);
            return this;
        }

        public void Update(object value)
        {
            Cost();
            Frames.Add((LiveFrame)value);
        }
    }
}
