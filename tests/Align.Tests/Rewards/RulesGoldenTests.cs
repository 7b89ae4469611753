using Align.Rewards;

namespace Align.Tests.Rewards;

public sealed class RulesGoldenTests
{
    [Fact]
    public void Every_rule_of_the_reference_gives_our_reward()
    {
        var file = Golden.Json("onpolicy/rewards.json");
        var think = file["think_format_reward"]!;
        Golden.Rows("onpolicy/rewards.json#think_format_reward", think["completions"]!.AsArray().Select((c, i) => ((string)c!, i)), i =>
        {
            Close.To(Golden.Number(think["rewards"]![i]), Rules.ThinkFormat((string)think["completions"]![i]!), 1e-12);
            return Outcome.Passed;
        });

        var repetition = file["repetition_penalty"]!;
        Golden.Rows("onpolicy/rewards.json#repetition_penalty", repetition["cases"]!.AsArray().Select((c, i) => ($"case {i}", c!)), row =>
        {
            var ids = repetition["completion_ids"]!.AsArray().Select(c => c!.Ids());
            Close.To(row["rewards"]!.Numbers(), [.. ids.Select(c => Rules.Repetition(c, (int)row["ngram_size"]!, Golden.Number(row["max_penalty"])))], 1e-12);
            return Outcome.Passed;
        });

        var overlong = file["soft_overlong_punishment"]!;
        Golden.Rows("onpolicy/rewards.json#soft_overlong_punishment", overlong["cases"]!.AsArray().Select((c, i) => ($"case {i}", c!)), row =>
        {
            Close.To(row["rewards"]!.Numbers(), [.. overlong["lengths"]!.Ids().Select(n => Rules.SoftOverlong(n, (int)row["max_completion_len"]!, (int)row["soft_punish_cache"]!))], 1e-12);
            return Outcome.Passed;
        });

        var cosine = file["cosine_scaled"]!;
        var rows = cosine["cases"]!.AsArray().SelectMany((c, i) => c!["rows"]!.AsArray().Select(r => ($"case {i}, correct {r!["correct"]}", (Config: c["config"]!, Row: r))));
        Golden.Rows("onpolicy/rewards.json#cosine_scaled", rows, x =>
        {
            // Where nobody knows whether the answer is right the function does not apply: null, as for every reward of ours.
            if (x.Row["correct"] is not { } correct)
            {
                Assert.All(x.Row["rewards"]!.AsArray(), Assert.Null);
                return Outcome.Passed;
            }

            double Of(string name) => Golden.Number(x.Config[name]);
            Close.To(x.Row["rewards"]!.Numbers(), [.. cosine["lengths"]!.Ids().Select(n => Rules.CosineLength(
                (bool)correct, n, (int)x.Config["max_len"]!, (Of("max_value_correct"), Of("min_value_correct")), (Of("min_value_wrong"), Of("max_value_wrong"))))], 1e-12);
            return Outcome.Passed;
        });
    }

    [Fact]
    public void An_answer_is_accurate_when_it_says_what_is_expected()
    {
        Assert.Equal(1, Rules.Accuracy(" 42\n", "42"));
        Assert.Equal(0, Rules.Accuracy("42.", "42"));
        Assert.Equal(0, Rules.Accuracy("", "42"));
    }
}
