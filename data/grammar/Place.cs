using Align.Data;
using Align.Evaluation;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;

namespace Align.ToyWorld;

/// <summary>What all seeds of a show share: held-out prompts, models, and how answers are drawn and judged.</summary>
internal sealed class Place
{
    /// <summary>How everybody answers.</summary>
    public static readonly Sampling Decoding = new(0.8);

    public Place(string folder, string split)
    {
        Gold = GoldReward.Load(Path.Combine(folder, "toy", $"prompts-{split}.jsonl"));
        Prompts = [.. Gold.Prompts.Select(p => p.Prompt)];
        Base = Decoder.Load(Path.Combine(folder, "models", "base"), compute: Precision.Fast);
        Sft = Decoder.Load(Path.Combine(folder, "models", "sft"), compute: Precision.Fast);
        ExactSft = Decoder.Load(Path.Combine(folder, "models", "sft"));
        Format = new PromptFormat(ByteLevelTokenizer.Load(Path.Combine(folder, "models", "base", "tokenizer.json")));
        HeldOut = [.. Jsonl.ReadDemonstrations(Path.Combine(folder, "toy", "demonstrations-choose.jsonl"))];
        Training = [.. GoldReward.Load(Path.Combine(folder, "toy", "prompts-train.jsonl")).Prompts.Select(p => p.Prompt)];
        Pairs = [.. Jsonl.ReadPairs(Path.Combine(folder, "toy", $"preferences-{split}.jsonl"))];
    }

    public GoldReward Gold { get; }

    public IReadOnlyList<string> Prompts { get; }

    public Decoder Base { get; }

    /// <summary>The SFT model of data/models.</summary>
    public Decoder Sft { get; }

    /// <summary>The same with all digits: ratios of probabilities are taken of it.</summary>
    public Decoder ExactSft { get; }

    public PromptFormat Format { get; }

    public IReadOnlyList<Demonstration> HeldOut { get; }

    /// <summary>The prompts to train on.</summary>
    public IReadOnlyList<string> Training { get; }

    /// <summary>Pairs of the held-out prompts.</summary>
    public IReadOnlyList<PreferencePair> Pairs { get; }

    public GoldReport Judge(IPolicy model, ulong seed) => GoldReport.Of(Gold, model.Answer(Prompts, Format, new Rng(seed).Fork("answers"), Decoding));
}
