using Align.Methods;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;
using Align.Training;
using static TorchSharp.torch;

namespace Align.Tool.Training;

/// <summary>The methods that learn from their own answers: what they need beside a model, and how a rollout is made.</summary>
internal sealed class OnPolicy : IDisposable
{
    private readonly TrainOptions _options;
    private readonly int _pad;
    private readonly RewardChoice _reward;
    private readonly RewardModel? _value;
    private readonly Collect _collect;

    public OnPolicy(TrainOptions options, TrainingData data, TrainedModel model)
    {
        (_options, _pad) = (options, data.Tokenizer.Pad);
        if (options.Batch * options.Accumulate % options.Generations != 0)
            throw new TrainException($"--batch {options.Batch} times --accumulate {options.Accumulate} answers are no whole number of groups of --num-generations {options.Generations}.");
        _reward = new RewardChoice(options.Reward, options.Model);
        Prompts = data.Prompts();
        var sum = new RewardSum(_reward.Reward);
        var writing = new Writing(options.CompletionLength, data.EndIds, _pad, ids => data.Names.Decode(ids).Trim());
        var policy = model.Policy.AtTemperature(options.Temperature);
        var reference = options.KeepsReference ? model.Reference().AtTemperature(options.Temperature) : null;
        switch (options.Method)
        {
            case "ppo":
                _value = model.Value(options);
                var models = new PpoModels(policy, reference!, _value);
                var ppo = new PpoOptions { KlCoefficient = options.Beta, MissingEndPenalty = options.MissingEndPenalty };
                (Objective, Parameters, _collect) = (Ppo.Objective(models, ppo), models.Parameters, PpoRollout.Collect(models, sum, writing, ppo));
                break;
            case "rloo":
                (Objective, Parameters, _collect) = (Rloo.Objective(policy), model.Parameters, Rloo.Collect(policy, reference!, sum, writing, options.Generations, new RlooOptions(options.Beta)));
                break;
            default:
                var grpo = new GrpoOptions { Beta = options.Beta, GroupSize = options.Generations };
                (Objective, Parameters, _collect) = (Grpo.Objective(policy, grpo), model.Parameters, Grpo.Collect(policy, reference, sum, writing, grpo));
                break;
        }
    }

    /// <summary>What is answered.</summary>
    public IReadOnlyList<TokenizedPrompt> Prompts { get; }

    public Objective<RolloutBatch> Objective { get; }

    /// <summary>What the optimizer moves; PPO's value model is among them.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Parameters { get; }

    /// <summary>A step goes over one rollout, micro-batch by micro-batch; with several iterations so do the next steps.</summary>
    public IBatchSource<RolloutBatch> Batches(Rng rng)
    {
        var perRollout = _options.Batch * _options.Accumulate / _options.Generations;
        var asked = new Examples<TokenizedPrompt, PromptBatch>(Prompts, perRollout, (some, places) => new PromptBatch(some, places), rng.Fork("prompts"));
        return new Rollouts(asked, _collect, _pad, rng.Fork("rollouts"), _options.Iterations, _options.Accumulate);
    }

    public void Dispose()
    {
        _reward.Dispose();
        _value?.Dispose();
    }
}
