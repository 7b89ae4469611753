using Align.Interactive;
using Align.Interactive.Drawing;
using Align.Training;

namespace Align.Tests.Interactive;

/// <summary>The archived kernel and our engine, as doubles.</summary>
[Collection(nameof(Kit))]
public sealed class DisplayTests
{
    [Fact]
    public void The_archived_kernel_is_asked_by_name_for_a_handle_that_updates()
    {
        KernelInvocationContext.Current = new KernelInvocationContext();
        var display = KernelDisplay.TryShow("first", Find)!;
        display.Update("second");
        var shown = Assert.Single(KernelInvocationContext.Current.Shown);
        Assert.Equal(["text/html"], shown.MimeTypes);
        Assert.Equal(["first", "second"], shown.Values);
    }

    [Fact]
    public void Outside_a_running_cell_there_is_no_display()
    {
        KernelInvocationContext.Current = null;
        Assert.Null(KernelDisplay.TryShow("x", Find));
        Assert.Null(KernelDisplay.TryShow("x", _ => null));
    }

    [Fact]
    public void A_kernel_that_fails_stops_the_picture_and_not_the_run()
    {
        KernelInvocationContext.Current = new KernelInvocationContext();
        var display = KernelDisplay.TryShow("first", Find)!;
        KernelInvocationContext.Current.Shown[0].Broken = true;
        display.Update("second");
        KernelInvocationContext.Current.Shown[0].Broken = false;
        display.Update("third");
        Assert.Equal(["first"], KernelInvocationContext.Current.Shown[0].Values);
    }

    [Fact]
    public void Our_engine_is_asked_first_and_its_interrupt_ends_the_loop_with_the_last_state_drawn()
    {
        using var host = new Host();
        Kit.Host = host;
        try
        {
            var steps = Enumerable.Range(1, 9).Select(i => new Step(i, new Dictionary<string, double> { ["loss"] = i }, new Dictionary<string, double[]>()));
            Assert.Throws<OperationCanceledException>(() =>
            {
                foreach (var step in steps.Watch(9, "loss"))
                {
                    if (step.Number == 4) host.Source.Cancel();
                }
            });
            Assert.Equal([1, 4], host.Values.Cast<LiveFrame>().Select(f => f.Number));
            Assert.Equal("loss", host.Values.Cast<LiveFrame>().Last().Chart.YTitle);
        }
        finally
        {
            Kit.Host = null;
        }
    }

    private static Type? Find(string name) => name switch
    {
        nameof(KernelInvocationContext) => typeof(KernelInvocationContext),
        nameof(KernelInvocationContextExtensions) => typeof(KernelInvocationContextExtensions),
        _ => null,
    };

    private sealed class Host : INotebookHost, ILiveDisplay, IDisposable
    {
        public CancellationTokenSource Source { get; } = new();

        public List<object> Values { get; } = [];

        public CancellationToken Cancellation => Source.Token;

        public ILiveDisplay Display(object value)
        {
            Values.Add(value);
            return this;
        }

        public void Update(object value) => Values.Add(value);

        public string? Ask(string question) => null;

        public void Result(ResultRow row)
        {
        }

        public void Dispose() => Source.Dispose();
    }
}

/// <summary>The members that the adapter finds in Microsoft.DotNet.Interactive, under the same names.</summary>
public sealed class KernelInvocationContext
{
    [ThreadStatic]
    private static KernelInvocationContext? s_current;

    public static KernelInvocationContext? Current { get => s_current; set => s_current = value; }

    public IList<DisplayedValue> Shown { get; } = [];
}

/// <summary>Its extension methods; the adapter must not take the second for the first.</summary>
public static class KernelInvocationContextExtensions
{
    public static DisplayedValue DisplayAs(this KernelInvocationContext context, string value, string mimeType) => throw new NotSupportedException();

    public static DisplayedValue Display(this KernelInvocationContext context, object value, params string[] mimeTypes)
    {
        var shown = new DisplayedValue(mimeTypes);
        shown.Values.Add(value);
        context.Shown.Add(shown);
        return shown;
    }
}

/// <summary>The handle it returns.</summary>
public sealed class DisplayedValue(IReadOnlyList<string> mimeTypes)
{
    public IReadOnlyList<string> MimeTypes { get; } = mimeTypes;

    public IList<object> Values { get; } = [];

    public bool Broken { get; set; }

    public void Update(object updatedValue)
    {
        if (Broken) throw new InvalidOperationException("the channel is closed");
        Values.Add(updatedValue);
    }
}
