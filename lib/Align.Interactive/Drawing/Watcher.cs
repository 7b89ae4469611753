using System.Globalization;
using Align.Training;

namespace Align.Interactive.Drawing;

/// <summary>Decides when a running chart is drawn again: at most five times a second, and never for more than 3 % of the time.</summary>
internal sealed class Watcher(Func<History, Chart> draw, int? total, Func<object, ILiveDisplay> show, TimeProvider time)
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(200);
    private const double Share = 0.03;

    private readonly History _history = [];
    private readonly long _start = time.GetTimestamp();
    private ILiveDisplay? _display;
    private long _drawn;
    private TimeSpan _pause = Least;

    public void Saw(Step step)
    {
        _history.Add(step);
        if (_display is not null && time.GetElapsedTime(_drawn) < _pause) return;
        var first = _display is null;
        var began = time.GetTimestamp();
        Update(new LiveFrame(draw(_history), Progress(), step.Number, total));
        _drawn = time.GetTimestamp();

        // The first drawing is mostly compilation and says nothing about the next.
        if (!first) _pause = TimeSpan.FromTicks(Math.Max(Least.Ticks, (long)(time.GetElapsedTime(began, _drawn).Ticks / Share)));
    }

    /// <summary>Draws the last state.</summary>
    public void Finish()
    {
        if (_history.Count == 0) return;
        var (last, elapsed) = (_history[^1].Number, time.GetElapsedTime(_start));
        var line = total is { } n && last < n ? $"stopped at step {last} of {n}, after {Written(elapsed)}" : $"{last} {(last == 1 ? "step" : "steps")} in {Written(elapsed)}";
        var chart = draw(_history);
        Update(new LiveFrame(chart, line, last, total) { Last = chart });
    }

    private void Update(LiveFrame frame)
    {
        if (_display is null) _display = show(frame);
        else _display.Update(frame);
    }

    private string Progress()
    {
        var (last, elapsed) = (_history[^1].Number, time.GetElapsedTime(_start));
        var rate = elapsed > TimeSpan.Zero ? _history.Count / elapsed.TotalSeconds : 0;
        var speed = rate <= 0 ? "" : rate >= 1 ? $" · {Numbers.Short(rate, 2)} steps/s" : $" · {Numbers.Short(1 / rate, 2)} s/step";
        return total is not { } n ? $"step {last}{speed}" : $"step {last} of {n}{speed}{(rate > 0 && last < n ? $" · {Written(TimeSpan.FromSeconds((n - last) / rate))} left" : "")}";
    }

    private static string Written(TimeSpan span) =>
        span.TotalSeconds < 90 ? span.TotalSeconds.ToString(span.TotalSeconds < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + " s"
        : span.TotalHours < 1 ? $"{(int)span.TotalMinutes} min {span.Seconds} s" : $"{(int)span.TotalHours} h {span.Minutes} min";
}

/// <summary>One state of a running chart. Only the last one has a figure of Plotly: drawing those would cost more than 3 %.</summary>
[TypeFormatterSource(typeof(HtmlFormats), PreferredMimeTypes = ["text/html", "text/plain"])]
internal sealed record LiveFrame(Chart Chart, string Line, int Number, int? Total) : IShown
{
    public Chart? Last { get; init; }

    public string Html => $"{Chart.ToHtml()}<div>{(Last is null && Total is { } total ? $"<progress value=\"{Number}\" max=\"{total}\"></progress> " : "")}{Words.Escape(Line)}</div>";

    public string Plain => Last is null ? Line : $"{Line}. {Chart.Alt}";
}
