using Align.Tensors;

namespace Align.Methods;

/// <summary>The settings of GRPO and its family.</summary>
public sealed record GrpoOptions
{
    /// <summary>G, the answers per prompt.</summary>
    public int GroupSize { get; init; } = 8;

    /// <summary>Which standard deviation divides the advantages.</summary>
    public GroupScale Scale { get; init; } = GroupScale.Group;

    /// <summary>Whether each reward function is scaled on its own before they are summed.</summary>
    public bool ScaleEachReward { get; init; }

    /// <summary>Whether answers that did not end are left out of the loss, though not of the group.</summary>
    public bool LeaveOutTruncated { get; init; }

    /// <summary>Whether a rollout makes one step only: ρ is then 1 at every token, and the log-probabilities that it is taken from need no pass of their own.</summary>
    public bool OnPolicy { get; init; }

    /// <summary>How far ρ may fall.</summary>
    public double Epsilon { get; init; } = 0.2;

    /// <summary>How far ρ may rise; as far as it may fall when absent.</summary>
    public double? EpsilonHigh { get; init; }

    /// <summary>What also holds ρ where A is below 0; null for none.</summary>
    public double? Delta { get; init; }

    /// <summary>Whether ρ is of a token or of its completion.</summary>
    public RatioLevel Level { get; init; } = RatioLevel.Token;

    /// <summary>How tokens are averaged.</summary>
    public TokenAverage Average { get; init; } = TokenAverage.Tokens;

    /// <summary>β, the factor of the KL to the reference; 0 needs no reference.</summary>
    public double Beta { get; init; }

    /// <summary>Whether the KL is multiplied by ρ.</summary>
    public bool CorrectKl { get; init; }

    /// <summary>The factor of the entropy in the loss.</summary>
    public double EntropyBonus { get; init; }

    internal void Check()
    {
        LossSettingException.ThrowUnless(GroupSize >= 2, nameof(GroupSize), GroupSize, "at least 2: an answer is compared with the others");
        LossSettingException.ThrowUnlessPositive(Epsilon);
        LossSettingException.ThrowUnlessPositive(EpsilonHigh ?? 1, nameof(EpsilonHigh));
        LossSettingException.ThrowUnlessPositive(Delta ?? 1, nameof(Delta));
        LossSettingException.ThrowUnlessFactor(Beta);
        LossSettingException.ThrowUnless(double.IsFinite(EntropyBonus), nameof(EntropyBonus), EntropyBonus, "a number");
    }
}
