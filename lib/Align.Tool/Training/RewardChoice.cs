using Align.Models;
using Align.Rewards;
using Align.Text;

namespace Align.Tool.Training;

/// <summary>A reward by name: a rule, or a reward model's folder.</summary>
internal sealed class RewardChoice : IDisposable
{
    /// <summary>What a command says of it.</summary>
    public const string Description =
        "A reward model's folder, or a rule: length (longer is better), brevity (shorter is better), ended (1 where the answer ended by itself), think_format (1 where it begins with one <think>…</think>), repetition (minus the share of repeated trigrams).";

    private static readonly Dictionary<string, Func<Answer, double?>> Named = new()
    {
        ["length"] = answer => answer.Ids.Length,
        ["brevity"] = answer => -answer.Ids.Length,
        ["ended"] = answer => answer.Ended ? 1 : 0,
        ["think_format"] = answer => Rules.ThinkFormat(answer.Text),
        ["repetition"] = answer => Rules.Repetition(answer.Ids, 3, -1),
    };

    private readonly RewardModel? _model;

    /// <summary>Opens it.</summary>
    /// <param name="reward">The rule's name, or the folder.</param>
    /// <param name="writers">The folders of the models whose answers it will judge.</param>
    public RewardChoice(string reward, params IReadOnlyList<string> writers)
    {
        if (Named.TryGetValue(reward, out var rule))
        {
            Reward = Reward.Each(reward, rule);
            return;
        }

        if (!Directory.Exists(reward)) throw new TrainException($"There is no reward '{reward}': it is neither a folder nor one of {string.Join(", ", Named.Keys)}.");
        if (writers.FirstOrDefault(w => !SameTokenizer(w, reward)) is { } other)
            throw new TrainException($"{reward} and {other} have different tokenizer.json files. A reward model reads the tokens that were written: train one from a model with the same tokenizer.");
        _model = RewardModel.Load(reward);
        Reward = Reward.Of(_model, ExampleTokenizer.Load(reward).Pad);
    }

    public Reward Reward { get; }

    public void Dispose() => _model?.Dispose();

    private static bool SameTokenizer(string one, string other)
    {
        var (a, b) = (Path.Combine(one, "tokenizer.json"), Path.Combine(other, "tokenizer.json"));
        return !File.Exists(a) || !File.Exists(b) || File.ReadAllBytes(a).AsSpan().SequenceEqual(File.ReadAllBytes(b));
    }
}
