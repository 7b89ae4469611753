using System.Runtime.InteropServices;

namespace Align.Runtime;

/// <summary>glibc's malloc gives large blocks back to the system at every free, and the next step pays for the page faults: here they are kept.</summary>
internal static partial class Allocator
{
    private const int TrimThreshold = -1, TopPad = -2, MmapMax = -4;

    /// <summary>Keeps freed memory in the process. Does nothing where the C library is not glibc.</summary>
    internal static void KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = mallopt(MmapMax, 0);
            _ = mallopt(TrimThreshold, int.MaxValue);
            _ = mallopt(TopPad, 64 << 20);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // No glibc: its allocator's settings have no meaning here.
        }
    }

    [LibraryImport("libc.so.6")]
    private static partial int mallopt(int parameter, int value);
}
