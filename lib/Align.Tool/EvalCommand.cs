using System.CommandLine;
using Align.Data;
using Align.Evaluation;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Tool.Training;
using Spectre.Console;

namespace Align.Tool;

/// <summary><c>align eval</c>: which of two models answers better.</summary>
internal static class EvalCommand
{
    /// <summary>The command for the root.</summary>
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model folder that is judged.", Required = true, HelpName = "folder" };
        var against = new Option<string>("--against") { Description = "The model folder that it is compared with.", Required = true, HelpName = "folder" };
        var baseModel = new Option<string?>("--base") { Description = "The model that adapters belong to.", HelpName = "folder" };
        var prompts = new Option<string>("--prompts") { Description = "A data file; of rows with answers the prompts are taken.", Required = true, HelpName = "file" };
        var reward = new Option<string>("--reward") { Description = RewardChoice.Description, Required = true, HelpName = "folder or rule" };
        var count = new Option<int>("--count") { Description = "The first so many prompts.", DefaultValueFactory = _ => 64 };
        var shown = new Option<int>("--samples") { Description = "Answers shown side by side.", DefaultValueFactory = _ => 3 };
        var most = new Option<int>("--max-new-tokens") { Description = "The most tokens of an answer.", DefaultValueFactory = _ => 128 };
        var temperature = new Option<double>("--temperature") { Description = "0 takes the likeliest token every time.", DefaultValueFactory = _ => 0.7 };
        var seed = new Option<int>("--seed") { Description = "Decides what is drawn.", DefaultValueFactory = _ => 42 };
        var bf16 = new Option<bool>("--bf16") { Description = "Matrix products in bfloat16." };
        var command = new Command("eval", "Lets two models answer the same prompts and says how often the first is better, with an interval.") { model, against, baseModel, prompts, reward, count, shown, most, temperature, seed, bf16 };
        command.SetAction((a, cancellation) => Task.Run(
            () =>
            {
                Natives.Load();
                var examples = DataFile.Read(a.GetValue(prompts)!, onBadRow: BadRow.Skip).Take(a.GetValue(count)).ToList();
                if (examples.Any(e => e.Prompt is null)) throw new TrainException($"{a.GetValue(prompts)} has rows without a prompt.");
                IReadOnlyList<Answer> Answers(string folder)
                {
                    using var writer = new Writer(folder, a.GetValue(baseModel), 1 << 20, a.GetValue(bf16));
                    var read = examples.Select(writer.Rows.Prompt).ToList();
                    return writer.Answer(read, new Sampling(a.GetValue(temperature)), a.GetValue(most), 16, (ulong)a.GetValue(seed), cancellation);
                }

                var (ours, theirs) = (Answers(a.GetValue(model)!), Answers(a.GetValue(against)!));
                if (cancellation.IsCancellationRequested) return 130;
                var (scores, others) = Score(a.GetValue(reward)!, [.. new[] { a.GetValue(model), a.GetValue(against), a.GetValue(baseModel) }.OfType<string>()], ours, theirs);
                var console = Consoles.Plain();
                var table = new Table().AddColumn("prompt").AddColumn(Markup.Escape(a.GetValue(model)!)).AddColumn(Markup.Escape(a.GetValue(against)!));
                for (var i = 0; i < Math.Min(a.GetValue(shown), ours.Count); i++)
                    table.AddRow(Markup.Escape(ours[i].Prompt.Text), Markup.Escape($"{ours[i].Text}\n[{scores[i]:G4}]"), Markup.Escape($"{theirs[i].Text}\n[{others[i]:G4}]"));
                console.Write(table);
                console.WriteLine($"Win rate over {ours.Count} prompts: {WinRate.Of(scores, others)}, mean score {scores.Average():G4} against {others.Average():G4}.");
                return 0;
            },
            CancellationToken.None));
        return command;
    }

    private static (IReadOnlyList<double> Ours, IReadOnlyList<double> Theirs) Score(string reward, IReadOnlyList<string> writers, IReadOnlyList<Answer> ours, IReadOnlyList<Answer> theirs)
    {
        using var judge = new RewardChoice(reward, writers);
        return (Of(ours), Of(theirs));

        List<double> Of(IReadOnlyList<Answer> answers) => [.. judge.Reward.Function(answers).Select(r => r ?? double.NaN)];
    }
}
