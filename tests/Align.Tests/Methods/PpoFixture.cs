using System.Globalization;
using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Tests.Methods;

/// <summary>A PPO run of small decoders: rollouts of four and three answers by turns, each gone over twice in two minibatches.</summary>
internal sealed class PpoFixture : IDisposable
{
    public const int Steps = 10, StepsPerRollout = 4, Room = 6, End = 2;

    private readonly Decoder _reference = TinyModels.Decoder(seed: 1, ScalarType.Float32);

    public PpoFixture(ulong seed = 1, bool onTrunk = false, int accumulate = 1, Func<Answer, double?>? reward = null, double rate = 1e-3)
    {
        Policy = TinyModels.Decoder(seed, ScalarType.Float32);
        Models = new(Policy, _reference, onTrunk ? RewardModel.OnTrunk(Policy) : RewardModel.From(Policy));
        var collect = PpoRollout.Collect(Models, new RewardSum(Reward.Each("low", reward ?? Low)), new Writing(Room, [End], PadId: 0), Options);
        Source = new Rollouts(Prompts(), collect, padId: 0, new Rng(4), epochs: 2, minibatches: 2);
        Optimizer = new AdamW(Models.Parameters);
        Run = new(Ppo.Objective(Models, Options), Source, Optimizer, Schedules.Linear(rate, Steps), Steps, accumulate)
        {
            Settings = new Dictionary<string, string> { ["kl"] = Options.KlCoefficient.ToString(CultureInfo.InvariantCulture) },
        };
    }

    public static PpoOptions Options { get; } = new() { AdaptiveKl = new AdaptiveKl(Target: 0.01, Horizon: 20), MissingEndPenalty = 0.5 };

    public Decoder Policy { get; }

    public PpoModels Models { get; }

    public Rollouts Source { get; }

    public AdamW Optimizer { get; }

    public Run<RolloutBatch> Run { get; }

    /// <summary>The share of ids below 20.</summary>
    public static double? Low(Answer a) => a.Ids.Count(id => id < 20) / (double)a.Ids.Length;

    public double[][] Weights() => [.. Models.Parameters.Select(p => p.Value.Values())];

    public void Dispose()
    {
        Optimizer.Dispose();
        Models.Value.Dispose();
        Policy.Dispose();
        _reference.Dispose();
    }

    /// <summary>Seven prompts, four and then three to a rollout.</summary>
    private static Examples<TokenizedPrompt, PromptBatch> Prompts() => new(
        [.. Enumerable.Range(0, 7).Select(i => new TokenizedPrompt($"prompt {i}", [1, .. Enumerable.Range(3, 1 + i % 3).Select(id => id + i)]))],
        4, (prompts, places) => new PromptBatch(prompts, places), new Rng(3));
}
