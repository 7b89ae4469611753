using System.Globalization;
using Spectre.Console;

namespace Align.Tool.Training;

/// <summary>What a training will do, before it does it.</summary>
internal sealed class TrainingPlan(TrainOptions options, TrainingData data, TrainedModel model, int rows, int steps, int longest)
{
    /// <summary>An estimate: weights in fp32, gradients and two moments of what is trained, a frozen copy while the reference is asked, PPO's value model beside adapters, and the activations of one batch.</summary>
    public double Bytes
    {
        get
        {
            var trained = model.Parameters.Sum(p => p.Value.numel());
            var copy = options is { Lora: false, Method: "dpo" or "ipo" or "kto" } ? 4.0 * model.Size : 0;
            var kept = options.KeepsReference && !options.Lora || options is { Lora: true, Method: "ppo" } ? 4.0 * model.Size : 0;
            var texts = options.Method is "sft" or "kto" || options.IsOnPolicy ? options.Batch : 2 * options.Batch;
            return 4.0 * model.Size + Math.Max(12.0 * trained, copy) + kept + 4.0 * 34 * texts * longest * model.Config.Hidden * model.Config.Layers;
        }
    }

    public void Show(IAnsiConsole console)
    {
        var trained = model.Parameters.Sum(p => p.Value.numel());
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn("").AddColumn("");
        Row("method", options.Method);
        Row("model", string.Create(CultureInfo.InvariantCulture, $"{options.Model}: {model.Size / 1e6:F1} M parameters, {100.0 * trained / model.Size:F2} % trained"));
        Row("data", string.Create(CultureInfo.InvariantCulture, $"{options.Data}: {rows} rows, {data.Rows.Report.Skipped} skipped, {data.Tokenizer.Dropped} left out, {data.Tokenizer.Truncated} texts cut at {options.MaxLength} tokens"));
        if (data.Tokenizer.PrefixDiffers > 0) Row("prompts", $"{data.Tokenizer.PrefixDiffers} are not the beginning of the whole in tokens: their answers begin with the first token that differs");
        Row("steps", string.Create(CultureInfo.InvariantCulture, $"{steps} of {options.Batch} × {options.Accumulate} rows"));
        Row("memory", $"about {Amount(Bytes)} at most");
        console.Write(table);

        void Row(string name, string value) => table.AddRow(Markup.Escape(name), Markup.Escape(value));
    }

    /// <summary>Bytes as a person says them.</summary>
    private static string Amount(double bytes) => bytes < 1e9
        ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1e6):F0} MB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F1} GB");
}
