using Align.Models;
using Align.Tensors;
using Align.Text;
using Align.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Align.Methods;

/// <summary>The models of a PPO run beside the reward.</summary>
/// <param name="Policy">What is trained; at another temperature it is <see cref="Temperatures.AtTemperature"/>.</param>
/// <param name="Reference">π₀, frozen, at the same temperature.</param>
/// <param name="Value">What says what was to be expected: a model of its own, which usually begins as a copy of the reward model, or a head on the policy's trunk (<see cref="RewardModel.OnTrunk"/>).</param>
public sealed record PpoModels(IPolicy Policy, IPolicy Reference, RewardModel Value) : ITrainable
{
    /// <summary>What the optimizer moves: the policy's weights, and the value model's under <c>value.</c></summary>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters =>
        [.. Policy.Untempered() is ITrainable t ? t.Parameters : [], .. Value.Parameters.Select(p => ("value." + p.Name, p.Value))];

    /// <summary>Log-probabilities, and the values of all steps, row after row. Where both stand on one trunk it is gone through once.</summary>
    internal (PolicyTokens Tokens, TokenStatistics? Statistics, Tensor Values) Read(RolloutBatch batch, bool statistics)
    {
        using var scope = NewDisposeScope();
        var places = batch.StepPlaces();                                                              // [S]
        Tensor values;
        TokenLogProbs logProbs;
        TokenStatistics? s;
        if (ReferenceEquals(Value.Trunk, Policy.Untempered()))
        {
            var hidden = Policy.Hidden(batch.Text, tensor(places, ScalarType.Int64, Policy.Device));  // [S, H]
            var predicting = tensor(BeforeTokens(batch), ScalarType.Int64, Policy.Device);            // [N]
            (logProbs, s) = Policy.Score(batch.Text, hidden.index_select(0, predicting), statistics);
            values = Value.Read(hidden);
        }
        else
        {
            (logProbs, s) = Policy.Score(batch.Text, statistics);
            values = Value.Values(batch.Text, places);
        }

        var x = batch.Tokens(logProbs);
        foreach (var tensor in new[] { x.LogProbs, x.Old, x.Advantages, x.Mask, x.Reference, s?.Entropy, values }) tensor?.MoveToOuterDisposeScope();
        return (x, s, values);
    }

    /// <summary>Which steps predict a token: all but the one after the last.</summary>
    private static long[] BeforeTokens(RolloutBatch batch)
    {
        var (places, first) = (new List<long>(), 0L);
        foreach (var row in batch.Rows)
        {
            for (var t = 0; t < row.Completion.Length; t++) places.Add(first + t);
            first += row.Steps;
        }

        return [.. places];
    }
}

/// <summary>The settings of PPO.</summary>
public sealed record PpoOptions
{
    /// <summary>ε of the policy loss.</summary>
    public double Clip { get; init; } = 0.2;

    /// <summary>ε of the value loss; infinity clips nothing.</summary>
    public double ValueClip { get; init; } = 0.2;

    /// <summary>The value loss's factor.</summary>
    public double ValueCoefficient { get; init; } = 0.1;

    /// <summary>β, what a nat of KL to the reference costs.</summary>
    public double KlCoefficient { get; init; } = 0.05;

    /// <summary>How the KL of a token is estimated: k1 where the optimum matters, k3 where no token may be paid for.</summary>
    public KlEstimator Kl { get; init; } = Tensors.Kl.K1;

    /// <summary>Moves β after every rollout so that the KL comes to a target; null keeps it.</summary>
    public AdaptiveKl? AdaptiveKl { get; init; }

    /// <summary>γ, the discount.</summary>
    public double Gamma { get; init; } = 1;

    /// <summary>λ of generalised advantage estimation.</summary>
    public double Lambda { get; init; } = 0.95;

    /// <summary>What is taken off the score of an answer that did not end by itself.</summary>
    public double MissingEndPenalty { get; init; }

    /// <summary>Whether the rewards of all steps of a rollout are scaled to variance 1, their mean kept.</summary>
    public bool WhitenRewards { get; init; }

    /// <summary>Rollouts per pass of a model when they are scored.</summary>
    public int ScoreBatch { get; init; } = 32;

    internal void Check()
    {
        LossSettingException.ThrowUnlessPositive(Clip);
        LossSettingException.ThrowUnless(ValueClip > 0, nameof(ValueClip), ValueClip, "above 0");
        LossSettingException.ThrowUnlessFactor(ValueCoefficient);
        LossSettingException.ThrowUnlessFactor(KlCoefficient);
        LossSettingException.ThrowUnlessFactor(MissingEndPenalty);
        LossSettingException.ThrowUnless(Gamma is >= 0 and <= 1, nameof(Gamma), Gamma, "within [0, 1]");
        LossSettingException.ThrowUnless(Lambda is >= 0 and <= 1, nameof(Lambda), Lambda, "within [0, 1]");
        LossSettingException.ThrowUnless(ScoreBatch >= 1, nameof(ScoreBatch), ScoreBatch, "at least 1");
        if (AdaptiveKl is not { } adaptive) return;
        LossSettingException.ThrowUnlessPositive(adaptive.Target);
        LossSettingException.ThrowUnlessPositive(adaptive.Horizon);
    }
}

/// <summary>Moves β towards a target KL (Ziegler et al. 2019, https://arxiv.org/abs/1909.08593, § 2.2, with n/horizon for its gain): β ← β·(1 + clip(KL/target − 1, ±0.2)·n/horizon).</summary>
/// <param name="Target">The KL wanted, in nats per completion.</param>
/// <param name="Horizon">The completions over which β moves by its own size at most five times.</param>
public sealed record AdaptiveKl(double Target, double Horizon = 10000)
{
    /// <summary>The next β.</summary>
    /// <param name="coefficient">β.</param>
    /// <param name="kl">The KL measured with it.</param>
    /// <param name="completions">n, over how many completions.</param>
    public double Next(double coefficient, double kl, int completions) => coefficient * (1 + Math.Clamp(kl / Target - 1, -0.2, 0.2) * completions / Horizon);
}
