namespace Align.Tool.Training;

/// <summary>The first Ctrl+C asks to stop after the step; the second one ends the process at once.</summary>
internal sealed class GracefulStop : IDisposable
{
    private const int Interrupted = 130;

    private readonly CancellationTokenSource _source;
    private readonly ConsoleCancelEventHandler _handler;
    private int _asked;

    public GracefulStop(CancellationToken outer)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _handler = (_, e) =>
        {
            e.Cancel = true;
            if (Interlocked.Increment(ref _asked) > 1) ProcessEnd.Now(Interrupted);
            Console.Error.WriteLine("Stopping after this step; once more ends at once.");
            _source.Cancel();
        };
        Console.CancelKeyPress += _handler;
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        Console.CancelKeyPress -= _handler;
        _source.Dispose();
    }
}
