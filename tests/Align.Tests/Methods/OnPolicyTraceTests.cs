using System.Text.Json.Nodes;
using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>Six optimizer steps of the reference's GRPO and RLOO trainers, from the completions that they wrote.</summary>
public sealed class OnPolicyTraceTests
{
    private const double Tolerance = 1e-4;

    private static readonly Dictionary<string, Func<Answer, double?>> Functions = new()
    {
        ["band"] = a => a.Ids.Count(id => id is >= 3 and <= 39) - a.Ids.Count(id => id >= 70),
        ["ending"] = a => a.Ids.Length == 1 ? null : a.Ended ? 1 : -0.5,
    };

    [Theory]
    [InlineData("trace-grpo-dapo")]
    [InlineData("trace-grpo-kl")]
    public void Grpo_takes_the_reference_s_six_steps(string name)
    {
        using var scope = NewDisposeScope();
        var trace = Golden.Json($"onpolicy/{name}.json");
        var (config, temperature) = (trace["config"]!, Golden.Number(trace["config"]!["temperature"]));
        using var policy = GoldenModels.Load((string)trace["start"]!["policy"]!);
        using var reference = trace["start"]!["reference"] is { } folder ? GoldenModels.Load((string)folder!) : null;
        var options = new GrpoOptions
        {
            GroupSize = (int)config["num_generations"]!,
            OnPolicy = (int)config["num_iterations"]! == 1,
            Epsilon = Golden.Number(config["epsilon"]),
            EpsilonHigh = config["epsilon_high"] is { } high ? Golden.Number(high) : null,
            Beta = Golden.Number(config["beta"]),
            Average = (string)config["loss_type"]! == "dapo" ? TokenAverage.Tokens : TokenAverage.Completions,
        };
        var (writer, frozen) = (policy.AtTemperature(temperature), reference?.AtTemperature(temperature));
        Follow(name, trace, policy, writer, Grpo.Objective(writer, options, Guard.Off), (answers, scores) => Grpo.Assess(
            GroupRollout.Rows(answers, options.LeaveOutTruncated), scores, options.OnPolicy ? null : writer, frozen, options, padId: 0));
    }

    [Fact]
    public void Rloo_takes_the_reference_s_six_steps()
    {
        using var scope = NewDisposeScope();
        var trace = Golden.Json("onpolicy/trace-rloo.json");
        var config = trace["config"]!;
        using var policy = GoldenModels.Load((string)trace["start"]!["policy"]!);
        using var reference = GoldenModels.Load((string)trace["start"]!["reference"]!);
        var options = new RlooOptions(Golden.Number(config["beta"]));
        Follow("trace-rloo", trace, policy, policy, Rloo.Objective(policy, Golden.Number(config["epsilon"]), guard: Guard.Off), (answers, scores) => Rloo.Assess(
            GroupRollout.Rows(answers, options.LeaveOutTruncated), scores, policy, reference, (int)config["num_generations"]!, options, padId: 0));
    }

    [Theory]
    [InlineData("trace-xpo", "XPO")]
    [InlineData("trace-nash-md", "Nash-MD")]
    public void Steps_of_methods_that_are_not_here_are_listed(string name, string method) => Golden.Rows(
        $"onpolicy/{name}.json", Golden.Json($"onpolicy/{name}.json")["steps"]!.AsArray().Select((s, i) => ($"step {i + 1}", s)), _ => Outcome.NotInThisLibrary(method));

    [Fact]
    public void Mixtures_of_two_policies_are_listed() => Golden.Rows(
        "onpolicy/nash-md-mixture.json",
        Golden.Json("onpolicy/nash-md-mixture.json")["cases"]!.AsArray().Select((c, i) => ($"case {i + 1}", c!)),
        _ => Outcome.NotInThisLibrary("Nash-MD"));

    private static void Follow(
        string name, JsonNode trace, Decoder policy, IPolicy writer, Objective<RolloutBatch> objective, Func<IReadOnlyList<Answer>, Scores, Experience> assess)
    {
        var (config, steps, tensors) = (trace["config"]!, trace["steps"]!.AsArray(), GoldenTensors.Tensors($"onpolicy/{name}.safetensors"));
        var micros = new List<Terms>();
        var source = new Generations(trace, assess);
        var watched = objective with
        {
            Terms = batch =>
            {
                var terms = objective.Terms(batch);
                micros.Add(terms);
                Check(source, batch, terms.Losses[0].Sum.ToDouble(), objective.Weights(batch)[0], writer, tensors);
                return terms;
            },
        };
        using var optimizer = new AdamW(policy.Parameters);
        using var run = new Run<RolloutBatch>(
            watched, source, optimizer, Schedules.Linear(Golden.Number(config["learning_rate"]), steps.Count), steps.Count, (int)config["gradient_accumulation_steps"]!,
            Golden.Number(config["max_grad_norm"])).Train().GetEnumerator();
        Golden.Rows($"onpolicy/{name}.json", steps.Select((s, i) => ($"step {i + 1}", s!)), row =>
        {
            micros.Clear();
            Assert.True(run.MoveNext());
            foreach (var (metric, value) in row["logged"]!.AsObject())
            {
                if (metric is "epoch" or "step") continue;
                // The reference counts a generation's tokens once, when it is written, and averages the means of micro-batches.
                var ours = metric == "num_tokens" ? source.Tokens
                    : micros.All(m => m.Metrics.ContainsKey(metric)) ? micros.Average(m => m.Metrics[metric].Sum / m.Metrics[metric].Weight)
                    : run.Current[metric];
                Close.To(Golden.Number(value), ours, Tolerance, metric);
            }

            return Outcome.Passed;
        });
        GoldenTensors.WeightsAreNear(tensors, "final/policy/", policy.Parameters);
    }

    /// <summary>The log-probabilities before the step, those of the rollout, and the loss.</summary>
    private static void Check(Generations source, RolloutBatch batch, double sum, double weight, IPolicy writer, IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var micro = source.Micro;
        var now = writer.LogProbs(batch.Text).Values;
        for (var i = 0; i < batch.Rows.Count; i++)
        {
            var row = batch.Rows[i];
            Near("logps", i, now.select(0, i).Values()[..row.Completion.Length]);
            Near("old_per_token_logps", i, row.Old);
            Near("ref_per_token_logps", i, row.Reference);
            if (micro["old_logps"] is { } old) Close.To(tensors[(string)old!].Values()[i], row.Old!.Sum(), Tolerance, "the completion's old log-probability");
        }

        Close.To(Golden.Number(micro["loss"]), sum / (source.Tokenwise ?? weight), Tolerance, "loss");

        void Near(string name, int i, double[]? ours)
        {
            if (micro[name] is { } tensor) Close.To(tensors[(string)tensor!].select(0, i).Values()[..ours!.Length], ours, Tolerance, name);
        }
    }

    /// <summary>The generations of a trace, each judged and assessed when its first batch is asked for.</summary>
    private sealed class Generations(JsonNode trace, Func<IReadOnlyList<Answer>, Scores, Experience> assess) : IBatchSource<RolloutBatch>
    {
        private readonly JsonNode[] _micros = [.. trace["steps"]!.AsArray().SelectMany(s => s!["micro_batches"]!.AsArray()).Select(m => m!)];
        private Experience? _experience;
        private int _at, _compared, _generation = -1;

        /// <summary>The next micro-batch to be compared.</summary>
        public JsonNode Micro => _micros[_compared++];

        /// <summary>What DAPO divides by: the tokens of the generation, of which a micro-batch is a part. Null for other losses.</summary>
        public double? Tokenwise => (string?)trace["config"]!["loss_type"] == "dapo" ? Golden.Number(Generation["num_items_in_batch"]) : null;

        /// <summary>The tokens of the generations so far.</summary>
        public double Tokens { get; private set; }

        private JsonNode Generation => trace["generations"]![_generation]!;

        public RolloutBatch? Next()
        {
            if (_at == _micros.Length) return null;
            var micro = _micros[_at++];
            var first = (int)micro["generation"]! != _generation;
            if (first) Write(_generation = (int)micro["generation"]!);
            return RolloutBatch.Of([.. micro["rows"]!.Ids().Select(r => _experience!.Rows[r])], padId: 0, first ? _experience!.Metrics : null);
        }

        public JsonNode Save() => JsonValue.Create(_at);

        public void Load(JsonNode state) => _at = (int)state;

        private void Write(int number)
        {
            var (generation, names) = (Generation, trace["reward_functions"]!.AsObject().Select(f => f.Key).ToArray());
            var completions = generation["completion_ids"]!.AsArray();
            IReadOnlyList<Answer> answers = [.. completions.Select((c, i) =>
            {
                var ids = c!.Ids();
                return new Answer(i, new TokenizedPrompt("", generation["prompt_ids"]![i]!.Ids()), ids, ids[^1] == 2, "");
            })];
            var weights = trace["config"]!["reward_weights"]?.Numbers();
            var scores = new RewardSum([.. names.Select((f, i) => Reward.Each(f, Functions[f], weights?[i] ?? 1))]).Score(answers);
            for (var i = 0; i < answers.Count; i++) Close.To(generation["rewards_per_func"]![i]!.Numbers(), [.. scores.Values.Select(v => v[i])], 1e-6, $"rewards of generation {number}");
            _experience = assess(answers, scores);
            Close.To(generation["advantages"]!.Numbers(), [.. _experience.Rows.Select(r => r.Advantages[0])], Tolerance, $"advantages of generation {number}");
            Tokens += _experience.Rows.Sum(r => r.Prompt.Length + r.Completion.Length);
        }
    }
}
