using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

public sealed class RewardModelTests
{
    private const string Folder = "models/heads/llama_rm";

    [Theory]
    [InlineData("models/heads/llama_rm")]
    [InlineData("models/heads/qwen2_rm")]
    [InlineData("models/heads/gpt2_rm")]
    public void The_heads_of_the_reference_give_our_scores_values_losses_and_gradients(string folder)
    {
        using var scope = NewDisposeScope();
        var (expected, numbers) = (GoldenTensors.Tensors(folder + "/expected.safetensors"), Golden.Json(folder + "/expected.json"));
        var rows = new[] { "plain.right", "plain.left", "pad_is_eos.right", "pad_is_eos.left", "plain.mse", "value" };
        Golden.Rows(folder, rows.Select(r => (r, r)), row =>
        {
            using var inner = NewDisposeScope();
            using var model = GoldenModels.LoadReward(folder, config: row.StartsWith("pad", StringComparison.Ordinal) ? "config.pad_is_eos.json" : "config.json");
            if (row == "value") return Values(model);
            if (row == "plain.mse")
            {
                var error = (model.Scores(Text("plain.right")) - expected["plain.mse_labels"]).square().mean();
                Close.To(Golden.Number(numbers["plain.mse_loss"]), error.ToDouble(), 1e-5, "mse_loss");
                return Outcome.Passed;
            }

            var batch = Text(row);
            var scores = model.Scores(batch);
            Close.To(expected[$"{row}.scores_at_last_attended"], scores, 1e-4, "scores at the last attended token");
            var places = Enumerable.Range(0, batch.Ids.Length).Select(i => (long)i).ToArray();
            Close.To(expected[$"{row}.token_scores"].Values(), (model.Values(batch, places) * Real(row).view(-1)).Values(), 1e-4, "token scores");
            if (row == "plain.right")
            {
                // Rows 0 and 1, 2 and 3 are pairs.
                var loss = RewardModelling.BradleyTerry(scores.index_select(0, tensor(new long[] { 0, 2 })), scores.index_select(0, tensor(new long[] { 1, 3 }))).mean();
                Close.To(Golden.Number(numbers["plain.right.pairwise_loss"]), loss.ToDouble(), 1e-5, "pairwise_loss");
                loss.backward();
                Gradients(model, GoldenTensors.Tensors(folder + "/grads.safetensors"));
            }

            if (row.StartsWith("plain", StringComparison.Ordinal)) return Outcome.Passed;
            Assert.True((expected[$"{row}.scores"] - scores).abs().max().ToDouble() > 1e-2, "the reference pools at the token before the end");
            return Outcome.KnownDifference("pad = EOS: the reference pools one token early");
        });

        Outcome Values(RewardModel model)
        {
            var (ids, attention, response) = (expected["value.query_responses"], expected["value.attention_mask"], expected["value.response_mask"]);
            var batch = GoldenTensors.Batch(ids, attention, response);
            var places = Enumerable.Range(0, batch.Ids.Length).Select(i => (long)i).ToArray();
            var values = model.Values(batch, places).view(ids.shape);
            var real = attention.to(ScalarType.Float32);
            Close.To(expected["value.token_values"] * real, values * real, 1e-4, "values");
            var last = expected["value.last_index"].data<long>().ToArray();
            Assert.Equal(last, batch.Segments.Select(s => (long)s.Start + s.Length - 1));
            Close.To(expected["value.final_rewards"], model.Scores(batch), 1e-4, "final rewards");
            var mask = response.to(ScalarType.Bool);
            var loss = Align.Tensors.Masked.Mean(Ppo.ValueLoss(values, values.detach(), expected["value.targets"], double.PositiveInfinity), mask);
            Close.To(Golden.Number(numbers["value.loss"]), loss.ToDouble(), 1e-5, "value.loss");
            loss.backward();
            Gradients(model, GoldenTensors.Tensors(folder + "/value_grads.safetensors"));
            return Outcome.Passed;
        }

        Batch Text(string row) => GoldenTensors.Batch(expected[$"{row}.input_ids"], expected[$"{row}.attention_mask"], expected[$"{row}.attention_mask"]);

        Tensor Real(string row) => expected[$"{row}.attention_mask"].to(ScalarType.Float32);
    }

    [Fact]
    public void It_begins_at_zero_as_a_copy_of_a_language_model_and_leaves_it_alone()
    {
        using var scope = NewDisposeScope();
        using var policy = GoldenModels.Load("trace-models/policy");
        using var model = RewardModel.From(policy);
        var batch = Batching.Padded([TokenizedText.All([1, 5, 9]), TokenizedText.All([1, 7])], 0);
        Assert.All(model.Scores(batch).Values(), s => Assert.Equal(0, s));
        Assert.DoesNotContain(model.Parameters, p => p.Name == "lm_head.weight");
        Assert.Equal(policy.Parameters.Count, model.Parameters.Count); // the score stands in the head's place

        var before = policy.Parameters[0].Value.clone();
        using (no_grad()) model.Parameters[0].Value.add_(1);
        Assert.True(before.eq(policy.Parameters[0].Value).all().ToBoolean());
        Assert.Throws<ConfigException>(() => ((Decoder)model.Trunk).Head);
    }

    [Fact]
    public void It_is_saved_as_a_sequence_classifier_with_one_label_and_loaded_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        using var model = GoldenModels.LoadReward(Folder);
        using var folder = new TemporaryFolder();
        model.Save(folder.Path);
        using var again = RewardModel.Load(folder.Path);
        Assert.All(model.Parameters.Zip(again.Parameters), p => Assert.True(p.First.Name == p.Second.Name && p.First.Value.eq(p.Second.Value).all().ToBoolean()));

        var (written, golden) = (JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, "config.json")))!, Golden.Json(Folder + "/config.json"));
        foreach (var key in new[] { "architectures", "id2label", "label2id", "model_type", "hidden_size", "vocab_size", "pad_token_id", "tie_word_embeddings" })
            Assert.True(JsonNode.DeepEquals(golden[key], written[key]), key);
    }

    [Fact]
    public void A_language_model_or_a_classifier_of_two_labels_is_refused()
    {
        var missing = Assert.Throws<CheckpointException>(() => RewardModel.Load(Golden.PathOf("trace-models/policy")));
        Assert.Equal("score.weight", Assert.Single(missing.Missing));

        using var folder = new TemporaryFolder();
        var config = Golden.Json(Folder + "/config.json");
        config["id2label"] = new JsonObject { ["0"] = "bad", ["1"] = "good" };
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), config.ToJsonString());
        File.Copy(Golden.PathOf(Folder + "/model.safetensors"), Path.Combine(folder.Path, "model.safetensors"));
        Assert.Contains("2 labels", Assert.Throws<ConfigException>(() => RewardModel.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_policy_s_trunk_only_the_head_is_its_own()
    {
        using var scope = NewDisposeScope();
        using var policy = GoldenModels.Load("trace-models/policy");
        var head = RewardModel.OnTrunk(policy);
        Assert.Equal("score.weight", Assert.Single(head.Parameters).Name);
        Assert.Throws<ConfigException>(() => head.Save("nowhere"));
        head.Dispose();
        Assert.False(policy.Parameters[0].Value.IsInvalid);
    }

    private static void Gradients(RewardModel model, IReadOnlyDictionary<string, Tensor> expected)
    {
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), model.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal));
        foreach (var (name, value) in model.Parameters)
            Close.To(expected[name], value.grad!, 1e-4 * expected[name].abs().max().ToDouble() + 1e-6, name);
    }
}
