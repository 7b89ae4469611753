using System.CommandLine;
using Align.Tool.Jupyter;

namespace Align.Tool;

/// <summary><c>align kernel</c>: the engine as a kernel for Jupyter and VS Code.</summary>
internal static class KernelCommand
{
    /// <summary>The command for the root.</summary>
    public static Command Create()
    {
        var connection = new Option<string?>("--connection-file") { Description = "The file with which Jupyter starts the kernel.", Hidden = true };
        var command = new Command("kernel", "The Jupyter kernel for the notebooks.") { Install(), connection };
        command.SetAction(arguments =>
        {
            if (arguments.GetValue(connection) is not { } file)
                throw new JupyterException("Jupyter starts the kernel by itself. To make it known there: align kernel install.");
            using var kernel = new Kernel(ConnectionFile.Read(file));
            return kernel.Run();
        });
        return command;
    }

    private static Command Install()
    {
        var user = new Option<bool>("--user") { Description = "For this person only; the default." };
        var prefix = new Option<string?>("--prefix") { Description = "For the installation of Python at this folder, such as an environment's.", HelpName = "folder" };
        var name = new Option<string>("--as")
        {
            Description = $"The name of the kernel. As {KernelSpec.NetInteractive} it opens the notebooks where there is no .NET Interactive.",
            DefaultValueFactory = _ => KernelSpec.OwnName,
            HelpName = "name",
        };
        var command = new Command("install", "Makes the kernel known to Jupyter and VS Code.") { user, prefix, name };
        command.SetAction(arguments =>
        {
            var folder = arguments.GetValue(prefix);
            if (folder is not null && arguments.GetValue(user))
                throw new JupyterException("--user and --prefix name two places: choose one.");
            var path = KernelSpec.Install(
                folder is null ? KernelSpec.UserFolder() : Path.Combine(Path.GetFullPath(folder), "share", "jupyter"), arguments.GetValue(name)!);
            Console.WriteLine($"Wrote {path}");
            Console.WriteLine($"It starts {DotnetHost.ToolPath}: keep that where it is, or install again.");
            return 0;
        });
        return command;
    }
}
