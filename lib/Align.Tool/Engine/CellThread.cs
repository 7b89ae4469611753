using System.Collections.Concurrent;

namespace Align.Tool.Engine;

/// <summary>The one thread on which all cells of an engine run.</summary>
/// <remarks>TorchSharp's scopes, libtorch's gradient mode and the number of OpenMP threads belong to a thread:
/// what one cell sets, the next one finds.</remarks>
internal sealed class CellThread : IDisposable
{
    private const int StackBytes = 64 << 20;

    private readonly BlockingCollection<Action> work = [];

    public CellThread() =>
        new Thread(Work, StackBytes) { IsBackground = true, Name = "cells" }.Start();

    /// <summary>Queues a function; the task ends when it has run.</summary>
    public Task<T> Run<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        work.Add(() =>
        {
            try
            {
                done.SetResult(function());
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        return done.Task;
    }

    /// <summary>Lets the thread end after what is queued; a cell that never returns dies with the process.</summary>
    public void Dispose() => work.CompleteAdding();

    private void Work()
    {
        foreach (var action in work.GetConsumingEnumerable())
            action();
    }
}
