using System.Globalization;
using Align.Data;
using Align.Evaluation;
using Align.Models;
using Align.Rewards;
using Align.Runtime;
using Align.Text;

namespace Align.ToyWorld;

/// <summary>What all seeds of a show share: held-out prompts, models, and how answers are drawn and judged. A file is read when it is first asked for.</summary>
/// <param name="folder">The folder data.</param>
/// <param name="rest">The split, for reporting when absent, and seeds, 1 to 3 when absent.</param>
internal sealed class Place(string folder, string[] rest)
{
    /// <summary>How everybody answers.</summary>
    public static readonly Sampling Decoding = new(0.8);

    public string Split { get; } = rest.FirstOrDefault() ?? "report";

    public IReadOnlyList<ulong> Seeds { get; } = rest.Length > 1 ? [.. rest.Skip(1).Select(s => ulong.Parse(s, CultureInfo.InvariantCulture))] : [1, 2, 3];

    public GoldReward Gold => field ??= GoldReward.Load(Path.Combine(folder, "toy", $"prompts-{Split}.jsonl"));

    public IReadOnlyList<string> Prompts => field ??= [.. Gold.Prompts.Select(p => p.Prompt)];

    public Decoder Base => field ??= Decoder.Load(Path.Combine(folder, "models", "base"), compute: Precision.Fast);

    /// <summary>The SFT model of data/models.</summary>
    public Decoder Sft => field ??= Decoder.Load(Path.Combine(folder, "models", "sft"), compute: Precision.Fast);

    /// <summary>The same with all digits: ratios of probabilities are taken of it.</summary>
    public Decoder ExactSft => field ??= Decoder.Load(Path.Combine(folder, "models", "sft"));

    public PromptFormat Format => field ??= new PromptFormat(ByteLevelTokenizer.Load(Path.Combine(folder, "models", "base", "tokenizer.json")));

    public IReadOnlyList<Demonstration> HeldOut => field ??= [.. Jsonl.ReadDemonstrations(Path.Combine(folder, "toy", "demonstrations-choose.jsonl"))];

    /// <summary>The prompts to train on.</summary>
    public IReadOnlyList<string> Training => field ??= [.. GoldReward.Load(Path.Combine(folder, "toy", "prompts-train.jsonl")).Prompts.Select(p => p.Prompt)];

    /// <summary>Pairs of the held-out prompts.</summary>
    public IReadOnlyList<PreferencePair> Pairs => field ??= [.. Jsonl.ReadPairs(Path.Combine(folder, "toy", $"preferences-{Split}.jsonl"))];

    public GoldReport Judge(IPolicy model, ulong seed) => GoldReport.Of(Gold, model.Answer(Prompts, Format, new Rng(seed).Fork("answers"), Decoding));
}
