using System.CommandLine;
using Align.Data;
using Align.Evaluation;
using Align.Interactive;
using Align.Text;
using Align.Tool.Html;
using Align.Tool.Training;

namespace Align.Tool;

/// <summary><c>align data report</c>: what is in a data file.</summary>
internal static class DataCommand
{
    /// <summary>The command for the root.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The data file: .jsonl, .json, .csv, .parquet, or gzipped." };
        var model = new Option<string?>("--model") { Description = "A model folder: lengths are then tokens, and its window and its begin and end tokens are looked at.", HelpName = "folder" };
        var maxLength = NumberOption.Of("--max-length", 1024, 1, int.MaxValue, "The window, in tokens.");
        var row = NumberOption.Of("--row", 0, 0, int.MaxValue, "Shows the tokens of this row, from 1; trained ones between ▏ and ▕. Needs --model. 0: none.");
        var page = new Option<string?>("--page") { Description = "Writes the report with its charts, and the row of --row, as one HTML file.", HelpName = "file" };
        var report = new Command("report", "Counts, lengths, repetitions, identical pairs, shared prompts, length bias, and what was skipped.") { file, model, maxLength, row, page };
        report.Validators.Add(a =>
        {
            if (a.GetResult(row) is { Implicit: false } && a.GetValue(model) is null) a.AddError("--row shows tokens: it goes with --model.");
        });
        report.SetAction(a =>
        {
            if (a.GetValue(model) is { } named) ModelFolder.Require(named);
            var tokenizer = a.GetValue(model) is { } folder ? ExampleTokenizer.Load(folder, a.GetValue(maxLength)) : null;
            var rows = DataFile.Read(a.GetValue(file)!, onBadRow: BadRow.Skip);
            var whole = DataReport.Of(rows, tokenizer);
            Console.WriteLine(whole);
            TokenRow[] texts = tokenizer is not null && a.GetValue(row) is > 0 and var number && rows.Skip(number - 1).FirstOrDefault() is { } example ? Rows(example, tokenizer, a.GetValue(model)!) : [];
            foreach (var text in texts) Console.WriteLine(string.Concat(text.Tokens.Select((token, i) => text.Mask![i] ? $"▏{token}▕" : $"·{token}")));
            if (a.GetValue(page) is not { } path) return 0;
            File.WriteAllText(path, DataPage.Of(whole, texts));
            Console.WriteLine($"Wrote {path}.");
            return 0;
        });
        return new Command("data", "Looks into data files.") { report };
    }

    private static TokenRow[] Rows(Example example, ExampleTokenizer tokenizer, string folder)
    {
        var names = HuggingFaceTokenizer.Load(folder);
        (string, TokenizedText?)[] texts = example.Kind switch
        {
            ExampleKind.Pair => [("chosen", tokenizer.Pair(example)?.Chosen), ("rejected", tokenizer.Pair(example)?.Rejected)],
            ExampleKind.Prompt => [],
            _ => [("text", tokenizer.Text(example))],
        };
        return
        [
            .. from text in texts where text.Item2 is not null
               select new TokenRow(text.Item1, [.. text.Item2.Ids.Select(id => names.Decode([id], withSpecials: true))], [.. text.Item2.Trained.Select(t => t ? 1.0 : 0)]) { Mask = text.Item2.Trained },
        ];
    }
}
