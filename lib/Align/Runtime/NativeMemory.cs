using System.Runtime.InteropServices;

namespace Align.Runtime;

/// <summary>How much memory libtorch holds on the CPU: the garbage collector does not see it, and freed memory stays with the process, so that the process's size does not tell.</summary>
internal static partial class NativeMemory
{
    /// <summary>The bytes that malloc has given out and not got back; the process's working set where the C library is not glibc 2.33 or later.</summary>
    public static long InUse()
    {
        if (!OperatingSystem.IsLinux()) return Environment.WorkingSet;
        try
        {
            var info = mallinfo2();
            return (long)(info.InUse + info.Mapped);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return Environment.WorkingSet;
        }
    }

    [LibraryImport("libc.so.6")]
    private static partial Info mallinfo2();

    /// <summary>The fields of glibc's <c>struct mallinfo2</c>, in its order.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Info(
        nuint Arena, nuint FreeChunks, nuint FastChunks, nuint MappedRegions, nuint Mapped, nuint Unused, nuint Fast, nuint InUse, nuint Free, nuint Top);
}
