using System.Globalization;
using Align.Training;
using Spectre.Console;

namespace Align.Tool.Training;

/// <summary>How far a training is: a bar under its lines where there is a terminal, its lines alone where there is none.</summary>
internal static class StepBar
{
    /// <summary>Takes the steps one by one.</summary>
    /// <param name="console">Where lines go, and the bar.</param>
    /// <param name="steps">The steps, made while they are taken.</param>
    /// <param name="first">How many were taken before.</param>
    /// <param name="count">How many there will be in all.</param>
    /// <param name="each">What is done with a step.</param>
    public static void Follow(IAnsiConsole console, IEnumerable<Step> steps, int first, int count, Action<Step> each)
    {
        if (!console.Profile.Out.IsTerminal)
        {
            foreach (var step in steps) each(step);
            return;
        }

        console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn()).Start(context =>
        {
            var bar = context.AddTask(Named(first, count, null), maxValue: count);
            bar.Value = first;
            foreach (var step in steps)
            {
                each(step);
                bar.Value = step.Number;
                bar.Description = Named(step.Number, count, step["loss"]);
            }
        });
    }

    private static string Named(int step, int count, double? loss) =>
        string.Create(CultureInfo.InvariantCulture, $"step {step}/{count}") + (loss is { } value ? string.Create(CultureInfo.InvariantCulture, $"  loss {value:G4}") : "");
}
