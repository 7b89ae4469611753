namespace Align.Data;

/// <summary>A prompt and an answer to imitate: the data of supervised fine-tuning.</summary>
/// <param name="Prompt">What the person says.</param>
/// <param name="Completion">What the model should answer.</param>
public sealed record Demonstration(string Prompt, string Completion);

/// <summary>Two answers to one prompt, the first preferred: the data of reward models, DPO and ORPO.</summary>
/// <param name="Prompt">What the person says.</param>
/// <param name="Chosen">The preferred answer y⁺.</param>
/// <param name="Rejected">The other answer y⁻.</param>
/// <param name="Margin">By how much the chosen answer is better, where the data says so.</param>
public sealed record PreferencePair(string Prompt, string Chosen, string Rejected, double? Margin = null);

/// <summary>One answer and whether it is wanted: the data of KTO and BCO, which need no pairs.</summary>
/// <param name="Prompt">What the person says.</param>
/// <param name="Completion">The answer that was judged.</param>
/// <param name="Desirable">Whether it was found good.</param>
public sealed record Judgement(string Prompt, string Completion, bool Desirable);
