namespace Align.Tool.Machine;

/// <summary>One thing about the machine.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Text">What was found.</param>
/// <param name="Remedy">What to do where the finding stands in the way; null where all is well.</param>
internal sealed record Finding(string Name, string Text, string? Remedy = null);
