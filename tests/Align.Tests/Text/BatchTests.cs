using Align.Models;
using Align.Runtime;
using Align.Text;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Text;

public sealed class BatchTests
{
    [Fact]
    public void A_pair_as_segments_by_hand()
    {
        // Prompt 7 8, chosen 1 2, rejected 3: one row, in which both completions see the prompt and not one another.
        var pair = new TokenizedPair(TokenizedText.Of([7, 8], [1, 2]), TokenizedText.Of([7, 8], [3]));
        var batch = PreferenceBatch.SharedPrefix([pair], padId: 0).Text;
        Assert.Equal([7, 8, 1, 2, 3], batch.Ids);
        Assert.Equal([0, 1, 2, 3, 2], batch.Positions());
        Assert.Equal(
            [
                1, 0, 0, 0, 0,
                1, 1, 0, 0, 0,
                1, 1, 1, 0, 0,
                1, 1, 1, 1, 0,
                1, 1, 0, 0, 1,
            ],
            batch.Visible().Select(v => v ? 1 : 0));
        Assert.Equal([1, 2, 1], batch.Targets.Predictors); // 1 and 3 are both predicted by the prompt's last token, 2 by 1
        Assert.Equal([1, 2, 3], batch.Targets.Ids);
        Assert.Equal([0, 1, 2], batch.Targets.Slots);
    }

    [Fact]
    public void The_first_token_of_a_text_has_no_prediction_and_an_id_equal_to_padding_is_a_token()
    {
        var batch = Batching.Padded([TokenizedText.All([0, 5, 0]), TokenizedText.All([4])], padId: 0);
        Assert.Equal(2, batch.TrainedTokens);
        Assert.Equal([5, 0], batch.Targets.Ids);
        Assert.Equal(4, batch.Tokens);
    }

    [Fact]
    public void Padding_on_either_side_packing_and_a_shared_prefix_give_the_same_log_probabilities()
    {
        using var policy = TinyModels.Decoder();
        Gen.Select(Gen.Int[1, 5], Gen.ULong[0, 1_000_000]).Sample(
            (count, seed) =>
            {
                using var scope = NewDisposeScope();
                var pairs = TinyModels.Pairs(count, seed);
                var right = policy.LogProbs(PreferenceBatch.Padded(pairs, 0).Text);
                var expected = right.Sum().Values();
                Close.To(expected, policy.LogProbs(PreferenceBatch.Padded(pairs, 0, side: PaddingSide.Left).Text).Sum().Values(), 1e-12, "left");
                Close.To(expected, policy.LogProbs(PreferenceBatch.Padded(pairs, 39).Text).Sum().Values(), 1e-12, "another padding id");
                Close.To(expected, policy.LogProbs(PreferenceBatch.SharedPrefix(pairs, 0).Text).Sum().Values(), 1e-12, "shared prefix");
                var texts = pairs.Select(p => p.Chosen).Concat(pairs.Select(p => p.Rejected)).ToArray();
                Close.To(expected, policy.LogProbs(Batching.Packed([texts], 0)).Sum().Values(), 1e-12, "packed");
                Close.To(right.Count().Values(), [.. texts.Select(t => (double)t.Trained.Count(x => x))], 0, "count");
            },
            iter: 40);
    }

    [Fact]
    public void Writing_with_the_cache_equals_the_whole_forward_pass_whatever_the_neighbours()
    {
        using var policy = TinyModels.Decoder();
        int[][] prompts = [[3], [5, 6, 7, 8], [9, 1]];
        var together = policy.Complete(prompts, Sampling.Greedy, 8, [], 0, new Rng(1));
        for (var i = 0; i < prompts.Length; i++)
        {
            var text = prompts[i].ToList();
            for (var t = 0; t < 8; t++)
            {
                using var scope = NewDisposeScope();
                var batch = Batching.Padded([TokenizedText.All([.. text])], 0);
                text.Add((int)policy.Head.Logits(policy.Hidden(batch, tensor(new long[] { text.Count - 1 }))).argmax(-1).item<long>());
            }

            Assert.Equal(text.Skip(prompts[i].Length), together[i].Ids);
            Assert.False(together[i].Ended);
        }
    }

    [Fact]
    public void The_same_seed_writes_the_same_and_a_cancelled_writer_returns_what_it_has()
    {
        using var policy = TinyModels.Decoder();
        int[][] prompts = [[3, 4], [5]];
        string Write(ulong seed, CancellationToken token = default) =>
            string.Join("|", policy.Complete(prompts, new Sampling(), 12, [7], 0, new Rng(seed), token).Select(c => string.Join(",", c.Ids)));
        Assert.Equal(Write(1), Write(1));
        Assert.NotEqual(Write(1), Write(2));
        Assert.Equal("|", Write(1, new CancellationToken(true)));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var policy = TinyModels.Decoder();
        using var scope = NewDisposeScope();
        Assert.Contains("row 0, column 1", Assert.Throws<BatchException>(() => policy.LogProbs(Batching.Padded([TokenizedText.All([1, 40])], 0))).Message, StringComparison.OrdinalIgnoreCase);
        Assert.Throws<BatchException>(() => policy.LogProbs(Batching.Padded([TokenizedText.All([1, -1])], 0)));
        Assert.Throws<BatchException>(() => new Batch(1, 2, [1, 2], [new Segment(0, 1, 2)]));
        Assert.Throws<BatchException>(() => new Batch(1, 2, [1, 2], [new Segment(0, 0, 2), new Segment(0, 1, 1)]));
        Assert.Throws<BatchException>(() => new Batch(1, 2, [1, 2], [new Segment(0, 0, 1), new Segment(0, 1, 1, Sees: 1)]));
        Assert.Throws<BatchException>(() => new Batch(1, 2, [1, 2], [new Segment(0, 0, 2, Trained: [true])]));
        Assert.Throws<BatchException>(() => new Batch(2, 2, [1, 2], []));
        Assert.Throws<SamplingException>(() => policy.Complete([[1], []], new Sampling(), 3, [], 0, new Rng(1)));
        Assert.Throws<BatchException>(() => policy.Complete([[41]], new Sampling(), 3, [], 0, new Rng(1)));
        var apart = new TokenizedPair(TokenizedText.Of([7, 8], [1]), TokenizedText.Of([7, 9], [1]));
        Assert.Throws<BatchException>(() => PreferenceBatch.SharedPrefix([apart], 0));
    }
}
