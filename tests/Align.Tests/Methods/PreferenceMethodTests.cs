using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>Whole methods over pairs: what users' losses are told, mixes, defined values for empty answers, and ORPO's two terms.</summary>
public sealed class PreferenceMethodTests
{
    private static readonly TokenizedPair[] Pairs = [Pair([1, 2], [3, 4], [0]), Pair([2], [1], [4, 4, 3]), Pair([3], [2, 2, 1], [1, 0])];

    [Fact]
    public void A_loss_of_one_s_own_is_a_lambda()
    {
        using var scope = NewDisposeScope();
        using var policy = Policy();
        var mine = Terms(Dpo.Objective(policy, beta: 0.2, loss: x => -(0.2 * (x.ChosenLogRatio() - x.RejectedLogRatio())).sigmoid().log()));
        Close.To(Terms(Dpo.Objective(policy, beta: 0.2)).Examples["loss"], mine.Examples["loss"], 1e-12, "loss");
    }

    [Fact]
    public void A_loss_of_a_wrong_shape_or_without_a_gradient_is_explained()
    {
        using var scope = NewDisposeScope();
        using var policy = Policy();
        Assert.Contains("leave out mean()", Assert.Throws<ShapeException>(() => Terms(Dpo.Objective(policy, loss: x => Dpo.Sigmoid(x, 0.1).mean()))).Message, StringComparison.Ordinal);
        Assert.Contains("one value per pair, [3]", Assert.Throws<ShapeException>(() => Terms(Cpo.Objective(policy, loss: x => Cpo.Sigmoid(x, 0.1).unsqueeze(1)))).Message, StringComparison.Ordinal);
        Assert.Contains("cut the gradient", Assert.Throws<LossSettingException>(() => Terms(Orpo.Objective(policy, loss: x => Orpo.OddsRatio(x).detach()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_that_is_not_a_number_names_its_pairs()
    {
        using var scope = NewDisposeScope();
        using var policy = Policy();
        var third = tensor(new[] { 1.0, 1, double.NaN });
        var error = Assert.Throws<NonFiniteException>(() => Train(policy, Dpo.Objective(policy, loss: x => Dpo.Sigmoid(x, 0.1) * third), Dpo.Batches(Known, 3, 0)));
        Assert.Equal([2], error.Examples);
    }

    [Fact]
    public void Sft_in_a_mix_is_a_mean_over_the_chosen_tokens_beside_the_mean_over_pairs()
    {
        using var scope = NewDisposeScope();
        using var policy = Policy();
        var step = Train(policy, Dpo.Objective(policy, sft: 0.7), Dpo.Batches(Known, 2, 0), accumulate: 2);
        var alone = Terms(Dpo.Objective(policy)).Examples;
        Assert.Equal(step["loss/preference"] + 0.7 * step["loss/sft"], step["loss"], 12);
        Assert.Equal(alone["loss"].Average(), step["loss/preference"], 12);
        Assert.Equal(-alone["logps/chosen"].Sum() / (2 + 1 + 3), step["loss/sft"], 12);
    }

    [Fact]
    public void Pairs_without_a_reference_compare_the_policy_s_own_probabilities()
    {
        using var scope = NewDisposeScope();
        using var policy = Policy();
        var examples = Terms(Dpo.Objective(policy, beta: 0.5)).Examples;
        Close.To(examples["logps/chosen"].Zip(examples["logps/rejected"], (c, r) => Math.Log(1 + Math.Exp(-0.5 * (c - r)))).ToArray(), examples["loss"], 1e-12, "loss");
    }

    [Fact]
    public void Pairs_whose_answers_are_all_masked_have_no_likelihood_and_no_preference()
    {
        using var scope = NewDisposeScope();
        using var policy = Policy();
        TokenizedText empty = new([1, 2, 3], [false, false, false]);
        var batch = PreferenceBatch.Padded(Dpo.WithoutReference([new(empty, empty)]), 0);
        foreach (var objective in new[] { Dpo.Objective(policy, sft: 1), Cpo.Objective(policy), Orpo.Objective(policy), Cpo.SimpoObjective(policy, gamma: 0), Dpo.Objective(policy, tokens: PairTokens.WeightedByPolicy()) })
        {
            var terms = objective.Terms(batch);
            Assert.Equal(Math.Log(2), terms.Examples["loss"].Single(), 12);
            Assert.All(terms.Losses, t => Assert.True(double.IsFinite(t.Sum.item<double>())));
            Assert.All(terms.Metrics.Values, m => Assert.True(double.IsFinite(m.Sum)));
        }
    }

    [Fact]
    public void Masked_answers_are_counted_and_a_step_of_nothing_else_is_taken_with_its_defined_loss()
    {
        using var scope = NewDisposeScope();
        using var policy = Policy();
        TokenizedText empty = new([1, 2, 3], [false, false, false]);
        var masked = Dpo.WithoutReference([new(empty, empty), new(empty, empty), new(empty, empty)]);
        var step = Train(policy, Dpo.Objective(policy, sft: 1), Dpo.Batches(masked, 2, 0), accumulate: 2);
        Assert.Equal(Math.Log(2), step["loss"], 12);
        Assert.Equal(0, step["grad_norm"]);
        Assert.Equal(6, step["warnings/masked_answers"]); // three pairs of two, over both micro-batches

        var half = Dpo.WithoutReference([new(empty, Pairs[1].Rejected), Pairs[0]]);
        using var optimizer = new AdamW(policy.Parameters);
        var run = new Run<PreferenceBatch>(Cpo.Objective(policy), Dpo.Batches(half, 1, 0), optimizer, Schedules.Constant(0), steps: 4);
        Assert.Equal(4, run.Train().Count());
        Assert.Equal([1, double.NaN, 1, double.NaN], run.History["warnings/masked_answers"]);
        Assert.Equal(2, run.History.Warnings["masked_answers"]);

        // ORPO trains the prompt of such a pair, and its answer is masked all the same.
        Assert.Equal(1, Orpo.Objective(policy).Terms(Orpo.Batch([half[0]], 0, [0])).Warnings["masked_answers"]);
        Assert.Equal(2, Sft.Objective(policy).Terms(new TextBatch(Batching.Padded([empty, empty, Pairs[0].Chosen], 0), [0, 1, 2])).Warnings["masked_answers"]);
        var judged = JudgementBatch.Padded([new(empty, true, Reference: 0), new(Pairs[0].Chosen, false, Reference: 0)], 0);
        Assert.Equal(1, Bco.Objective(policy).Terms(judged).Warnings["masked_answers"]);
        Assert.Empty(Terms(Dpo.Objective(policy)).Warnings);
    }

    [Fact]
    public void A_batch_that_lacks_half_of_a_pair_is_refused()
    {
        using var scope = NewDisposeScope();
        using var policy = Policy();
        var odd = new PreferenceBatch(Batching.Padded([Pairs[0].Chosen, Pairs[0].Rejected, Pairs[1].Chosen], 0), [Pairs[0], Pairs[1]], [0, 1]);
        foreach (var objective in new[] { Dpo.Objective(policy), Orpo.Objective(policy), Cpo.Objective(policy) })
            Assert.Contains("2 pairs need 4 texts", Assert.Throws<BatchException>(() => objective.Terms(odd)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Orpo_s_likelihood_covers_what_its_batch_trains_and_its_odds_the_answers()
    {
        using var scope = NewDisposeScope();
        using var policy = Policy();
        var whole = Orpo.Objective(policy, 0.3);
        var (both, answers) = (Orpo.Batch(Pairs, 0, [0, 1, 2]), PreferenceBatch.Padded(Pairs, 0));
        Assert.Equal([3 + 1 + 3, 3.0], whole.Weights(both)); // every token but each text's first
        Assert.Equal([2 + 1 + 3, 3.0], whole.Weights(answers));
        Close.To(whole.Terms(answers).Examples["loss"], whole.Terms(both).Examples["loss"], 1e-12, "odds ratio");
        Assert.NotEqual(whole.Terms(answers).Losses[0].Sum.item<double>(), whole.Terms(both).Losses[0].Sum.item<double>());
        Assert.Contains("Orpo.Batches", Assert.Throws<BatchException>(() => whole.Terms(PreferenceBatch.SharedPrefix(Pairs, 0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_of_one_minus_a_probability_keeps_its_digits_and_is_finite_at_1()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { -1e-12, -1e-3, -Math.Log(2), -5, -800, 0 }).requires_grad_(true);
        var y = Orpo.Log1MExp(x);
        // log(1 - e^x) = log(-x) + x/2 + … near 0; log ½; log(1 - e⁻⁵); -e⁻⁸⁰⁰ = 0; log of one rounding step.
        Close.To([Math.Log(1e-12), Math.Log(0.000999500166625), -Math.Log(2), Math.Log(0.993262053000915), 0, Math.Log(Math.Pow(2, -52))], y.Values(), 1e-12, "value");
        y.sum().backward();
        Close.To([-1e12, -999.50008333333, -1, -0.0067836549063, 0, 0], x.grad!.Values(), 1e-9, "gradient"); // -1/(e^(-x) - 1)
        Assert.True(double.IsFinite(Orpo.Log1MExp(zeros(1)).Values()[0]));
    }

    [Fact]
    public void Alpha_s_reward_becomes_the_log_probability()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { -3.0, -0.5 });
        Close.To(x.Values(), Cpo.AlphaReward(x, 1e-9).Values(), 1e-7, "α → 0");
        Close.To(x.Values(), Cpo.AlphaReward(x, 0).Values(), 0, "α = 0");
        Close.To([1 - Math.Exp(3), 1 - Math.Exp(0.5)], Cpo.AlphaReward(x, 1).Values(), 1e-12, "α = 1");
    }

    [Fact]
    public void A_step_leaves_nothing_behind_but_its_loss_terms()
    {
        using var outer = NewDisposeScope();
        using var policy = Policy();
        var batch = PreferenceBatch.Padded(Known, 0);
        foreach (var objective in new[] { Dpo.Objective(policy, sft: 1, tokens: PairTokens.WeightedByPolicy()), Dpo.Objective(policy, policy, tokens: PairTokens.LengthDesensitized(0.5)), Orpo.Objective(policy), Cpo.SimpoObjective(policy) })
        {
            using var scope = NewDisposeScope();
            var terms = objective.Terms(batch);
            Assert.Equal(terms.Losses.Count, scope.DisposablesCount);
        }
    }

    private static IReadOnlyList<TokenizedPair> Known => Dpo.WithoutReference(Pairs);

    private static Decoder Policy() => TinyModels.Decoder(vocabulary: 5);

    private static TokenizedPair Pair(int[] prompt, int[] chosen, int[] rejected) => new(TokenizedText.Of(prompt, chosen), TokenizedText.Of(prompt, rejected));

    private static Terms Terms(Objective<PreferenceBatch> objective) => objective.Terms(PreferenceBatch.Padded(Known, 0));

    private static Step Train(Decoder policy, Objective<PreferenceBatch> objective, IBatchSource<PreferenceBatch> source, int accumulate = 1)
    {
        using var optimizer = new AdamW(policy.Parameters);
        return new Run<PreferenceBatch>(objective, source, optimizer, Schedules.Constant(0), steps: 1, accumulate).Train().Single();
    }
}
