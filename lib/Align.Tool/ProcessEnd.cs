using System.Runtime.InteropServices;

namespace Align.Tool;

/// <summary>The quick way out of the process.</summary>
internal static class ProcessEnd
{
    /// <summary>Ends the process although a cell still runs, perhaps inside libtorch: the usual way out would unload that under its feet.</summary>
    public static void Now(int exit)
    {
        if (OperatingSystem.IsWindows())
            Environment.Exit(exit);
        else
            Exit(exit);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Exit(int exit);
}
