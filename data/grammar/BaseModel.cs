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
    private const int Rows = 32, ProbeEvery = 500;
    private const ulong Seed = 1;

    /// <summary>First half of the text are lines to copy, without which copying is not learnt; later hardly any.</summary>
    private static readonly Stretch Learning = new("text", 5000, 1e-3, step => step switch
    {
        < 1000 => new(Recall: 0.5, Games: 0.15),
        <= 4000 => new(Recall: 0.1, Games: 0.15),
        _ => new(Recall: 0.03, Games: 0.06),
    });

    private static readonly Stretch Practising = new("practice", 1500, 6e-4, _ => new(Recall: 0.03, Games: 0.08, Practice: true));

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
        var format = new PromptFormat(ByteLevelTokenizer.Load(tokenizer));
        using var model = Decoder.Random(Config(format), new Rng(Seed).Fork("weights"), compute: Precision.Fast);
        return Train(model, Learning, format, folder, tokenizer, []) == 0 ? Finish(folder) : 130;
    }

    /// <summary>The last stretch alone: what is hard is practised, and manners get worse.</summary>
    public static int Finish(string folder)
    {
        Natives.Load();
        var tokenizer = Path.Combine(folder, "tokenizer.json");
        using var model = Decoder.Load(folder, compute: Precision.Fast).Copy(trainable: true);
        return Train(model, Practising, new PromptFormat(ByteLevelTokenizer.Load(tokenizer)), folder, tokenizer, File.ReadAllLines(Path.Combine(folder, "training.log")));
    }

    private static int Train(Decoder model, Stretch stretch, PromptFormat format, string folder, string tokenizer, IEnumerable<string> before)
    {
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) => e.Cancel = !stop.IsCancellationRequested && stop.CancelAsync().IsCompleted;
        using var optimizer = new AdamW(model.Parameters, 0.9, 0.95, weightDecay: 0.01);
        var source = new PretrainingText(format, Rows, stretch.Mixture, new Rng(Seed).Fork(stretch.Name));
        var schedule = Schedules.Polynomial(stretch.Rate, stretch.Steps, stretch.Steps / 50, 0.03 * stretch.Rate, 1);
        var run = new Run<TextBatch>(Objective(model), source, optimizer, schedule, stretch.Steps);
        var probe = new Probe(format);
        var clock = Stopwatch.StartNew();
        List<string> log = [.. before];
        foreach (var step in run.Train(stop.Token))
        {
            if (step.Number % 50 == 0) Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{step.Number} of {stretch.Steps}, loss {run.History["loss"][^50..].Average():F3}, {clock.Elapsed:mm\\:ss} "));
            if (step.Number % ProbeEvery != 0) continue;
            var shares = probe.Shares(model);
            log.Add(string.Create(CultureInfo.InvariantCulture,
                $"{stretch.Name}, step {step.Number}, {run.Tokens / 1e6:F2} M tokens, {clock.Elapsed.TotalSeconds:F0} s, loss {run.History["loss"][^ProbeEvery..].Average():F3}, probe {shares.Average(s => s.Share):F3}: {string.Join(", ", shares.Select(s => $"{s.Topic} {s.Share:F2}"))}"));
            Console.WriteLine($"\r{log[^1]}");
        }

        ModelFolder.Write(folder, to => model.Save(to), tokenizer, log);
        return run.Step == stretch.Steps ? 0 : 130;
    }

    /// <summary>A part of the training with a mixture and a learning rate of its own, which falls to 3 %.</summary>
    /// <param name="Name">Its name, from which its random numbers follow.</param>
    /// <param name="Steps">Its length.</param>
    /// <param name="Rate">The highest learning rate.</param>
    /// <param name="Mixture">The text at a step.</param>
    private sealed record Stretch(string Name, int Steps, double Rate, Func<int, Mixture> Mixture);
}
