namespace Align.Text;

/// <summary>One completion that the policy wrote, with everything that was computed for it then: what an on-policy method trains on, and what is saved with a run.</summary>
/// <remarks>The arrays hold one number per token of the completion; <see cref="Values"/>, <see cref="Rewards"/> and <see cref="Returns"/> one per step.</remarks>
/// <param name="Place">The prompt's place in the data.</param>
/// <param name="Prompt">The prompt's ids.</param>
/// <param name="Completion">The completion's ids, at least one.</param>
/// <param name="Ended">Whether it ended by itself.</param>
public sealed record Rollout(int Place, int[] Prompt, int[] Completion, bool Ended)
{
    /// <summary>Whether it is trained on; a truncated completion may be left out and still count as a row.</summary>
    public bool Trained { get; init; } = true;

    /// <summary>The steps that have a value: one before each token, and one after the last where the room is not used up.</summary>
    public int Steps { get; init; }

    /// <summary>What the reward functions gave, penalties taken off.</summary>
    public double Score { get; init; }

    /// <summary>log π of the tokens when they were written; null where the policy has not moved since.</summary>
    public double[]? Old { get; init; }

    /// <summary>log π₀ of the tokens.</summary>
    public double[]? Reference { get; init; }

    /// <summary>V of the steps when they were written.</summary>
    public double[]? Values { get; init; }

    /// <summary>The reward of every step.</summary>
    public double[]? Rewards { get; init; }

    /// <summary>The advantage of every token.</summary>
    public double[] Advantages { get; init; } = [];

    /// <summary>What the values are trained towards.</summary>
    public double[]? Returns { get; init; }
}
