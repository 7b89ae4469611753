namespace Align.Models;

/// <summary>Which matrices get low-rank adapters, and how large. The words in parentheses are those of PEFT's <c>adapter_config.json</c>.</summary>
public sealed record LoraConfig
{
    /// <summary>As a target: every matrix of every layer, the output embedding not among them.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>r, the rank (<c>r</c>).</summary>
    public int Rank { get; init; } = 16;

    /// <summary>α: what an adapter gives is scaled by α/r (<c>lora_alpha</c>).</summary>
    public double Alpha { get; init; } = 32;

    /// <summary>The matrices, by the ends of their paths, such as <c>q_proj</c> (<c>target_modules</c>).</summary>
    public IReadOnlyList<string> Targets { get; init; } = [AllLinear];

    /// <summary>Scales by α/√r instead (<c>use_rslora</c>; Kalajdzievski 2023, https://arxiv.org/abs/2312.03732).</summary>
    public bool RankStabilised { get; init; }

    /// <summary>Other ranks for some matrices: a regular expression for the end of the path, and r (<c>rank_pattern</c>).</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    /// <summary>Other α for some matrices (<c>alpha_pattern</c>).</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>Modules that are trained whole, in copies of their own (<c>modules_to_save</c>).</summary>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];
}
