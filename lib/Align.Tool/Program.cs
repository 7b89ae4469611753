using System.CommandLine;
using System.CommandLine.Invocation;
using Align.Runtime;
using Align.Tool;
using Align.Tool.Collecting;

var root = new RootCommand("Trains, samples and compares models, collects preferences, looks into data, runs the notebooks of Align, is their Jupyter kernel, and checks the machine.")
{
    TrainCommand.Create(),
    SampleCommand.Create(),
    CollectCommand.Create(),
    EvalCommand.Create(),
    DataCommand.Create(),
    RunCommand.Create(),
    KernelCommand.Create(),
    Doctor.Create(),
};
try
{
    // A run that is interrupted saves what ran before it ends; a training finishes its step first, however long that is.
    var patience = args is ["train", ..] ? TimeSpan.FromDays(1) : TimeSpan.FromSeconds(10);
    var asked = root.Parse(args);
    if (asked.Action is ParseErrorAction refusal) (refusal.ShowHelp, refusal.ShowTypoCorrections) = (false, false);
    return await asked.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = patience });
}
catch (AlignException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
