using System.Diagnostics;
using System.Globalization;
using Align.Data;
using Align.Evaluation;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;
using static TorchSharp.torch;

namespace Align.ToyWorld;

/// <summary>What alignment does in the toy world: SFT against the base model, DPO against SFT, and two ways to spoil it. A seed changes demonstrations, pairs, their order and every draw; the base model stays.</summary>
internal static class Showing
{
    /// <param name="folder">The folder data.</param>
    /// <param name="rest">The split, for reporting when absent, and seeds, 1 to 3 when absent.</param>
    public static int Run(string folder, string[] rest)
    {
        Natives.Load();
        var world = new Place(folder, rest);
        Say($"Split {world.Split}: {world.Prompts.Count} prompts; temperature {Place.Decoding.Temperature}, at most 64 tokens, for both sides; ties count half; 95 % intervals.");
        Say("");
        Say("| seed | model | against | win rate | gold | KL/sequence | KL/token | truth | topic | polite | concise | fresh | ending | words | distinct-2 | seconds |");
        Say("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        var rows = world.Seeds.Select(seed => OneSeed(world, seed)).ToList();
        Say("");
        Say($"Means over the seeds: SFT beats the base model on {Mean(rows, r => r.Sft)} %, DPO beats SFT on {Mean(rows, r => r.Dpo)} % (lowest {100 * rows.Min(r => r.Dpo.Rate):F1} %).");
        foreach (var (r, seed) in rows.Zip(world.Seeds))
            Say($"Seed {seed}, marks against those of DPO as it should be: over-optimised {r.Loose}, 30 % of the labels flipped {r.Flipped}.");
        return 0;
    }

    private static (WinRate Sft, WinRate Dpo, PairedDifference Loose, PairedDifference Flipped) OneSeed(Place world, ulong seed)
    {
        var clock = Stopwatch.StartNew();
        var (demonstrations, pairs) = DataFiles.Redraw(seed);
        clock.Restart();
        using var sft = Recipes.Sft(world.Base, demonstrations, world.HeldOut, world.Format, seed).Model;
        var sftSeconds = clock.Elapsed.TotalSeconds;
        var baseline = world.Judge(world.Base, seed);
        Row(seed, "base", "", null, baseline, null, 0);
        var answered = world.Judge(sft, seed);
        Row(seed, "SFT", "base", answered.Against(baseline), answered, null, sftSeconds);

        GoldReport Dpo(string name, IEnumerable<PreferencePair> data, double beta = Recipes.Beta, double rate = Recipes.Rate, double share = Recipes.SftShare)
        {
            clock.Restart();
            using var model = Recipes.Dpo(sft, data, world.Format, seed, beta, rate, sft: share).Model;
            var seconds = clock.Elapsed.TotalSeconds;
            var report = world.Judge(model, seed);
            Row(seed, name, "SFT", report.Against(answered), report, KlReport.Of(model, sft, report.Answers, world.Format.Pad), seconds);
            return report;
        }

        var good = Dpo("DPO", pairs);
        var loose = Dpo("DPO, β 0.02, rate × 3, no SFT term", pairs, 0.02, 3 * Recipes.Rate, 0);
        var flips = new Rng(seed).Fork("flips");
        var flipped = Dpo("DPO, 30 % flipped", pairs.Select(p => flips.NextDouble() < 0.3 ? p with { Chosen = p.Rejected, Rejected = p.Chosen } : p).ToList());
        return (answered.Against(baseline), good.Against(answered), PairedDifference.Of(loose.Scores, good.Scores), PairedDifference.Of(flipped.Scores, good.Scores));
    }

    private static void Row(ulong seed, string model, string against, WinRate? rate, GoldReport report, KlReport? kl, double seconds)
    {
        var m = report.Mean;
        Say(string.Create(CultureInfo.InvariantCulture,
            $"| {seed} | {model} | {against} | {rate} | {m.Mark:F2} | {kl?.PerSequence:F2} | {kl?.PerToken:F3} | {m.Truth:F2} | {m.Topic:F2} | {m.Polite:F2} | {m.Concise:F2} | {m.Fresh:F2} | {m.Ending:F2} | {report.Words:F1} | {report.Distinct(2):F2} | {seconds:F0} |"));
    }

    private static string Mean<T>(List<T> rows, Func<T, WinRate> of) => (100 * rows.Average(r => of(r).Rate)).ToString("F1", CultureInfo.InvariantCulture);

    private static void Say(string line) => Console.WriteLine(line);
}
