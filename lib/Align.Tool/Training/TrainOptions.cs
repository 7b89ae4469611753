using System.CommandLine;
using System.CommandLine.Help;
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

    /// <summary>Whether a row that is too long loses its beginning.</summary>
    public bool KeepEnd { get; init; }

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

    /// <summary>Every option of the command with its value, as text: what <c>run.json</c> and the model card record.</summary>
    public required IReadOnlyDictionary<string, string> Given { get; init; }

    /// <summary>Options that decide nothing about the numbers; of the model and the data the content counts, not the path.</summary>
    public static IReadOnlyList<string> Free { get; } = ["model", "data", "output", "logging_steps", "save_steps", "merge", "resume", "dry_run"];

    /// <summary>What was given or taken by default, in the order of the names.</summary>
    public static IReadOnlyDictionary<string, string> Written(ParseResult result) => new SortedDictionary<string, string>(
        result.CommandResult.Command.Options.Where(o => o is not HelpOption).ToDictionary(o => o.Name.TrimStart('-').Replace('-', '_'), o => Text(result.GetResult(o)?.GetValueOrDefault<object>())),
        StringComparer.Ordinal)
    {
        ["method"] = result.CommandResult.Command.Name,
    };

    private static string Text(object? value) => value switch
    {
        null or false => "false",
        true => "true",
        string text => text,
        IEnumerable<string> several => string.Join(',', several),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
