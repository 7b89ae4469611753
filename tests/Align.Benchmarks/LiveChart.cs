using System.Diagnostics;
using System.Globalization;
using Align.Data;
using Align.Interactive;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Tool.Engine;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Benchmarks;

/// <summary>What a running chart costs in a process that has drawn nothing before: DPO as in notebook 4, with the three metrics that it watches, each frame turned into what a browser gets.</summary>
internal static class LiveChart
{
    private const int Batch = 24;

    /// <param name="folder">The folder data.</param>
    /// <param name="steps">Training steps.</param>
    public static int Run(string folder, int steps)
    {
        Natives.Load();
        var sft = Path.Combine(folder, "models", "sft");
        var format = new PromptFormat(ByteLevelTokenizer.Load(Path.Combine(sft, "tokenizer.json")));
        using var reference = Decoder.Load(sft, compute: Precision.Fast);
        using var policy = reference.Copy(trainable: true);
        var pairs = Dpo.Tokenize(Jsonl.ReadPairs(Path.Combine(folder, "toy", "preferences-train.jsonl")).Take(Batch * steps), format);
        using var optimizer = new AdamW(policy.Parameters, beta2: 0.99);
        var run = new Run<PreferenceBatch>(Dpo.Objective(policy), Dpo.CompactBatches(Dpo.WithReference(pairs, reference, format.Pad, 64), Batch, format.Pad), optimizer, Schedules.Linear(3e-4, steps, steps / 10), steps);
        var browser = new Browser();
        Kit.Host = browser;
        var (training, whole) = (new Stopwatch(), Stopwatch.StartNew());
        foreach (var _ in Timed(run.Train(), training).Watch(steps, "loss", "rewards/accuracies", "rewards/margins")) { }
        var (all, own) = (whole.Elapsed.TotalSeconds, training.Elapsed.TotalSeconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{steps} steps, {browser.Frames} frames, {browser.Characters / 1e3:F0} kB: the chart took {100 * (all - own) / own:F2} % of the training's {own:F1} s"));
        return 0;
    }

    private static IEnumerable<Step> Timed(IEnumerable<Step> steps, Stopwatch clock)
    {
        using var all = steps.GetEnumerator();
        while (true)
        {
            clock.Start();
            var more = all.MoveNext();
            clock.Stop();
            if (!more) yield break;
            yield return all.Current;
        }
    }

    /// <summary>Makes of every frame what the engine sends.</summary>
    private sealed class Browser : INotebookHost, ILiveDisplay
    {
        public int Frames { get; private set; }

        public long Characters { get; private set; }

        public CancellationToken Cancellation => CancellationToken.None;

        public ILiveDisplay Display(object value)
        {
            Update(value);
            return this;
        }

        public void Update(object value)
        {
            Frames++;
            Characters += MimeBundle.Of(value).ToString().Length;
        }

        public string? Ask(string question) => null;

        public void Result(ResultRow row) { }
    }
}
