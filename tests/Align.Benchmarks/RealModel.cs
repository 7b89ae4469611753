using System.Diagnostics;
using System.Globalization;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Benchmarks;

/// <summary>A decoder of Qwen2.5-0.5B's dimensions with random weights, adapters on all matrices, one pair of 128 prompt and 64 answer tokens: seconds per step and the process's peak memory.</summary>
internal static class RealModel
{
    private const int Prompt = 128, Answer = 64, Warm = 1, Steps = 4;

    private static readonly DecoderConfig Qwen = new()
    {
        Family = "qwen2", VocabularySize = 151_936, Hidden = 896, Intermediate = 4864, Layers = 24, Heads = 14, KeyValueHeads = 2, HeadWidth = 64,
        NormEpsilon = 1e-6, TiedEmbeddings = true, AttentionBias = true, Rotary = new RotaryConfig(1_000_000),
    };

    /// <param name="method"><c>dpo</c>, or <c>sft</c> to compare the memory with; one a process.</param>
    /// <param name="fast">bfloat16 for the matrix products.</param>
    public static int Run(string method, bool fast)
    {
        Natives.Load();
        var rng = new Rng(1);
        using var model = Decoder.Random(Qwen, rng, compute: fast ? ScalarType.BFloat16 : null);
        using var policy = AdaptedDecoder.On(model, new LoraConfig(), rng);
        var loaded = Peak();
        int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => rng.NextInt(Qwen.VocabularySize))];
        var prompt = Ids(Prompt);
        var pair = new TokenizedPair(TokenizedText.Of(prompt, Ids(Answer)), TokenizedText.Of(prompt, Ids(Answer)));
        using var optimizer = new AdamW(policy.Parameters);
        var seconds = method == "dpo"
            ? Time(new Run<PreferenceBatch>(Dpo.Objective(policy), Dpo.Batches(Dpo.WithReference([pair], policy.Base, padId: 0), 1, padId: 0), optimizer, Schedules.Constant(1e-5), Warm + Steps))
            : Time(new Run<TextBatch>(Sft.Objective(policy), Sft.Batches([pair.Chosen, pair.Rejected], 2, padId: 0), optimizer, Schedules.Constant(1e-5), Warm + Steps));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{method}, {(fast ? "bfloat16" : "float32")}: {model.Parameters.Sum(p => p.Value.numel()) / 1e6:F0} M parameters, {policy.Parameters.Sum(p => p.Value.numel()) / 1e6:F1} M trained, {seconds:F2} s/step, peak {Peak():F2} GB ({loaded:F2} GB after loading)"));
        return 0;
    }

    private static double Time<TBatch>(Run<TBatch> run)
        where TBatch : IBatch
    {
        var clock = new Stopwatch();
        var best = double.PositiveInfinity;
        foreach (var step in run.Train())
        {
            if (step.Number > Warm) best = Math.Min(best, clock.Elapsed.TotalSeconds);
            clock.Restart();
        }

        return best;
    }

    private static double Peak()
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1e6;
    }
}
