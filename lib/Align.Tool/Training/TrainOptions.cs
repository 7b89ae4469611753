using System.Globalization;

namespace Align.Tool.Training;

/// <summary>What <c>align train</c> was asked for. Names are TRL's where they mean the same.</summary>
internal sealed record TrainOptions
{
    public required string Method { get; init; }

    public required string Model { get; init; }

    public required string Data { get; init; }

    public required string Output { get; init; }

    public double Beta { get; init; }

    public double Gamma { get; init; }

    public string Reward { get; init; } = "";

    public int Generations { get; init; } = 1;

    public int CompletionLength { get; init; }

    public double Temperature { get; init; } = 1;

    public int Iterations { get; init; } = 1;

    public double MissingEndPenalty { get; init; }

    /// <summary>Whether the method learns from its own answers.</summary>
    public bool IsOnPolicy => Method is "ppo" or "rloo" or "grpo";

    /// <summary>Whether a reference is asked all the time, and not only before the first step.</summary>
    public bool KeepsReference => IsOnPolicy && !(Method == "grpo" && Beta == 0);

    public int Batch { get; init; }

    public int Accumulate { get; init; }

    public double Epochs { get; init; }

    public int MaxSteps { get; init; }

    public double LearningRate { get; init; }

    public double Warmup { get; init; }

    public string Schedule { get; init; } = "";

    public double WeightDecay { get; init; }

    public double MaxGradientNorm { get; init; }

    public int MaxLength { get; init; }

    public int Seed { get; init; }

    public int LoggingSteps { get; init; }

    public int SaveSteps { get; init; }

    public bool BFloat16 { get; init; }

    public bool Lora { get; init; }

    public int LoraRank { get; init; }

    public double LoraAlpha { get; init; }

    public string[] LoraTargets { get; init; } = [];

    public bool Merge { get; init; }

    public bool SkipBadRows { get; init; }

    public bool SpecialsInContent { get; init; }

    public bool Resume { get; init; }

    public bool DryRun { get; init; }

    /// <summary>Everything that decides the numbers, as text: saved with the run and compared when it is resumed.</summary>
    public IReadOnlyDictionary<string, string> Settings => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["method"] = Method,
        ["beta"] = Text(Beta),
        ["gamma"] = Text(Gamma),
        ["batch"] = Text(Batch),
        ["epochs"] = Text(Epochs),
        ["max_steps"] = Text(MaxSteps),
        ["lr"] = Text(LearningRate),
        ["warmup_ratio"] = Text(Warmup),
        ["lr_scheduler_type"] = Schedule,
        ["weight_decay"] = Text(WeightDecay),
        ["max_grad_norm"] = Text(MaxGradientNorm),
        ["max_length"] = Text(MaxLength),
        ["seed"] = Text(Seed),
        ["rollouts"] = IsOnPolicy ? string.Create(CultureInfo.InvariantCulture, $"reward={Reward} num_generations={Generations} max_completion_length={CompletionLength} temperature={Temperature} num_iterations={Iterations} missing_eos_penalty={MissingEndPenalty}") : "none",
        ["lora"] = Lora ? $"r={LoraRank} alpha={Text(LoraAlpha)} targets={string.Join(',', LoraTargets)}" : "none",
    };

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
