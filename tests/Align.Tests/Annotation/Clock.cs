using System.Collections.Concurrent;

namespace Align.Tests.Annotation;

/// <summary>A clock on which pauses pass at once and are noted, and a request's time is up when the test says so.</summary>
/// <param name="limit">The time that a request is given; every other time is a pause.</param>
internal sealed class Clock(TimeSpan limit) : TimeProvider
{
    private readonly ConcurrentDictionary<Alarm, bool> _running = [];

    private TimeSpan Limit => limit;

    public ConcurrentQueue<TimeSpan> Pauses { get; } = [];

    public void TimeIsUp()
    {
        foreach (var alarm in _running.Keys) alarm.Ring();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, () => callback(state));
        alarm.Change(dueTime, period);
        return alarm;
    }

    private sealed class Alarm(Clock clock, Action ring) : ITimer
    {
        public void Ring()
        {
            clock._running.TryRemove(this, out _);
            ring();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock._running.TryRemove(this, out _);
            if (dueTime == clock.Limit)
            {
                clock._running[this] = true;
            }
            else if (dueTime != Timeout.InfiniteTimeSpan)
            {
                clock.Pauses.Enqueue(dueTime);
                ThreadPool.QueueUserWorkItem(_ => Ring());
            }

            return true;
        }

        public void Dispose() => clock._running.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
