using System.Diagnostics;
using System.Globalization;
using Align.Data;
using Align.Models;
using Align.Runtime;
using Align.Text;
using static TorchSharp.torch;

namespace Align.ToyWorld;

/// <summary>Makes <c>data/models/sft</c> from the base model and the demonstrations.</summary>
internal static class SftModel
{
    public static int Write(string folder, string baseModel, string toy)
    {
        Natives.Load();
        using var start = Decoder.Load(baseModel, compute: Precision.Fast);
        var tokenizer = Path.Combine(baseModel, "tokenizer.json");
        var format = new PromptFormat(ByteLevelTokenizer.Load(tokenizer));
        var clock = Stopwatch.StartNew();
        var (model, looks) = Recipes.Sft(
            start, Jsonl.ReadDemonstrations(Path.Combine(toy, "demonstrations.jsonl")), Jsonl.ReadDemonstrations(Path.Combine(toy, "demonstrations-choose.jsonl")), format, seed: 1,
            step => Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\rstep {step.Number}, loss {step["loss"]:F3} ")));
        using var _ = model;
        string[] log =
        [
            .. looks.Select(l => string.Create(CultureInfo.InvariantCulture, $"step {l.Step}, held-out loss {l.HeldOut:F4} nats per token")),
            string.Create(CultureInfo.InvariantCulture, $"kept: step {looks.MinBy(l => l.HeldOut).Step}, after {clock.Elapsed.TotalSeconds:F0} s in all"),
        ];
        Console.WriteLine($"\r{string.Join('\n', log)}");
        ModelFolder.Write(folder, to => model.Save(to), tokenizer, log);
        return 0;
    }
}
