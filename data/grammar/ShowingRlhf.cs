using System.Diagnostics;
using System.Globalization;
using Align.Evaluation;
using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Training;

namespace Align.ToyWorld;

/// <summary>What RLHF does in the toy world: a reward model against its Bayes ceiling, and PPO, RLOO and GRPO on its scores against SFT. A seed changes pairs, prompts, their order and every draw; the SFT model stays.</summary>
internal static class ShowingRlhf
{
    private static readonly GoldPreferences Judge = new();

    /// <param name="folder">The folder data.</param>
    /// <param name="rest">The split, for reporting when absent, and seeds, 1 to 3 when absent.</param>
    public static int Run(string folder, string[] rest)
    {
        Natives.Load();
        var world = new Place(folder, rest);
        var ceiling = Judge.Ceiling(world.Gold, world.Pairs);
        Say($"Reward models: {world.Pairs.Count} held-out pairs, Bayes ceiling {100 * ceiling:F1} %. Slopes: what its score, in gold marks (times τ = {Judge.Temperature}), pays for a criterion, ± twice the standard error; gold pays {string.Join(", ", world.Gold.Breakdown(world.Prompts[0], "").Rows.Select(r => $"{r.Criterion} {r.Weight}"))}.");
        Say("");
        Say("| seed | accuracy | of the way to the ceiling | as gold orders | ECE | truth | topic | polite | concise | fresh | ending | seconds |");
        Say("|---|---|---|---|---|---|---|---|---|---|---|---|");
        var judges = world.Seeds.Select(seed => RewardModel(world, seed, ceiling)).ToList();
        Say("");
        Say($"On-policy methods against SFT on {world.Prompts.Count} held-out prompts: temperature {Place.Decoding.Temperature} for training, answers and KL alike, at most 64 tokens; ties count half; 95 % intervals.");
        Say("");
        Say("| seed | model | win rate | gold | reward model | KL/sequence | truth | topic | polite | concise | fresh | ending | words | distinct-2 | seconds |");
        Say("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (seed, judge) in world.Seeds.Zip(judges)) OneSeed(world, seed, judge);
        return 0;
    }

    private static RewardModel RewardModel(Place world, ulong seed, double ceiling)
    {
        var pairs = DataFiles.DrawPairsOfNewPrompts(seed, RlhfRecipes.Pairs);
        var clock = Stopwatch.StartNew();
        var model = RlhfRecipes.Reward(world.ExactSft, pairs, world.Format, seed, batchSize: 16, rate: 4e-4).Model;
        var seconds = clock.Elapsed.TotalSeconds;
        var (chosen, rejected) = (JudgeModel.Scores(model, world.Format, world.Pairs, p => p.Chosen), JudgeModel.Scores(model, world.Format, world.Pairs, p => p.Rejected));
        var accuracy = WinRate.Of(chosen, rejected);
        var ordered = world.Pairs.Select((p, i) => chosen[i] > rejected[i] == p.Margin > 0 ? 1.0 : 0).Average();
        var fit = LeastSquares.Fit(
            [.. chosen, .. rejected],
            [.. world.Pairs.Select(p => Criteria(world, p.Prompt, p.Chosen)), .. world.Pairs.Select(p => Criteria(world, p.Prompt, p.Rejected))]);
        var slopes = fit.Slopes.Zip(fit.Errors, (b, e) => string.Create(CultureInfo.InvariantCulture, $"{Judge.Temperature * b:F2} ± {2 * Judge.Temperature * e:F2}"));
        Say(string.Create(CultureInfo.InvariantCulture,
            $"| {seed} | {accuracy} | {100 * (accuracy.Rate - 0.5) / (ceiling - 0.5):F0} % | {100 * ordered:F1} % | {Calibration.OfPairs(chosen, rejected).Error:F3} | {string.Join(" | ", slopes)} | {seconds:F0} |"));
        return model;
    }

    private static double[] Criteria(Place world, string prompt, string answer) => [.. world.Gold.Breakdown(prompt, answer).Rows.Select(r => r.Value)];

    private static void OneSeed(Place world, ulong seed, RewardModel judge)
    {
        var reward = RlhfRecipes.Paid(judge, world.Format);
        var baseline = world.Judge(world.ExactSft, seed);
        Row("SFT", world.ExactSft, 0);

        void Method(string name, Func<(Decoder Model, History History)> train)
        {
            var clock = Stopwatch.StartNew();
            using var model = train().Model;
            Row(name, model, clock.Elapsed.TotalSeconds);
        }

        Method("PPO", () => RlhfRecipes.Ppo(world.ExactSft, judge, world.Training, world.Format, seed));
        Method("RLOO", () => RlhfRecipes.Rloo(world.ExactSft, judge, world.Training, world.Format, seed));
        Method("GRPO", () => RlhfRecipes.Grpo(world.ExactSft, judge, world.Training, world.Format, seed));
        Method("PPO without KL, rate × 3", () => RlhfRecipes.Ppo(world.ExactSft, judge, world.Training, world.Format, seed, beta: 0, rate: 3 * RlhfRecipes.Rate, guard: Guard.Off));

        void Row(string name, Decoder model, double seconds)
        {
            var report = ReferenceEquals(model, world.ExactSft) ? baseline : world.Judge(model, seed);
            var m = report.Mean;
            var kl = KlReport.Of(model.AtTemperature(Place.Decoding.Temperature), world.ExactSft.AtTemperature(Place.Decoding.Temperature), report.Answers, world.Format.Pad);
            Say(string.Create(CultureInfo.InvariantCulture,
                $"| {seed} | {name} | {report.Against(baseline)} | {m.Mark:F2} | {reward.Score(report.Answers).Total.Average():F2} | {kl.PerSequence:F2} | {m.Truth:F2} | {m.Topic:F2} | {m.Polite:F2} | {m.Concise:F2} | {m.Fresh:F2} | {m.Ending:F2} | {report.Words:F1} | {report.Distinct(2):F2} | {seconds:F0} |"));
        }
    }

    private static void Say(string line) => Console.WriteLine(line);
}
