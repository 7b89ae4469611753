using System.Runtime.InteropServices;

namespace Align.Runtime;

/// <summary>How libgomp's threads wait for one another between two operations.</summary>
internal static partial class Waiting
{
    private const string SpinCount = "GOMP_SPINCOUNT";

    /// <summary>
    /// Lets a waiting thread sleep early. libgomp's default spins for milliseconds: where another process wants the cores too,
    /// small operations become ten times slower. A person's own GOMP_SPINCOUNT or OMP_WAIT_POLICY is left alone.
    /// </summary>
    public static void SleepEarly()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(SpinCount) is not null || Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null) return;
        try
        {
            _ = SetVariable(SpinCount, "10000", 0); // libgomp reads the C library's environment, which .NET's own setter does not change
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A C library of another name: it only waits as it always did.
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
