using System.ComponentModel;
using System.Diagnostics;

namespace Align.Tool.Machine;

/// <summary>The .NET SDK that the <c>dotnet</c> command would use in the current folder.</summary>
internal static class Sdk
{
    private const string Install = "install the .NET 10 SDK (https://dotnet.microsoft.com/download/dotnet/10.0) and put it on PATH.";

    internal static Finding Examine()
    {
        var (version, error) = Ask();
        return version is null ? new(".NET SDK", error, Install) : Judge(version);
    }

    /// <summary>global.json asks for 10.0.100 or newer within version 10.</summary>
    internal static Finding Judge(string version) =>
        new(".NET SDK", version, version.StartsWith("10.", StringComparison.Ordinal) ? null : $"global.json asks for version 10: {Install}");

    private static (string? Version, string Error) Ask()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? (output, "") : (null, FirstLine($"{output}\n{error.GetAwaiter().GetResult()}"));
        }
        catch (Win32Exception e)
        {
            return (null, $"dotnet does not start: {e.Message}");
        }
    }

    private static string FirstLine(string text) => text.Trim().Split('\n')[0].Trim();
}
