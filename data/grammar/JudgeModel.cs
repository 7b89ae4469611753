using System.Globalization;
using Align.Data;
using Align.Evaluation;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;
using static TorchSharp.torch;

namespace Align.ToyWorld;

/// <summary>Makes <c>data/models/reward</c> from the SFT model and the preference pairs: the judge that pays PPO.</summary>
internal static class JudgeModel
{
    public static int Write(string folder, string sftModel, string toy)
    {
        Natives.Load();
        using var sft = Decoder.Load(sftModel, compute: Precision.Fast);
        var tokenizer = Path.Combine(sftModel, "tokenizer.json");
        var format = new PromptFormat(ByteLevelTokenizer.Load(tokenizer));
        var (model, history) = RlhfRecipes.Reward(sft, Jsonl.ReadPairs(Path.Combine(toy, "preferences-train.jsonl")), format, seed: 1);
        using var _ = model;
        var held = Jsonl.ReadPairs(Path.Combine(toy, "preferences-choose.jsonl")).ToList();
        var rate = WinRate.Of(Scores(model, format, held, p => p.Chosen), Scores(model, format, held, p => p.Rejected));
        var ceiling = new GoldPreferences().Ceiling(GoldReward.Load(Path.Combine(toy, "prompts-choose.jsonl")), held);
        string[] log =
        [
            .. history.Where(s => s.Number % 25 == 0).Select(s => string.Create(CultureInfo.InvariantCulture, $"step {s.Number}, loss {s["loss"]:F4}, accuracy {s["accuracy"]:F2}")),
            string.Create(CultureInfo.InvariantCulture, $"right on {rate} of {held.Count} held-out pairs; the Bayes ceiling is {100 * ceiling:F1} %"),
        ];
        Console.WriteLine(string.Join('\n', log));
        ModelFolder.Write(folder, to => model.Save(to), tokenizer, log);
        return 0;
    }

    /// <summary>The rewards of one side of pairs.</summary>
    public static double[] Scores(RewardModel model, PromptFormat format, IEnumerable<PreferencePair> pairs, Func<PreferencePair, string> answer)
    {
        using var frozen = no_grad();
        return [.. pairs.Chunk(64).SelectMany(some =>
        {
            using var scope = NewDisposeScope();
            return model.Scores(Batching.Padded([.. some.Select(p => format.Tokenize(p.Prompt, answer(p)))], format.Pad)).to(ScalarType.Float64).data<double>().ToArray();
        })];
    }
}
