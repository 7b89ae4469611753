using System.Runtime.InteropServices;

namespace Align.Tool.Jupyter;

/// <summary>Ends the kernel when the server that started it is gone without saying so.</summary>
internal sealed class ParentWatch : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Timer? timer;

    public ParentWatch()
    {
        // Jupyter sets this where it starts kernels as children of its own.
        if (OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable("JPY_PARENT_PID") is null)
            return;
        var parent = ParentId();
        timer = new Timer(_ => { if (ParentId() != parent) ProcessEnd.Now(1); }, null, Every, Every);
    }

    public void Dispose() => timer?.Dispose();

    [DllImport("libc", EntryPoint = "getppid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ParentId();
}
