using System.Diagnostics;
using System.Globalization;
using Align.Data;
using Align.Evaluation;
using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Tensors;
using Align.Text;

namespace Align.ToyWorld;

/// <summary>What the preference family does in the toy world: ORPO, KTO and SimPO against SFT, KTO where good answers are rare, and which losses resist wrong labels. A seed changes pairs, judgements, their order and every draw; the SFT model stays.</summary>
internal static class ShowingFamily
{
    private const double Flipped = 0.3, Kept = 0.2;

    /// <param name="folder">The folder data.</param>
    /// <param name="rest">The split, for reporting when absent, and seeds, 1 to 3 when absent.</param>
    public static int Run(string folder, string[] rest)
    {
        Natives.Load();
        var world = new Place(folder, rest);
        Say($"Split {world.Split}: {world.Prompts.Count} prompts, against SFT; temperature {Place.Decoding.Temperature}, at most 64 tokens, for both sides; ties count half; 95 % intervals.");
        Say("");
        Say("| seed | model | win rate | gold | KL/sequence | truth | topic | polite | concise | fresh | ending | words | seconds |");
        Say("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        var said = world.Seeds.SelectMany(seed => new Seed(world, seed).Show()).ToList();
        Say("");
        foreach (var line in said) Say(line);
        return 0;
    }

    private static void Say(string line) => Console.WriteLine(line);

    /// <summary>One seed: its data, and what SFT answers under it.</summary>
    private sealed class Seed(Place world, ulong seed)
    {
        private readonly GoldReport _baseline = world.Judge(world.Sft, seed);

        public IEnumerable<string> Show()
        {
            Row("SFT", world.Sft, _baseline, 0);
            var (pairs, judgements) = (DataFiles.Redraw(seed).Pairs, DataFiles.RedrawJudgements(seed));
            Method("ORPO", () => FamilyRecipes.Orpo(world.Sft, pairs, world.Format, seed));
            Method("KTO", () => FamilyRecipes.Kto(world.Sft, judgements, world.Format, seed));
            Method("SimPO", () => FamilyRecipes.Simpo(world.Sft, pairs, world.Format, seed));

            var luck = new Rng(seed).Fork("kept");
            var rare = judgements.Where(j => !j.Desirable || luck.NextDouble() < Kept).ToList();
            var weight = (double)rare.Count(j => !j.Desirable) / rare.Count(j => j.Desirable);
            var bare = Method("KTO, a fifth of the good ones", () => FamilyRecipes.Kto(world.Sft, rare, world.Format, seed));
            var mended = Method(string.Create(CultureInfo.InvariantCulture, $"the same, good ones × {weight:F1}"), () => FamilyRecipes.Kto(world.Sft, rare, world.Format, seed, desirableWeight: weight));

            var flips = new Rng(seed).Fork("flips");
            var wrong = pairs.Select(p => flips.NextDouble() < Flipped ? p with { Chosen = p.Rejected, Rejected = p.Chosen } : p).ToList();
            Decoder Dpo(IEnumerable<PreferencePair> data, PairLoss? loss = null) => Recipes.Dpo(world.Sft, data, world.Format, seed, steps: FamilyRecipes.Steps, loss: loss).Model;
            var clean = Method("DPO", () => Dpo(pairs));
            (string Name, GoldReport Report)[] noisy =
            [
                .. new (string Name, PairLoss? Loss)[]
                {
                    ("DPO", null), ("conservative DPO", x => Methods.Dpo.Sigmoid(x, Recipes.Beta, Flipped)),
                    ("robust DPO", x => DpoLosses.Robust(x, Recipes.Beta, Flipped)), ("IPO", x => DpoLosses.Ipo(x, 1)),
                }.Select(l => (l.Name, Method($"{l.Name}, 30 % flipped", () => Dpo(wrong, l.Loss)))),
                ("ORPO", Method("ORPO, 30 % flipped", () => FamilyRecipes.Orpo(world.Sft, wrong, world.Format, seed))),
            ];

            yield return $"Seed {seed}, mark of KTO with rare good answers against SFT: {PairedDifference.Of(bare.Scores, _baseline.Scores)}; with weights against without: {PairedDifference.Of(mended.Scores, bare.Scores)}.";
            yield return $"Seed {seed}, marks with 30 % flipped labels against DPO on clean ones: {string.Join("; ", noisy.Select(n => $"{n.Name} {PairedDifference.Of(n.Report.Scores, clean.Scores)}"))}.";
            yield return $"Seed {seed}, against DPO on the same flipped labels: {string.Join("; ", noisy.Skip(1).Select(n => $"{n.Name} {PairedDifference.Of(n.Report.Scores, noisy[0].Report.Scores)}"))}.";
        }

        private GoldReport Method(string name, Func<Decoder> train)
        {
            var clock = Stopwatch.StartNew();
            using var model = train();
            var seconds = clock.Elapsed.TotalSeconds;
            var report = world.Judge(model, seed);
            Row(name, model, report, seconds);
            return report;
        }

        private void Row(string name, Decoder model, GoldReport report, double seconds)
        {
            var (m, kl) = (report.Mean, KlReport.Of(model, world.Sft, report.Answers, world.Format.Pad));
            Say(string.Create(CultureInfo.InvariantCulture,
                $"| {seed} | {name} | {report.Against(_baseline)} | {m.Mark:F2} | {kl.PerSequence:F2} | {m.Truth:F2} | {m.Topic:F2} | {m.Polite:F2} | {m.Concise:F2} | {m.Fresh:F2} | {m.Ending:F2} | {report.Words:F1} | {seconds:F0} |"));
        }
    }
}
