using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

public sealed class AdaptedDecoderTests
{
    private static readonly LoraConfig Small = new() { Rank = 2, Alpha = 4 };

    [Theory]
    [MemberData(nameof(TinyModels.Families), MemberType = typeof(TinyModels))]
    public void New_adapters_change_nothing_and_training_changes_only_them(string family)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Decoder(TinyModels.Family(family));
        using var policy = AdaptedDecoder.On(model, Small, new Rng(1));
        var before = model.Parameters.Select(p => p.Value.Values()).ToArray();
        var batch = PreferenceBatch.Padded(TinyModels.Pairs(3), 0);
        Assert.Equal(model.LogProbs(batch.Text).Values.Values(), policy.LogProbs(batch.Text).Values.Values()); // B is 0: to the last bit

        // The reference is the same weights with the adapters off: at the first step the loss is ln 2, afterwards it is less.
        using var optimizer = new AdamW(policy.Parameters);
        var run = new Run<PreferenceBatch>(Dpo.Objective(policy, policy.Base), new FixedBatches<PreferenceBatch>([batch, batch, batch]), optimizer, Schedules.Constant(1e-2), 3);
        var losses = run.Train().Select(s => s["loss"]).ToArray();
        Close.To(Math.Log(2), losses[0], 1e-12, "loss of step 0");
        Assert.True(losses[2] < losses[0], $"{losses[2]} is no less");
        Assert.Equal(before, model.Parameters.Select(p => p.Value.Values()));
        Assert.All(model.Parameters, p => Assert.Null(p.Value.grad));
        Assert.Equal(2 * model.Config.LinearMaps().Count(), policy.Parameters.Count);
        Assert.All(policy.Parameters, p => Assert.NotNull(p.Value.grad));
    }

    [Theory]
    [MemberData(nameof(TinyModels.Families), MemberType = typeof(TinyModels))]
    public void On_merged_and_written_with_a_cache_agree(string family)
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.Decoder(TinyModels.Family(family));
        using var policy = Moved(AdaptedDecoder.On(model, Small, new Rng(1)));
        using var merged = policy.Merged();
        int[] text = [3, 1, 4, 1, 5, 9, 2];
        var batch = Batching.Padded([TokenizedText.All(text)], 0);
        var on = policy.Hidden(batch, tensor([(long)text.Length - 1]));
        Assert.True((on - model.Hidden(batch, tensor([(long)text.Length - 1]))).abs().max().ToDouble() > 1e-3, "the adapters do something");
        Close.To(on, merged.Hidden(batch, tensor([(long)text.Length - 1])), 1e-12, "merged");

        using var decoding = policy.Decode(Batching.Padded([TokenizedText.All(text.AsSpan(0, 3))], 0, PaddingSide.Left), 4);
        foreach (var id in text.AsSpan(3)) decoding.Append([id]);
        Close.To(on, decoding.Hidden, 1e-12, "with the cache");
    }

    [Fact]
    public void What_is_saved_loads_bit_for_bit_and_means_the_same()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = TinyModels.Decoder(type: ScalarType.Float32);
        var config = new LoraConfig
        {
            Rank = 3, Alpha = 5, Targets = ["q_proj", "down_proj"], RankStabilised = true, ModulesToSave = ["lm_head"],
            RankPattern = new Dictionary<string, int> { ["layers.1.self_attn.q_proj"] = 2 }, AlphaPattern = new Dictionary<string, double> { ["down_.*"] = 7 },
        };
        using var policy = Moved(AdaptedDecoder.On(model, config, new Rng(1)));
        policy.Save(folder.Path);
        using var again = AdaptedDecoder.Load(model, folder.Path);
        Assert.Equal(policy.Parameters.Select(p => p.Name), again.Parameters.Select(p => p.Name));
        Assert.All(policy.Parameters.Zip(again.Parameters), p => Assert.True(p.First.Value.eq(p.Second.Value).all().ToBoolean(), p.First.Name));
        Assert.Equal([2, 16], again.Parameters.Single(p => p.Name == "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight").Value.shape);
        Assert.Contains(again.Parameters, p => p.Name == "base_model.model.lm_head.weight");
        var batch = Batching.Padded(TinyModels.Texts(3), 0);
        Assert.Equal(policy.LogProbs(batch).Values.Values(), again.LogProbs(batch).Values.Values());
        Assert.False(again.Head.Weight!.eq(model.Head.Weight!).all().ToBoolean());
    }

    [Fact]
    public void Four_words_of_configuration_are_enough()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModels.Decoder(type: ScalarType.Float32);
        using (var policy = AdaptedDecoder.On(model, Small with { Targets = ["q_proj"] }, new Rng(1))) policy.Save(folder.Path);
        Rewrite(folder.Path, _ => new() { ["peft_type"] = "LORA", ["r"] = 2, ["lora_alpha"] = 4, ["target_modules"] = new JsonArray("q_proj", "c_attn") });
        using var again = AdaptedDecoder.Load(model, folder.Path);
        Assert.Equal((2, 4.0), (again.Config.Rank, again.Config.Alpha));
    }

    [Fact]
    public void What_an_adapter_asks_for_and_is_not_known_here_is_refused_by_its_word()
    {
        using var folder = new TemporaryFolder();
        using var model = TinyModels.Decoder(type: ScalarType.Float32);
        using var policy = AdaptedDecoder.On(model, Small with { Targets = ["q_proj"] }, new Rng(1));
        policy.Save(folder.Path);
        var good = File.ReadAllText(Path.Combine(folder.Path, "adapter_config.json"));

        Refused("use_dora", true);
        Refused("bias", "all");
        Refused("peft_type", "IA3");
        Refused("init_lora_weights", "pissa");
        Refused("layers_to_transform", new JsonArray(1));
        Refused("a_word_of_a_later_version", new JsonObject { ["x"] = 1 });
        Refused("target_modules", ".*q_proj");
        Refused("target_modules", new JsonArray("query"));
        Refused("target_modules", 3);
        Refused("rank_pattern", new JsonObject { ["q_proj"] = 0 });
        Refused("rank_pattern", new JsonArray("q_proj"));
        Refused("alpha_pattern", new JsonObject { ["q_proj("] = 1 });
        Refused("r", -1);

        void Refused(string key, JsonNode value)
        {
            var json = (JsonObject)JsonNode.Parse(good)!;
            json[key] = value;
            Rewrite(folder.Path, _ => json);
            var e = Assert.Throws<ConfigException>(() => AdaptedDecoder.Load(model, folder.Path));
            Assert.True(key == "alpha_pattern" ? e.Message.Contains("q_proj(", StringComparison.Ordinal) : e.Message.Contains(key, StringComparison.Ordinal) || e.Message.Contains("\"query\"", StringComparison.Ordinal), e.Message);
        }
    }

    [Fact]
    public void Missing_surplus_and_misshapen_tensors_of_an_adapter_are_listed_and_files_that_are_not_there_are_named()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = TinyModels.Decoder(type: ScalarType.Float32);
        Assert.Contains("adapter_config.json", Assert.Throws<CheckpointException>(() => AdaptedDecoder.Load(model, folder.Path)).Message, StringComparison.Ordinal);
        using var policy = AdaptedDecoder.On(model, Small with { Targets = ["q_proj"] }, new Rng(1));
        policy.Save(folder.Path);
        var path = Path.Combine(folder.Path, "adapter_model.safetensors");
        var tensors = Safetensors.Load(path);
        const string Layer = "base_model.model.model.layers.0.self_attn.q_proj.lora_";
        Safetensors.Save(path, [.. tensors.Where(t => t.Key != Layer + "A.weight").Select(t => (t.Key, t.Key == Layer + "B.weight" ? t.Value.t() : t.Value)), ("base_model.model.lm_head.lora_A.weight", ones(2, 2))]);
        var e = Assert.Throws<CheckpointException>(() => AdaptedDecoder.Load(model, folder.Path));
        Assert.Equal([Layer + "A.weight"], e.Missing);
        Assert.Equal([Layer + "B.weight"], e.Misshapen);
        Assert.Equal(["base_model.model.lm_head.lora_A.weight"], e.Unexpected);
        File.Move(path, Path.Combine(folder.Path, "adapter_model.bin"));
        Assert.Contains("pickle", Assert.Throws<CheckpointException>(() => AdaptedDecoder.Load(model, folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Modules_that_the_model_has_not_are_refused_with_those_that_it_has()
    {
        using var untied = TinyModels.Decoder();
        using var tied = TinyModels.Decoder(tied: true);
        Assert.Contains("q_proj, k_proj, v_proj, o_proj", Refusal(untied, Small with { Targets = ["q_proj", "query"] }), StringComparison.Ordinal);
        Assert.Contains("\"head\"", Refusal(untied, Small with { ModulesToSave = ["head"] }), StringComparison.Ordinal);
        Assert.Contains("in one", Refusal(tied, Small with { ModulesToSave = ["lm_head"] }), StringComparison.Ordinal);
        Assert.Contains("in one", Refusal(tied, Small with { ModulesToSave = ["embed_tokens"] }), StringComparison.Ordinal);
        Assert.Contains("Choose one", Refusal(untied, Small with { ModulesToSave = ["q_proj"] }), StringComparison.Ordinal);
        Assert.Contains("rank 0", Refusal(untied, Small with { Rank = 0 }), StringComparison.Ordinal);
        Assert.Contains("from 1 to 24", Refusal(untied, Small with { Rank = int.MaxValue, Targets = ["down_proj"] }), StringComparison.Ordinal);

        static string Refusal(Decoder model, LoraConfig config) => Assert.Throws<ConfigException>(() => AdaptedDecoder.On(model, config, new Rng(1))).Message;
    }

    [Fact]
    public void A_reward_model_s_adapters_come_with_a_head_of_their_own()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var model = GoldenModels.LoadReward("models/heads/llama_rm");
        using var adapted = model.WithLora(Small with { Targets = ["q_proj"] }, new Rng(2));
        var batch = Batching.Padded([TokenizedText.All([1, 5, 9]), TokenizedText.All([1, 7])], 0);
        Assert.Equal(model.Scores(batch).Values(), adapted.Scores(batch).Values());
        using (no_grad()) foreach (var (_, value) in adapted.Parameters) value.add_(0.1);
        var moved = adapted.Scores(batch).Values();
        Assert.NotEqual(model.Scores(batch).Values(), moved);

        adapted.Save(folder.Path);
        Assert.Equal("SEQ_CLS", (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, "adapter_config.json")))!["task_type"]);
        using (var again = model.WithLora(folder.Path)) Assert.Equal(moved, again.Scores(batch).Values());
        using var merged = adapted.Copy();
        Close.To(moved, merged.Scores(batch).Values(), 1e-5, "merged");
        Assert.Throws<ConfigException>(() => adapted.WithLora(Small, new Rng(1)));
    }

    private static AdaptedDecoder Moved(AdaptedDecoder adapted)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var rng = new Rng(9);
        foreach (var (_, value) in adapted.Parameters)
            value.add_(tensor([.. Enumerable.Range(0, (int)value.numel()).Select(_ => 0.2 * rng.NextGaussian())], value.shape, ScalarType.Float64).to(value.dtype));
        return adapted;
    }

    private static void Rewrite(string folder, Func<JsonObject, JsonObject> change)
    {
        var path = Path.Combine(folder, "adapter_config.json");
        File.WriteAllText(path, change((JsonObject)JsonNode.Parse(File.ReadAllText(path))!).ToJsonString());
    }
}
