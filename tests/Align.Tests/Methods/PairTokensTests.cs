using Align.Methods;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

public sealed class PairTokensTests
{
    [Fact]
    public void What_the_longer_answer_has_beyond_the_shorter_one_counts_alpha()
    {
        using var scope = NewDisposeScope();
        var chosen = Tokens([[-1, -2, -4, 0], [0, -8, 0, 0]], [[true, true, true, false], [false, true, false, false]]);
        var rejected = Tokens([[0, -16, -32, 0], [0, -64, -128, -256]], [[false, true, true, false], [false, true, true, true]]);
        var (c, r) = PairTokens.DiscountBeyondShorter(chosen, rejected, 0.5);
        Close.To([-1 - 2 - 0.5 * 4, -8], c.Sum().Values(), 1e-12, "chosen"); // 3 tokens against 2; 1 against 3
        Close.To([-16 - 32, -64 - 0.5 * (128 + 256)], r.Sum().Values(), 1e-12, "rejected");
        Close.To([3, 1], c.Count().Values(), 0, "the counts stay");
    }

    [Fact]
    public void A_weight_is_the_mean_token_against_the_chance_that_the_policy_repeats_itself()
    {
        using var scope = NewDisposeScope();
        var x = Tokens([[Math.Log(0.5), Math.Log(0.2), 9]], [[true, true, false]]);
        var statistics = new TokenStatistics(x.Values, x.Values, tensor(new[] { 0.4, 0.25, 0 }, [1, 3]), x.Values);
        Close.To([Math.Sqrt(0.5 / 0.4 * (0.2 / 0.25))], PairTokens.PolicyWeights(x, statistics).Values(), 1e-12, "weight"); // exp of a mean of logs
    }

    [Fact]
    public void The_chance_is_the_log_sum_of_the_doubled_logits()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[] { 0.3, -1.2, 2.0, 0.0, 4.0, -3.0 }, [2, 3]);
        var (_, statistics) = LogProbs.Score(logits, new Head(null), tensor(new long[] { 0, 1 }), statistics: true);
        Close.To(((2 * logits).logsumexp(-1) - 2 * logits.logsumexp(-1)).Values(), statistics!.SumOfSquares.log().Values(), 1e-12, "log Σp²");
    }

    [Fact]
    public void Weights_scale_each_pair_s_gradient_and_have_none_themselves()
    {
        using var scope = NewDisposeScope();
        var pairs = new[] { Pair([1], [2, 3], [4]), Pair([2], [0], [3, 1, 1]) };
        var table = randn([5, 5], ScalarType.Float64, generator: new Generator(3)).requires_grad_(true);
        var reference = new BigramPolicy(zeros(5, 5, ScalarType.Float64));
        var policy = new BigramPolicy(table);
        PairTokens constant = new(Weights: (x, _) => tensor(new[] { 2.0, 3, 5, 7 })); // pairs 2·5 and 3·7
        foreach (var tokens in new[] { constant, PairTokens.WeightedByPolicy() })
        {
            var whole = Gradient(pairs, tokens);
            var weights = tokens == constant ? [10, 21] : Weights(pairs);
            var byPair = pairs.Select((p, i) => Gradient([p], null).Select(g => weights[i] * g / 2)).Aggregate((a, b) => a.Zip(b, (x, y) => x + y));
            Close.To([.. byPair], whole, 1e-12, "gradient");
        }

        double[] Gradient(TokenizedPair[] some, PairTokens? tokens)
        {
            table.grad?.zero_();
            var terms = Dpo.Objective(policy, reference, 0.5, tokens: tokens).Terms(PreferenceBatch.Padded(some, 0));
            (terms.Losses[0].Sum / some.Length).backward();
            return table.grad!.Values();
        }

        double[] Weights(TokenizedPair[] some)
        {
            var both = PairScores.Of(policy, PreferenceBatch.Padded(some, 0));
            var w = PairTokens.PolicyWeights(both.Both, both.Statistics).Values();
            return [w[0] * w[2], w[1] * w[3]];
        }
    }

    [Fact]
    public void Kept_sums_cannot_be_discounted()
    {
        using var scope = NewDisposeScope();
        var batch = PreferenceBatch.Padded(Dpo.WithoutReference([Pair([1], [2, 3], [4])]), 0);
        var objective = Dpo.Objective(new BigramPolicy(zeros(5, 5)), tokens: PairTokens.LengthDesensitized(0.5));
        Assert.Contains("keep sums", Assert.Throws<MissingLogProbsException>(() => objective.Terms(batch)).Message, StringComparison.Ordinal);
    }

    private static TokenizedPair Pair(int[] prompt, int[] chosen, int[] rejected) => new(TokenizedText.Of(prompt, chosen), TokenizedText.Of(prompt, rejected));

    private static TokenLogProbs Tokens(double[][] values, bool[][] mask) =>
        new(tensor(values.SelectMany(v => v).ToArray(), [values.Length, values[0].Length]), tensor(mask.SelectMany(m => m).ToArray(), [mask.Length, mask[0].Length]));
}
