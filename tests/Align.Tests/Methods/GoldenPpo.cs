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

/// <summary>A PPO run of the reference as a source of batches: what it wrote is given, and everything else is computed by our models as they stand, and compared.</summary>
/// <param name="row">The run.</param>
/// <param name="tensors">Its tensors.</param>
/// <param name="models">Our models.</param>
/// <param name="reward">The reward model.</param>
/// <param name="tolerance">How near our numbers have to be.</param>
internal sealed class GoldenPpo(JsonNode row, IReadOnlyDictionary<string, Tensor> tensors, PpoModels models, RewardModel reward, double tolerance) : IBatchSource<RolloutBatch>
{
    private const int Pad = 0, End = 2;

    private readonly (JsonNode Update, JsonNode Micro, bool First)[] _micros =
        [.. row["updates"]!.AsArray().SelectMany(u => u!["micro_batches"]!.AsArray().Select((m, i) => (u, m!, i == 0)))];

    private Experience? _experience;
    private int _at;

    /// <summary>The settings of the run.</summary>
    public PpoOptions Options { get; } = new()
    {
        Clip = Golden.Number(row["config"]!["cliprange"]),
        ValueClip = Golden.Number(row["config"]!["cliprange_value"]),
        ValueCoefficient = Golden.Number(row["config"]!["vf_coef"]),
        KlCoefficient = Golden.Number(row["config"]!["kl_coef"]),
        Kl = (string)row["config"]!["kl_estimator"]! == "k1" ? Kl.K1 : Kl.K3,
        Gamma = Golden.Number(row["config"]!["gamma"]),
        Lambda = Golden.Number(row["config"]!["lam"]),
        MissingEndPenalty = row["config"]!["missing_eos_penalty"] is { } penalty ? Golden.Number(penalty) : 0,
        WhitenRewards = (bool)row["config"]!["whiten_rewards"]!,
        ScoreBatch = 3, // so that a rollout takes several passes
    };

    /// <summary>The micro-batch that comes next, or came last within a step.</summary>
    public (JsonNode Update, JsonNode Micro, bool First) Micro => _micros[_at - 1];

    public int Count => _micros.Length;

    public RolloutBatch? Next()
    {
        if (_at == _micros.Length) return null;
        var (update, micro, first) = _micros[_at++];
        if (first) _experience = Written(update);
        return RolloutBatch.Of([.. micro["rows"]!.Ids().Select(r => _experience!.Rows[r])], Pad, first ? _experience!.Metrics : null);
    }

    public JsonNode Save() => JsonValue.Create(_at);

    public void Load(JsonNode state) => _at = (int)state;

    /// <summary>The objective, which compares what it computes of every micro-batch.</summary>
    public Objective<RolloutBatch> Objective()
    {
        var objective = Ppo.Objective(models, Options, Guard.Off);
        return objective with
        {
            Terms = batch =>
            {
                var terms = objective.Terms(batch);
                Check(batch, terms, objective.Weights(batch));
                return terms;
            },
        };
    }

    /// <summary>Answers as the reference cut them: after the stop token, or before the first pad.</summary>
    private (IReadOnlyList<Answer> Answers, int Room) Answers(JsonNode update)
    {
        var (queries, responses) = (Of(update, "queries").data<long>().ToArray(), Of(update, "responses"));
        var (count, room) = ((int)responses.shape[0], (int)responses.shape[1]);
        var stop = (string?)row["config"]!["stop_token"] == "eos" ? End : (int?)row["config"]!["stop_token_id"] ?? -1;
        var raw = responses.data<long>().ToArray();
        var answers = Enumerable.Range(0, count).Select(i =>
        {
            int[] prompt = [.. queries.Skip(i * queries.Length / count).Take(queries.Length / count).Where(id => id != Pad).Select(id => (int)id)];
            int[] written = [.. raw.Skip(i * room).Take(room).Select(id => (int)id)];
            var at = Array.IndexOf(written, stop);
            int[] kept = [.. written[..(at < 0 ? room : at + 1)].TakeWhile(id => id != Pad)];
            return new Answer(i, new TokenizedPrompt("", prompt), kept, kept.Contains(End), "");
        });
        return ([.. answers], room);
    }

    private Experience Written(JsonNode update)
    {
        using var scope = NewDisposeScope();
        var (answers, room) = Answers(update);
        var scores = new RewardSum(Reward.Of(reward, Pad, batchSize: 5)).Score(answers);
        var rows = PpoRollout.Judged(answers, scores, room, Options.MissingEndPenalty);
        var experience = PpoRollout.Assess(models, rows, Options, Options.KlCoefficient, Pad);
        var known = experience.Rows;

        Assert.Equal(Of(update, "sequence_lengths").Values(), known.Select(r => r.Completion.Length - 1.0));
        Assert.Equal(Of(update, "contain_eos_token").Values(), known.Select(r => r.Ended ? 1.0 : 0));
        Near(update, "logprobs", known, r => r.Old!);
        Near(update, "ref_logprobs", known, r => r.Reference!);
        Near(update, "values", known, r => r.Values!);
        Near(update, "rewards", known, r => r.Rewards!);
        Near(update, "advantages", known, r => r.Advantages);
        Near(update, "returns", known, r => r.Returns!);
        Near(update, "advantages_before_whitening", known, r => [.. r.Returns!.Zip(r.Values!, (g, v) => g - v)]);
        Near(update, "kl", known, r => Options.Kl(tensor(r.Old!), tensor(r.Reference!)).Values());
        Close.To(Of(update, "scores").Values(), [.. known.Select(r => r.Score)], tolerance, "scores");
        var paidAt = tensor(known.Select(r => r.Steps - 1L).ToArray());
        var paid = PpoRollout.Rewards(Of(update, "kl").to(ScalarType.Float64), Of(update, "scores").to(ScalarType.Float64), paidAt, Options.KlCoefficient);
        var raw = Of(update, Options.WhitenRewards ? "rewards_before_whitening" : "rewards");
        Close.To(raw.Values(), paid.Values(), tolerance, "rewards before whitening");

        foreach (var name in new[] { "objective/kl", "objective/non_score_reward", "objective/rlhf_reward", "objective/scores" }) Close.To(Logged(update, name), Mean(name), tolerance, name);
        // The reference fills pads up with log-probability 1 and counts them: -1 nat each.
        Close.To(Logged(update, "objective/entropy"), Mean("objective/entropy") - known.Average(r => (double)(room - r.Completion.Length)), tolerance, "objective/entropy");
        Assert.Equal(known.Count(r => r.Ended), Mean("val/num_eos_tokens")); // the reference's counts what was cut off too
        return experience;

        double Mean(string name) => experience.Metrics[name].Sum / experience.Metrics[name].Weight;
    }

    private void Check(RolloutBatch batch, Terms terms, double[] weights)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (_, micro, _) = Micro;
        var logProbs = models.Policy.LogProbs(batch.Text).Values;
        var values = models.Value.Values(batch.Text, batch.StepPlaces()).Values();
        var at = 0;
        for (var i = 0; i < batch.Rows.Count; i++)
        {
            var (n, steps) = (batch.Rows[i].Completion.Length, batch.Rows[i].Steps);
            Close.To(tensors[(string)micro["new_logprobs"]!].select(0, i).Values()[..n], logProbs.select(0, i).Values()[..n], tolerance, "new log-probabilities");
            Close.To(tensors[(string)micro["vpred"]!].select(0, i).Values()[..steps], values[at..(at += steps)], tolerance, "new values");
        }

        Close.To(Golden.Number(micro["pg_loss"]), terms.Losses[0].Sum.ToDouble() / weights[0], tolerance, "policy loss");
        Close.To(Golden.Number(micro["vf_loss"]), terms.Losses[1].Sum.ToDouble() / weights[1], tolerance, "value loss");
        Close.To(Golden.Number(micro["pg_clipfrac"]), Mean("policy/clipfrac_avg"), Math.Max(tolerance, 1e-6), "clipped share of the policy loss");
        Close.To(Golden.Number(micro["vf_clipfrac"]), Mean("val/clipfrac_avg"), Math.Max(tolerance, 1e-6), "clipped share of the value loss");
        var diagnostics = micro["masked_diagnostics"]!;
        Close.To(Golden.Number(diagnostics["approxkl"]), Mean("policy/approxkl_avg"), tolerance, "approximate KL");
        Close.To(Golden.Number(diagnostics["ratio"]), Mean("val/ratio"), tolerance, "ratio");
        Close.To(Golden.Number(diagnostics["entropy"]), Mean("policy/entropy_avg"), tolerance, "entropy");

        double Mean(string name) => terms.Metrics[name].Sum / terms.Metrics[name].Weight;
    }

    private Tensor Of(JsonNode update, string name) => tensors[(string)update["tensors"]![name]!];

    private static double Logged(JsonNode update, string name) => Golden.Number(update["metrics"]![name]);

    /// <summary>Compares a row's numbers with the beginning of the reference's row; what stands after it is padding.</summary>
    private void Near(JsonNode update, string name, IReadOnlyList<Rollout> rows, Func<Rollout, double[]> numbers)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            // Returns minus values are known at every step, advantages at every token.
            var ours = numbers(rows[i]);
            Close.To(Of(update, name).select(0, i).Values()[..ours.Length], ours, tolerance, $"{name} of row {i}");
        }
    }
}
