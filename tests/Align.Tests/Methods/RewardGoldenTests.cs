using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Tensors;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

public sealed class RewardGoldenTests
{
    [Fact]
    public void Every_row_of_the_reference_has_our_loss_metrics_and_gradient()
    {
        using var scope = NewDisposeScope();
        var (pairs, tensors) = (GoldenTensors.Tensors("offline/pairs.safetensors"), GoldenTensors.Tensors("offline/reward.safetensors"));
        var cases = Golden.Json("offline/reward.json")["cases"]!.AsArray();
        Golden.Rows("offline/reward.json", cases.Select(c => ((string)c!["id"]!, c)), row =>
        {
            using var inner = NewDisposeScope();
            Check(row, "", 1e-9, ScalarType.Float64);
            Check(row, "_f32", (string)row["batch"]! == "extreme" ? 1e-4 : 1e-5, ScalarType.Float32);
            return Outcome.Passed;
        });

        void Check(JsonNode row, string suffix, double tolerance, ScalarType type)
        {
            var name = (string)row["batch"]!;
            var rewards = tensors[$"{name}.rewards"].to(type, copy: true).requires_grad_(true);
            var attention = pairs[$"{name}.attention_mask"];
            var text = GoldenTensors.Batch(pairs[$"{name}.input_ids"], attention, attention);
            var margins = (bool)row["with_margin"]! ? tensors["margin"].Values() : null;
            var nothing = new TokenizedText([], []);
            var batch = new PreferenceBatch(text, [.. Enumerable.Range(0, text.Rows / 2).Select(i => new TokenizedPair(nothing, nothing, Margin: margins?[i]))], [0, 1, 2, 3]);
            using var model = new RewardModel(new GivenRewards(rewards), ones(1, 1, type), ownsTrunk: false);
            var centring = row["config"]!["center_rewards_coefficient"] is { } c ? Golden.Number(c) : 0;
            var objective = RewardModelling.Objective(model, centring, margins is not null);

            var terms = objective.Terms(batch);
            var loss = terms.Losses.Select(l => l.Sum * (l.Coefficient / batch.Pairs.Count)).Aggregate((a, b) => a + b);
            Close.To(Golden.Number(row["loss" + suffix]), loss.ToDouble(), tolerance, "loss" + suffix);
            foreach (var (metric, value) in row["metrics" + suffix]!.AsObject())
            {
                var ours = metric == "num_tokens" ? batch.Tokens
                    : terms.Extremes.TryGetValue(metric, out var e) ? e.Value
                    : terms.Metrics[metric].Sum / terms.Metrics[metric].Weight;
                Close.To(Golden.Number(value), ours, tolerance, metric + suffix);
            }

            if (suffix.Length > 0) return;
            Close.To(row["per_pair_loss"]!.Numbers(), terms.Examples["loss"], tolerance, "per_pair_loss");
            loss.backward();
            Close.To(tensors[$"{row["id"]}.grad"], rewards.grad!, tolerance, "gradient");
        }
    }

    [Fact]
    public void The_naive_form_overflows_where_ours_does_not()
    {
        using var scope = NewDisposeScope();
        var (chosen, rejected) = (tensor(new[] { -200f }), tensor(new[] { 200f }));
        Assert.True(double.IsInfinity((-(chosen - rejected).sigmoid().log()).ToDouble()));
        Assert.Equal(400, RewardModelling.BradleyTerry(chosen, rejected).ToDouble(), 1e-3);
        Assert.Equal(Math.Log(2), RewardModelling.BradleyTerry(chosen, chosen).ToDouble(), 1e-6);
        Assert.Equal(Math.Log(2), RewardModelling.BradleyTerry(rejected, chosen, tensor(new[] { 400f })).ToDouble(), 1e-6);
    }

    [Fact]
    public void A_pair_without_the_margin_that_was_asked_for_is_named()
    {
        using var scope = NewDisposeScope();
        var text = TokenizedText.Of([1], [2]);
        var batch = PreferenceBatch.Padded([new(text, text, Margin: 1), new(text, text)], 0, [7, 8]);
        using var model = new RewardModel(new GivenRewards(zeros(4, 1)), ones(1, 1), ownsTrunk: false);
        var error = Assert.Throws<MissingMarginException>(() => RewardModelling.Objective(model, margins: true).Terms(batch));
        Assert.Contains("Pair 8", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A trunk whose hidden state at a row's last token is the row's reward; nothing else may be read.</summary>
    private sealed class GivenRewards(Tensor rewards) : IPolicy
    {
        public int VocabularySize => int.MaxValue;

        public Device Device => rewards.device;

        public Head Head => new(Weight: null);

        public Tensor Hidden(Batch batch, Tensor places)
        {
            var last = batch.Segments.Select(s => (long)s.Row * batch.Columns + s.Start + s.Length - 1).ToArray();
            var asked = places.data<long>().ToArray();
            Assert.All(asked, p => Assert.Contains(p, last));
            return rewards.index_select(0, tensor(asked.Select(p => p / batch.Columns).ToArray()));
        }

        public IDecoding Decode(Batch prompts, int newTokens) => throw new NotSupportedException("Given rewards do not write.");
    }
}
