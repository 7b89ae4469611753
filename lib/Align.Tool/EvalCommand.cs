using System.CommandLine;
using Align.Annotation;
using Align.Data;
using Align.Evaluation;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Tool.Training;
using Spectre.Console;
using ChatServer = Align.Interactive.ChatServer;

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
        var reward = new Option<string?>("--reward") { Description = RewardChoice.Description, HelpName = "folder or rule" };
        var judge = new Option<string?>("--judge") { Description = $"Instead of a reward: a chat server that compares the answers, such as http://localhost:8000/v1. A key is read from {ChatServer.KeyVariable}.", HelpName = "address" };
        var judgeModel = new Option<string?>("--judge-model") { Description = "The name of the judging model there.", HelpName = "name" };
        var count = NumberOption.Of("--count", 64, 1, int.MaxValue, "The first so many prompts.");
        var shown = NumberOption.Of("--samples", 3, 0, int.MaxValue, "Answers shown side by side.");
        var most = NumberOption.Of("--max-new-tokens", 128, 1, int.MaxValue, "The most tokens of an answer.");
        var temperature = NumberOption.Of("--temperature", 0.7, 0, double.MaxValue, "0 takes the likeliest token every time.");
        var seed = NumberOption.Of("--seed", 42, 0, int.MaxValue, "Decides what is drawn.");
        var bf16 = new Option<bool>("--bf16") { Description = "Matrix products in bfloat16." };
        var command = new Command("eval", "Lets two models answer the same prompts and says how often the first is better, with an interval.") { model, against, baseModel, prompts, reward, judge, judgeModel, count, shown, most, temperature, seed, bf16 };
        command.Validators.Add(a =>
        {
            if (a.GetValue(reward) is null == a.GetValue(judge) is null || a.GetValue(judge) is null != a.GetValue(judgeModel) is null)
                a.AddError("Say who judges: either --reward with a folder or a rule, or --judge with an address and --judge-model with a name.");
        });
        command.SetAction((a, cancellation) => Task.Run(
            () =>
            {
                Natives.Load();
                using var byReward = a.GetValue(reward) is { } choice ? new RewardChoice(choice, [.. new[] { a.GetValue(model), a.GetValue(against), a.GetValue(baseModel) }.OfType<string>()]) : null;
                using var server = a.GetValue(judge) is { } address ? ChatServer.Connect(address, a.GetValue(judgeModel)!) : null;
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
                var (scores, others, asked) = byReward is not null ? ByReward(byReward.Reward, ours, theirs) : ByChat(new ChatJudge(server!), ours, theirs, cancellation);
                var console = Consoles.Plain();
                var table = new Table().AddColumn("prompt").AddColumn(Markup.Escape(a.GetValue(model)!)).AddColumn(Markup.Escape(a.GetValue(against)!));
                for (var i = 0; i < Math.Min(a.GetValue(shown), ours.Count); i++)
                    table.AddRow(Markup.Escape(ours[i].Prompt.Text), Markup.Escape($"{ours[i].Text}\n[{scores[i]:G4}]"), Markup.Escape($"{theirs[i].Text}\n[{others[i]:G4}]"));
                console.Write(table);
                console.WriteLine($"Win rate over {ours.Count} prompts: {WinRate.Of(scores, others)}, mean score {scores.Average():G4} against {others.Average():G4}.{asked}");
                return 0;
            },
            CancellationToken.None));
        return command;
    }

    private static (IReadOnlyList<double> Ours, IReadOnlyList<double> Theirs, string Asked) ByReward(Reward reward, IReadOnlyList<Answer> ours, IReadOnlyList<Answer> theirs)
    {
        return (Of(ours), Of(theirs), "");

        List<double> Of(IReadOnlyList<Answer> answers) => [.. reward.Function(answers).Select(r => r ?? double.NaN)];
    }

    /// <summary>A preference counts one for whom it is; a tie, and a reply that says nothing, a half for both.</summary>
    private static (IReadOnlyList<double> Ours, IReadOnlyList<double> Theirs, string Asked) ByChat(ChatJudge judge, IReadOnlyList<Answer> ours, IReadOnlyList<Answer> theirs, CancellationToken cancellation)
    {
        var preferences = judge.CompareAllAsync([.. ours.Zip(theirs, (a, b) => (a.Prompt.Text, a.Text, b.Text))], cancellation: cancellation).GetAwaiter().GetResult();
        double[] points = [.. preferences.Select(p => p switch { Preference.First => 1, Preference.Second => 0, _ => 0.5 })];
        var counts = judge.Counts;
        return (points, [.. points.Select(p => 1 - p)],
            $" The judge decided {counts.Decided}, could not tell {counts.Ties} apart, and gave {counts.Unparsed} replies that are no letter; {counts.Requests} requests, {counts.InputTokens} tokens read, {counts.OutputTokens} written.");
    }
}
