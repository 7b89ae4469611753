using System.Text.RegularExpressions;

namespace Align.Annotation;

/// <summary>What a judge makes of two answers.</summary>
public enum Preference
{
    /// <summary>The first is better, in whatever order they were shown.</summary>
    First,

    /// <summary>The second is better.</summary>
    Second,

    /// <summary>The judge named one when they were shown in one order and the other in the other: it cannot tell them apart.</summary>
    Tie,

    /// <summary>The judge did not reply with one of the two letters.</summary>
    Unparsed,
}

/// <summary>Reads a judge's reply.</summary>
public static partial class JudgeReply
{
    /// <summary>A or B where the reply is that letter and nothing else but white space and signs; null for everything else, an empty reply and prose too.</summary>
    /// <remarks>What a model thinks aloud between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c> is passed over.</remarks>
    public static char? Parse(string reply)
    {
        var end = reply.LastIndexOf("</think>", StringComparison.Ordinal);
        var match = Letter.Match(end < 0 ? reply : reply[(end + "</think>".Length)..]);
        return match.Success ? char.ToUpperInvariant(match.Groups[1].Value[0]) : null;
    }

    [GeneratedRegex(@"^[^\p{L}\p{N}]*([ABab])[^\p{L}\p{N}]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Letter { get; }
}
