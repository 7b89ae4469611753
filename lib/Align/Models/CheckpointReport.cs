namespace Align.Models;

/// <summary>What is worth knowing about a checkpoint that was loaded.</summary>
/// <param name="Unexpected">Tensors of the checkpoint that the model has no place for; they were left out.</param>
/// <param name="NonFinite">Weights that are NaN or infinite, counted by tensor.</param>
/// <param name="Messages">All of it in sentences, with what was noticed when the folder was opened and which types were converted.</param>
public sealed record CheckpointReport(IReadOnlyList<SafetensorsTensor> Unexpected, IReadOnlyList<NonFiniteCount> NonFinite, IReadOnlyList<string> Messages);
