using System.Diagnostics;
using System.Globalization;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.ToyWorld;

/// <summary>Pretrains the base model: a small Llama that knows the world and has no manners.</summary>
internal static class BaseModel
{
    private const int Steps = 5000, Rows = 32, ProbeEvery = 500;
    private const double Rate = 1e-3;
    private const ulong Seed = 1;

    public static DecoderConfig Config(PromptFormat format) => new()
    {
        Family = "llama",
        VocabularySize = format.Tokenizer.VocabularySize,
        Hidden = 160,
        Intermediate = 432,
        Layers = 4,
        Heads = 5,
        KeyValueHeads = 5,
        HeadWidth = 32,
        NormEpsilon = 1e-5,
        TiedEmbeddings = true,
        Rotary = new RotaryConfig(10_000),
        EndIds = [format.End],
        PadId = format.Pad,
    };

    /// <summary>The loss of SFT without its statistics, on every token.</summary>
    private static Objective<TextBatch> Objective(Decoder model) => new(
        batch => [batch.Text.TrainedTokens],
        batch => new Terms(new LossTerm("nll", -model.LogProbs(batch.Text).Values.sum())));

    /// <summary>Trains for a fixed number of steps and writes the model with its log; a run that is stopped leaves what it has.</summary>
    public static int Write(string folder, string tokenizer)
    {
        Natives.Load();
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) => e.Cancel = !stop.IsCancellationRequested && stop.CancelAsync().IsCompleted;
        var format = new PromptFormat(ByteLevelTokenizer.Load(tokenizer));
        var rng = new Rng(Seed);
        using var model = Decoder.Random(Config(format), rng.Fork("weights"), compute: Precision.Fast);
        using var optimizer = new AdamW(model.Parameters, 0.9, 0.95, weightDecay: 0.01);
        var source = new PretrainingText(format, Rows, Steps, rng.Fork("text"));
        var run = new Run<TextBatch>(Objective(model), source, optimizer, Schedules.Polynomial(Rate, Steps, Steps / 50, 0.03 * Rate, 1), Steps);
        var probe = new Probe(format);
        var clock = Stopwatch.StartNew();
        List<string> log = [];
        foreach (var step in run.Train(stop.Token))
        {
            if (step.Number % 50 == 0) Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{step.Number} of {Steps}, loss {run.History["loss"][^50..].Average():F3}, {clock.Elapsed:mm\\:ss} "));
            if (step.Number % ProbeEvery != 0) continue;
            var shares = probe.Shares(model);
            log.Add(string.Create(CultureInfo.InvariantCulture,
                $"step {step.Number}, {run.Tokens / 1e6:F2} M tokens, {clock.Elapsed.TotalSeconds:F0} s, loss {run.History["loss"][^ProbeEvery..].Average():F3}, probe {shares.Average(s => s.Share):F3}: {string.Join(", ", shares.Select(s => $"{s.Topic} {s.Share:F2}"))}"));
            Console.WriteLine($"\r{log[^1]}");
        }

        ModelFolder.Write(folder, model, tokenizer, log);
        return run.Step == Steps ? 0 : 130;
    }
}
