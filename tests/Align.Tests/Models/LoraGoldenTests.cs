using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Models;

/// <summary>Adapters as PEFT wrote them: on, off, merged, loss, gradients, training and files.</summary>
public sealed class LoraGoldenTests
{
    private static readonly string[] Folders =
        ["llama_qv", "llama_all_linear", "llama_rslora", "llama_patterns", "qwen2_attn", "gpt2_c_attn", "llama_rm_score", "llama_dora", "gpt2_all_dora"];

    [Fact]
    public void Adapters_give_the_reference_s_numbers()
    {
        var checks = new (string Name, Action<Adapted> Check)[]
        {
            ("on", a => Close.To(a.Expected["on.logits"] * a.Real, a.Output(a.Model) * a.Real, 1e-4, "on")),
            ("off", a => Close.To(a.Expected["off.logits"] * a.Real, a.Output(a.Base) * a.Real, 1e-4, "off")),
            ("merged", Merged),
            ("loss and gradients", Gradients),
            ("training", a => Train(a, "wd0")),
            ("training with weight decay", a => Train(a, "wd0.01")),
            ("files", Files),
        };
        var rows = from folder in Folders from check in checks where check.Name == "files" || !IsDora(folder) select ($"{folder}: {check.Name}", (Folder: folder, check.Check));
        Golden.Rows("models/lora", rows, row =>
        {
            using var scope = NewDisposeScope();
            if (IsDora(row.Folder))
            {
                using var model = GoldenModels.Load("models/" + (string)Golden.Json($"models/lora/{row.Folder}/expected.json")["base"]!);
                Assert.Contains("use_dora", Assert.Throws<ConfigException>(() => AdaptedDecoder.Load(model, Golden.PathOf($"models/lora/{row.Folder}"))).Message, StringComparison.Ordinal);
                return Outcome.NotInThisLibrary("DoRA, refused by name");
            }

            using var adapted = new Adapted(row.Folder);
            row.Check(adapted);
            return Outcome.Passed;
        });
    }

    private static bool IsDora(string folder) => folder.EndsWith("dora", StringComparison.Ordinal);

    private static void Merged(Adapted a)
    {
        var merged = a.Merged();
        using var owner = (IDisposable)merged;
        Close.To(a.Expected["merged.logits"] * a.Real, a.Output(merged) * a.Real, 1e-4, "merged");
        var before = ((ITrainable)a.Base).Parameters.ToDictionary(p => p.Name, p => p.Value);
        foreach (var (name, value) in merged.Parameters)
        {
            if (a.Expected.TryGetValue("merged." + name, out var expected)) Close.To(expected, value, 1e-4, name);
            else Assert.True(before[name].eq(value).all().ToBoolean(), name);
        }

        Assert.Equal(
            a.About["merged_changed_keys"]!.AsArray().Select(k => (string)k!).Order(StringComparer.Ordinal),
            merged.Parameters.Where(p => !before[p.Name].eq(p.Value).all().ToBoolean()).Select(p => p.Name).Order(StringComparer.Ordinal));
    }

    private static void Gradients(Adapted a)
    {
        var loss = a.Loss();
        Close.To(Golden.Number(a.About["loss"]), loss.ToDouble(), 1e-5, "loss");
        loss.backward();
        var expected = GoldenTensors.Tensors($"models/lora/{a.Folder}/grads.safetensors");
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), a.Model.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal));
        foreach (var (name, value) in a.Model.Parameters)
            Assert.True((expected[name] - value.grad!).abs().max().ToDouble() <= 1e-4 * expected[name].abs().max().ToDouble() + 1e-6, $"gradient of {name}");
        Assert.All(((ITrainable)a.Base).Parameters.Where(p => p.Name != "score.weight"), p => Assert.True(p.Value.grad is null && !p.Value.requires_grad, p.Name));
    }

    private static void Train(Adapted a, string name)
    {
        var about = a.About["train." + name]!;
        var losses = about["loss_before_each_step_and_after_the_last"]!.Numbers();
        using var optimizer = new AdamW(
            a.Model.Parameters, Golden.Number(about["betas"]![0]), Golden.Number(about["betas"]![1]), Golden.Number(about["eps"]), Golden.Number(about["weight_decay"]));
        for (var step = 0; step < losses.Length; step++)
        {
            using var scope = NewDisposeScope();
            var loss = a.Loss();
            Close.To(losses[step], loss.ToDouble(), 1e-4, $"loss {step}");
            if (step == losses.Length - 1) break;
            optimizer.ZeroGradients();
            loss.backward();
            Close.To(Golden.Number(about["grad_norm"]![step]), optimizer.GradientNorm(), 1e-3, $"grad_norm {step}");
            optimizer.Step(Golden.Number(about["lr"]));
        }

        foreach (var (parameter, value) in a.Model.Parameters) Close.To(a.Expected[$"train.{name}.{parameter}"], value, 1e-3, parameter);
    }

    private static void Files(Adapted a)
    {
        using var folder = new TemporaryFolder();
        a.Save(folder.Path);
        Assert.Equal(File.ReadAllBytes(Golden.PathOf($"models/lora/{a.Folder}/adapter_model.safetensors")), File.ReadAllBytes(Path.Combine(folder.Path, "adapter_model.safetensors")));
        Assert.True(JsonNode.DeepEquals(Golden.Json($"models/lora/{a.Folder}/adapter_config.json"), JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, "adapter_config.json")))));
    }

    /// <summary>A golden adapter on its base, a language model or a reward model.</summary>
    private sealed class Adapted : IDisposable
    {
        private readonly IReadOnlyDictionary<string, Tensor> _inputs;
        private readonly Batch _batch;

        public Adapted(string folder)
        {
            (Folder, About, Expected) = (folder, Golden.Json($"models/lora/{folder}/expected.json"), GoldenTensors.Tensors($"models/lora/{folder}/expected.safetensors"));
            var from = "models/" + (string)About["base"]!;
            _inputs = GoldenTensors.Tensors(from + "/expected.safetensors");
            var path = Golden.PathOf($"models/lora/{folder}");
            if (from.StartsWith("models/heads", StringComparison.Ordinal))
            {
                var model = GoldenModels.LoadReward(from);
                (Base, Model, Real) = (model, model.WithLora(path), ones(1));
                _batch = GoldenTensors.Batch(_inputs["plain.right.input_ids"], _inputs["plain.right.attention_mask"], _inputs["plain.right.attention_mask"]);
            }
            else
            {
                var model = GoldenModels.Load(from);
                (Base, Model, Real) = (model, AdaptedDecoder.Load(model, path), _inputs["right.attention_mask"].unsqueeze(-1));
                _batch = GoldenTensors.Batch(_inputs["right.input_ids"], _inputs["right.attention_mask"], _inputs["loss.labels"].ne(-100).to(ScalarType.Int64));
            }
        }

        public string Folder { get; }

        public JsonNode About { get; }

        public IReadOnlyDictionary<string, Tensor> Expected { get; }

        public object Base { get; }

        public ITrainable Model { get; }

        public Tensor Real { get; }

        public Tensor Output(object model) => model switch
        {
            RewardModel reward => reward.Scores(_batch),
            IPolicy policy => policy.Head.Logits(policy.Hidden(_batch, tensor(Enumerable.Range(0, _batch.Ids.Length).Select(i => (long)i).ToArray()))).view(_batch.Rows, _batch.Columns, -1),
            _ => throw new ArgumentException("neither", nameof(model)),
        };

        public Tensor Loss()
        {
            if (Model is IPolicy policy) return -policy.LogProbs(_batch).Values.sum() / _batch.TrainedTokens;
            var scores = Output(Model);
            return RewardModelling.BradleyTerry(scores.index_select(0, tensor(new long[] { 0, 2 })), scores.index_select(0, tensor(new long[] { 1, 3 }))).mean();
        }

        public ITrainable Merged() => Model is AdaptedDecoder adapted ? adapted.Merged() : ((RewardModel)Model).Copy();

        public void Save(string folder)
        {
            if (Model is AdaptedDecoder adapted) adapted.Save(folder);
            else ((RewardModel)Model).Save(folder);
        }

        public void Dispose()
        {
            ((IDisposable)Model).Dispose();
            ((IDisposable)Base).Dispose();
        }
    }
}
