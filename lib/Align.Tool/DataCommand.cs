using System.CommandLine;
using Align.Data;
using Align.Evaluation;
using Align.Text;

namespace Align.Tool;

/// <summary><c>align data report</c>: what is in a data file.</summary>
internal static class DataCommand
{
    /// <summary>The command for the root.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The data file: .jsonl, .json, .csv, .parquet, or gzipped." };
        var model = new Option<string?>("--model") { Description = "A model folder: lengths are then tokens, and its window and its begin and end tokens are looked at.", HelpName = "folder" };
        var maxLength = new Option<int>("--max-length") { Description = "The window, in tokens.", DefaultValueFactory = _ => 1024 };
        var row = new Option<int?>("--row") { Description = "Shows the tokens of this row, from 1; trained ones between ▏and ▕. Needs --model." };
        var report = new Command("report", "Counts, lengths, repetitions, identical pairs, shared prompts, length bias, and what was skipped.") { file, model, maxLength, row };
        report.SetAction(a =>
        {
            var tokenizer = a.GetValue(model) is { } folder ? ExampleTokenizer.Load(folder, a.GetValue(maxLength)) : null;
            var rows = DataFile.Read(a.GetValue(file)!, onBadRow: BadRow.Skip);
            Console.WriteLine(DataReport.Of(rows, tokenizer));
            if (a.GetValue(row) is { } number) Show(rows, number, tokenizer, a.GetValue(model));
            return 0;
        });
        return new Command("data", "Looks into data files.") { report };
    }

    private static void Show(DataRows rows, int number, ExampleTokenizer? tokenizer, string? folder)
    {
        if (tokenizer is null || rows.Skip(number - 1).FirstOrDefault() is not { } example) return;
        var names = HuggingFaceTokenizer.Load(folder!);
        TokenizedText?[] texts = example.Kind == ExampleKind.Pair ? [tokenizer.Pair(example)?.Chosen, tokenizer.Pair(example)?.Rejected] : [tokenizer.Text(example)];
        foreach (var text in texts.OfType<TokenizedText>())
            Console.WriteLine(string.Concat(text.Ids.Select((id, i) => text.Trained[i] ? $"▏{names.Decode([id], withSpecials: true)}▕" : $"·{names.Decode([id], withSpecials: true)}")));
    }
}
