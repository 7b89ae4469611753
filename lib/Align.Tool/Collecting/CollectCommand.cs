using System.CommandLine;
using System.Globalization;
using Align.Annotation;
using Align.Data;
using Align.Evaluation;
using Align.Interactive;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Tool.Training;
using Microsoft.Extensions.AI;
using Spectre.Console;

namespace Align.Tool.Collecting;

/// <summary><c>align collect</c>: makes preference pairs, chosen by a person in the terminal or by a judge behind a server.</summary>
internal static class CollectCommand
{
    /// <summary>The command for the root.</summary>
    public static Command Create()
    {
        var model = new Option<string?>("--model") { Description = "The model folder that answers.", HelpName = "folder" };
        var baseModel = new Option<string?>("--base") { Description = "The model that adapters belong to.", HelpName = "folder" };
        var url = new Option<string?>("--url") { Description = $"Instead of a folder, an OpenAI-compatible server that answers, such as http://localhost:8000/v1; its key comes from {ChatServer.KeyVariable}.", HelpName = "address" };
        var name = new Option<string?>("--url-model") { Description = "The model's name on that server.", HelpName = "name" };
        var prompts = new Option<string>("--prompts") { Description = "A data file; of rows with answers the prompts are taken.", Required = true, HelpName = "file" };
        var output = new Option<string>("--output") { Description = "Where pairs go, JSON lines; the journal is kept beside it. The same file again goes on.", Required = true, HelpName = "file" };
        var judge = new Option<string?>("--judge") { Description = "A server that chooses in place of a person.", HelpName = "address" };
        var judgeModel = new Option<string?>("--judge-model") { Description = "The judge's name on that server.", HelpName = "name" };
        var language = new Option<string>("--language") { Description = $"The language the judge is asked in: {string.Join(", ", JudgePrompt.Languages)}.", DefaultValueFactory = _ => "en" };
        language.AcceptOnlyFromAmong([.. JudgePrompt.Languages]);
        var priceIn = NumberOption.Of("--judge-price-in", 0.0, 0, double.MaxValue, "What the judge's server asks for a million tokens read; the cost is told at the end.");
        var priceOut = NumberOption.Of("--judge-price-out", 0.0, 0, double.MaxValue, "What it asks for a million tokens written.");
        var samples = NumberOption.Of("--samples", 3, 2, int.MaxValue, "Answers to each prompt.");
        var temperature = NumberOption.Of("--temperature", 0.8, 0, double.MaxValue, "The temperature at which they are written.");
        var most = NumberOption.Of("--max-new-tokens", 128, 1, int.MaxValue, "The most tokens of an answer.");
        var repeat = NumberOption.Of("--repeat-every", 10, 0, int.MaxValue, "After so many answers an earlier question comes again, to see how consistent you are; 0 for never.");
        var seed = NumberOption.Of("--seed", 1, 0, int.MaxValue, "Decides what is drawn and in which order it is shown.");
        var command = new Command("collect", "Lets a model answer prompts, asks which answers are best and worst, and writes preference pairs. Stop with q or Ctrl+C; nothing is lost.")
        {
            model, baseModel, url, name, prompts, output, judge, judgeModel, language, priceIn, priceOut, samples, temperature, most, repeat, seed,
        };
        command.Validators.Add(a =>
        {
            if (a.GetValue(model) is null == a.GetValue(url) is null) a.AddError("Name who answers: a folder with --model, or a server with --url.");
            if (a.GetValue(url) is not null && a.GetValue(name) is null) a.AddError("Name the server's model with --url-model.");
            if (a.GetValue(judge) is not null && a.GetValue(judgeModel) is null) a.AddError("Name the judge's model with --judge-model.");
        });
        command.SetAction((a, cancellation) => Task.Run(
            () =>
            {
                using var stop = new GracefulStop(cancellation);
                var rows = DataFile.Read(a.GetValue(prompts)!, onBadRow: BadRow.Skip).ToList();
                if (rows.Any(r => r.Prompt is null)) throw new TrainException($"{a.GetValue(prompts)} has rows without a prompt.");
                if (rows.Find(r => r.Prompt!.Messages?.Count > 1) is { } several) throw new TrainException($"{a.GetValue(prompts)}, line {several.Line}: the prompt is a conversation of several messages, and a pair that is collected keeps one text. Give each prompt one message.");
                using var answers = a.GetValue(url) is { } address ? Answers.Behind(ChatServer.Connect(address, a.GetValue(name)!), a.GetValue(most))
                    : Answers.Of(a.GetValue(model)!, a.GetValue(baseModel), rows, a.GetValue(most));
                var console = Consoles.Plain();
                var journal = Journal.Open(a.GetValue(output)!, (ulong)a.GetValue(seed), a.GetValue(repeat));
                if (journal.Choices.Count > 0) console.WriteLine($"Going on after {journal.Choices.Count} questions.");
                using var client = a.GetValue(judge) is { } server ? ChatServer.Connect(server, a.GetValue(judgeModel)!) : null;
                var chat = client is null ? null : new ChatJudge(client, JudgePrompt.In(a.GetValue(language)!), new JudgeCache(a.GetValue(output) + ".judge-cache"));
                var annotator = chat?.Annotator(stop.Token) ?? new TerminalForm(console, Console.In, Console.IsInputRedirected ? null : console.Input, stop.Token).Annotator();
                var said = rows.Select(r => r.Prompt!.ToString()).ToList();
                foreach (var _ in Feedback.Collect(answers.Responder, said, annotator, a.GetValue(samples), a.GetValue(temperature), journal, stop.Token)) { }
                Report(console, journal, chat?.Counts, a.GetValue(priceIn), a.GetValue(priceOut), a.GetValue(output)!);
                return stop.Token.IsCancellationRequested ? 130 : 0;
            },
            CancellationToken.None));
        return command;
    }

    private static void Report(IAnsiConsole console, Journal journal, JudgeCounts? judge, double priceIn, double priceOut, string file)
    {
        var report = AnnotatorReport.Of("", journal.Choices);
        console.WriteLine();
        console.WriteLine($"{report.Chosen} pairs of {report.Questions} questions in {file}.");
        if (report.ShownFirst is { } first) console.WriteLine($"The best stood before the worst: {first}. It was the longer one: {report.Longer}.");
        if (report.Consistent is { } same) console.WriteLine($"Repeated questions answered with the same best: {same.Wins} of {same.Count}.");
        if (judge is not { } counts) return;
        console.WriteLine($"The judge: {counts.Questions} comparisons, {counts.Ties} ties, {counts.Unparsed} unparsed; named the first {counts.SaidA} times, the second {counts.SaidB}; {counts.Requests} requests, {counts.Cached} from the cache, {counts.InputTokens} + {counts.OutputTokens} tokens.");
        if (priceIn + priceOut > 0) console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"At these prices that cost {counts.Cost(priceIn, priceOut):0.####}."));
    }

    /// <summary>Who answers, and what has to be closed afterwards.</summary>
    private sealed class Answers(Responder responder, IDisposable owned) : IDisposable
    {
        public Responder Responder => responder;

        public static Answers Behind(IChatClient client, int maxTokens) => new(Responder.Of(client, maxTokens), client);

        public static Answers Of(string folder, string? baseModel, IReadOnlyList<Example> rows, int maxTokens)
        {
            Natives.Load();
            var writer = new Writer(folder, baseModel, 1 << 20, bf16: false);
            var known = new Dictionary<string, TokenizedPrompt>(StringComparer.Ordinal);
            foreach (var row in rows) known.TryAdd(row.Prompt!.ToString(), writer.Rows.Prompt(row));
            return new(
                new Responder(
                    (prompts, each, temperature, rng, cancellation) =>
                    {
                        var asked = prompts.SelectMany(p => Enumerable.Repeat(known[p], each)).ToList();
                        var written = writer.Answer(asked, new Sampling(temperature), maxTokens, 16, rng.NextUInt64(), cancellation);
                        cancellation.ThrowIfCancellationRequested();
                        return [.. written.Select(w => w.Text).Chunk(each)];
                    },
                    Together: 4),
                writer);
        }

        public void Dispose() => owned.Dispose();
    }
}
