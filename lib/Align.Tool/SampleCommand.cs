using System.CommandLine;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Tool.Training;

namespace Align.Tool;

/// <summary><c>align sample</c>: what a model folder answers.</summary>
internal static class SampleCommand
{
    /// <summary>The command for the root.</summary>
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model folder, or a folder of adapters.", Required = true, HelpName = "folder" };
        var baseModel = new Option<string?>("--base") { Description = "The model that the adapters belong to.", HelpName = "folder" };
        var prompt = new Option<string[]>("--prompt") { Description = "What to answer; may be given several times.", Required = true };
        var plain = new Option<bool>("--plain") { Description = "Continues the prompt as text, although the model has a chat template." };
        var most = NumberOption.Of("--max-new-tokens", 128, 1, int.MaxValue, "The most tokens of an answer.");
        var temperature = NumberOption.Of("--temperature", 0.7, 0, double.MaxValue, "0 takes the likeliest token every time.");
        var topP = NumberOption.Of("--top-p", 1.0, 0, 1, "Draws from the likeliest tokens that together have this probability.");
        var seed = NumberOption.Of("--seed", 42, 0, int.MaxValue, "Decides what is drawn.");
        var bf16 = new Option<bool>("--bf16") { Description = "Matrix products in bfloat16." };
        var command = new Command("sample", "Writes what a model answers.") { model, baseModel, prompt, plain, most, temperature, topP, seed, bf16 };
        command.SetAction((a, cancellation) => Task.Run(
            () =>
            {
                Natives.Load();
                using var writer = new Writer(a.GetValue(model)!, a.GetValue(baseModel), 1 << 20, a.GetValue(bf16));
                var chat = !a.GetValue(plain) && ChatTemplate.Load(a.GetValue(baseModel) ?? a.GetValue(model)!) is not null;
                var prompts = a.GetValue(prompt)!.Select(p => writer.Rows.Prompt(Writer.Prompt(p, chat))).ToList();
                var answers = writer.Answer(prompts, new Sampling(a.GetValue(temperature), TopP: a.GetValue(topP)), a.GetValue(most), 16, (ulong)a.GetValue(seed), cancellation);
                foreach (var answer in answers) Console.WriteLine(answers.Count > 1 ? $"> {answer.Prompt.Text}\n{answer.Text}\n" : answer.Text);
                return cancellation.IsCancellationRequested ? 130 : 0;
            },
            CancellationToken.None));
        return command;
    }
}
