using Align.Data;
using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Tensors;
using Align.Text;
using Align.Training;

namespace Align.ToyWorld;

/// <summary>How the toy world's reward model and on-policy methods are trained: settings that were chosen on the prompts for choosing.</summary>
internal static class RlhfRecipes
{
    /// <summary>What a nat of KL costs, and the learning rate of on-policy methods. Three times the rate for a quarter of the rollouts wins less at about the same KL.</summary>
    public const double Beta = 0.1, Rate = 7e-5;

    /// <summary>The room for an answer, and answers per rollout.</summary>
    public const int MaxTokens = 56, Answers = 64;

    /// <summary>Rollouts per run.</summary>
    public const int RolloutsARun = 64;

    /// <summary>The pairs that the reward models of the show are trained on, each of a prompt of its own: eight times those of <c>data/toy</c>.</summary>
    public const int Pairs = 48_000;

    /// <summary>A reward model that begins as the SFT model and sees every pair once.</summary>
    public static (RewardModel Model, History History) Reward(Decoder sft, IEnumerable<PreferencePair> pairs, PromptFormat format, ulong seed, int batchSize = 24, double rate = 5e-4)
    {
        var model = RewardModel.From(sft);
        var tokens = Methods.Dpo.Tokenize(pairs, format);
        var batches = Methods.Dpo.CompactBatches(tokens, batchSize, format.Pad, new Rng(seed).Fork("reward"));
        return (model, Recipes.Train(model.Parameters, RewardModelling.Objective(model, centring: 0.005), batches, rate, tokens.Count / batchSize));
    }

    /// <summary>PPO from an SFT model. Its value model begins as the reward model, which knows from the start what an answer is worth; its advantages are whole returns (λ = 1).</summary>
    public static (Decoder Model, History History) Ppo(
        Decoder sft, RewardModel judge, IEnumerable<string> prompts, PromptFormat format, ulong seed, double beta = Beta, double rate = Rate, int rollouts = RolloutsARun, Guard? guard = null)
    {
        var model = sft.Copy(trainable: true);
        using var value = judge.Copy(trainable: true);
        var models = new PpoModels(model.AtTemperature(Place.Decoding.Temperature), sft.AtTemperature(Place.Decoding.Temperature), value);
        var options = new PpoOptions { KlCoefficient = beta, MissingEndPenalty = 1, ValueClip = double.PositiveInfinity, Lambda = 1 };
        var collect = PpoRollout.Collect(models, Paid(judge, format), Writing.In(format, MaxTokens), options);
        var history = Train(models, Methods.Ppo.Objective(models, options, guard), collect, prompts, Answers, format, seed, rate, rollouts, epochs: 2, minibatches: 2);
        return (model, history);
    }

    /// <summary>RLOO from an SFT model: four answers a prompt, no value model.</summary>
    public static (Decoder Model, History History) Rloo(
        Decoder sft, RewardModel judge, IEnumerable<string> prompts, PromptFormat format, ulong seed, double beta = Beta, double rate = Rate, int rollouts = RolloutsARun)
    {
        const int group = 4;
        var model = sft.Copy(trainable: true);
        var (policy, reference) = (model.AtTemperature(Place.Decoding.Temperature), sft.AtTemperature(Place.Decoding.Temperature));
        var collect = Methods.Rloo.Collect(policy, reference, Paid(judge, format), Writing.In(format, MaxTokens), group, new RlooOptions(beta));
        return (model, Train(model, Methods.Rloo.Objective(policy), collect, prompts, Answers / group, format, seed, rate, rollouts, epochs: 2, minibatches: 2));
    }

    /// <summary>GRPO from an SFT model: eight answers a prompt.</summary>
    public static (Decoder Model, History History) Grpo(
        Decoder sft, RewardModel judge, IEnumerable<string> prompts, PromptFormat format, ulong seed, double beta = Beta, double rate = Rate, int rollouts = RolloutsARun)
    {
        var model = sft.Copy(trainable: true);
        var (policy, reference) = (model.AtTemperature(Place.Decoding.Temperature), sft.AtTemperature(Place.Decoding.Temperature));
        var options = new GrpoOptions { Beta = beta, GroupSize = 8 };
        var collect = Methods.Grpo.Collect(policy, reference, Paid(judge, format), Writing.In(format, MaxTokens), options);
        return (model, Train(model, Methods.Grpo.Objective(policy, options), collect, prompts, Answers / options.GroupSize, format, seed, rate, rollouts, epochs: 2, minibatches: 2));
    }

    /// <summary>The reward model's score and nothing else.</summary>
    public static RewardSum Paid(RewardModel judge, PromptFormat format) => new(Align.Rewards.Reward.Of(judge, format.Pad));

    private static History Train(
        ITrainable trained, Objective<RolloutBatch> objective, Collect collect, IEnumerable<string> prompts, int perRollout,
        PromptFormat format, ulong seed, double rate, int rollouts, int epochs, int minibatches)
    {
        using var optimizer = new AdamW(trained.Parameters, 0.9, 0.99);
        var rng = new Rng(seed);
        var asked = new Examples<TokenizedPrompt, PromptBatch>(Writing.Tokenize(prompts, format), perRollout, (some, places) => new PromptBatch(some, places), rng.Fork("prompts"));
        var steps = rollouts * epochs * minibatches;
        var run = new Run<RolloutBatch>(
            objective, new Rollouts(asked, collect, format.Pad, rng.Fork("rollouts"), epochs, minibatches), optimizer, Schedules.Linear(rate, steps, steps / 10), steps);
        foreach (var _ in run.Train()) { }
        return run.History;
    }
}
