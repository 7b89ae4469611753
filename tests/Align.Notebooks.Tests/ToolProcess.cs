using System.Diagnostics;
using System.Text;
using Align.Tool;

namespace Align.Notebooks.Tests;

/// <summary>The tool as a person runs it: a process of its own.</summary>
internal sealed class ToolProcess : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> errors;
    private readonly StringBuilder outputSoFar = new();

    private ToolProcess(Process process)
    {
        this.process = process;
        output = Collect(process.StandardOutput);
        errors = process.StandardError.ReadToEndAsync();
    }

    public int Id => process.Id;

    public static ToolProcess Start(string folder, params string[] arguments) => new(Begin(folder, typed: false, arguments));

    public static async Task<(int Exit, string Output, string Errors)> Run(string folder, params string[] arguments)
    {
        using var tool = Start(folder, arguments);
        return await tool.End();
    }

    /// <summary>The same with lines that a person types.</summary>
    public static async Task<(int Exit, string Output, string Errors)> Typed(string folder, string lines, params string[] arguments)
    {
        using var tool = Start(folder, lines, arguments);
        return await tool.End();
    }

    /// <summary>Waits until the tool has printed a text; fails where it ends without.</summary>
    public async Task Prints(string text)
    {
        while (!SoFar().Contains(text, StringComparison.Ordinal))
        {
            Assert.False(output.IsCompleted, $"The tool ended without printing '{text}': {SoFar()}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public async Task<(int Exit, string Output, string Errors)> End()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>What Ctrl+C in a terminal sends.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", $"{Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    private static ToolProcess Start(string folder, string lines, string[] arguments)
    {
        var process = Begin(folder, typed: true, arguments);
        process.StandardInput.Write(lines);
        process.StandardInput.Close();
        return new(process);
    }

    private static Process Begin(string folder, bool typed, string[] arguments) => Process.Start(new ProcessStartInfo(DotnetHost.FilePath, [DotnetHost.ToolPath, .. arguments])
    {
        WorkingDirectory = folder,
        RedirectStandardInput = typed,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private async Task<string> Collect(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (outputSoFar)
                outputSoFar.Append(line).Append('\n');
        }

        return SoFar();
    }

    private string SoFar()
    {
        lock (outputSoFar)
            return outputSoFar.ToString();
    }
}
