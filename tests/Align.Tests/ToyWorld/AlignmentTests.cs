using Align.Data;
using Align.Evaluation;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;
using Align.ToyWorld;

namespace Align.Tests.ToyWorld;

/// <summary>Alignment works in the toy world, at a size for tests; data/make.cs show does it in full.</summary>
public sealed class AlignmentTests
{
    private static readonly string Data = Path.Combine(Golden.Root, "data");

    [Fact]
    public void The_readme_tells_every_file_of_the_models()
    {
        var readme = File.ReadAllLines(Path.Combine(Data, "README.md"));
        foreach (var model in new[] { "base", "sft", "reward" })
        {
            Assert.All(ModelFolder.ReadmeRows(Path.Combine(Data, "models", model)), row => Assert.Contains(row, readme));
            Assert.InRange(new FileInfo(Path.Combine(Data, "models", model, "model.safetensors")).Length, 1, 6_000_000);
        }
    }

    [Fact]
    public void The_base_model_knows_most_answers_and_the_tokenizer_is_the_data_s()
    {
        using var model = Decoder.Load(Path.Combine(Data, "models", "base"));
        Assert.InRange(new Probe(Format()).Shares(model).Average(s => s.Share), 0.9, 1);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Data, "toy", "tokenizer.json")), File.ReadAllBytes(Path.Combine(Data, "models", "base", "tokenizer.json")));
    }

    [Fact]
    public void SFT_beats_the_base_model_and_a_few_steps_of_DPO_beat_SFT()
    {
        var gold = GoldReward.Load(Path.Combine(Data, "toy", "prompts-report.jsonl"));
        string[] prompts = [.. gold.Prompts.Take(150).Select(p => p.Prompt)];
        GoldReport Judge(Decoder model) => GoldReport.Of(gold, model.Answer(prompts, Format(), new Rng(1)));

        using var start = Decoder.Load(Path.Combine(Data, "models", "base"));
        using var sft = Decoder.Load(Path.Combine(Data, "models", "sft"));
        var answered = Judge(sft);
        Assert.True(answered.Against(Judge(start)).Low > 0.5, $"SFT beats the base model on {answered.Against(Judge(start))}");

        using var dpo = Recipes.Dpo(sft, Jsonl.ReadPairs(Path.Combine(Data, "toy", "preferences-train.jsonl")), Format(), seed: 1, rate: 2 * Recipes.Rate, steps: 24).Model;
        var rate = Judge(dpo).Against(answered);
        Assert.True(rate.Low > 0.5, $"DPO beats SFT on {rate}");
    }

    [Fact]
    public void The_judge_ranks_held_out_pairs_below_its_ceiling_and_pays_less_for_truth_than_for_the_subject()
    {
        var gold = GoldReward.Load(Path.Combine(Data, "toy", "prompts-report.jsonl"));
        PreferencePair[] pairs = [.. Jsonl.ReadPairs(Path.Combine(Data, "toy", "preferences-report.jsonl")).Take(300)];
        using var judge = RewardModel.Load(Path.Combine(Data, "models", "reward"));
        var (chosen, rejected) = (JudgeModel.Scores(judge, Format(), pairs, p => p.Chosen), JudgeModel.Scores(judge, Format(), pairs, p => p.Rejected));
        Assert.InRange(WinRate.Of(chosen, rejected).Rate, 0.68, new GoldPreferences().Ceiling(gold, pairs));

        double[] Criteria(string prompt, string answer) => [.. gold.Breakdown(prompt, answer).Rows.Select(r => r.Value)];
        var fit = LeastSquares.Fit([.. chosen, .. rejected], [.. pairs.Select(p => Criteria(p.Prompt, p.Chosen)), .. pairs.Select(p => Criteria(p.Prompt, p.Rejected))]);
        Assert.Equal(["truth", "topic"], gold.Breakdown(pairs[0].Prompt, "").Rows.Take(2).Select(r => r.Criterion));
        Assert.True(fit.Slopes[0] + (2 * fit.Errors[0]) < fit.Slopes[1] - (2 * fit.Errors[1]), $"truth {fit.Slopes[0]:F2}, subject {fit.Slopes[1]:F2}");
    }

    private static PromptFormat Format() => new(ByteLevelTokenizer.Load(Path.Combine(Data, "models", "base", "tokenizer.json")));
}
