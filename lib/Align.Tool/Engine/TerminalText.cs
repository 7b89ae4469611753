namespace Align.Tool.Engine;

/// <summary>Text that was written for a terminal.</summary>
internal static class TerminalText
{
    /// <summary>What a terminal would show in the end: in each line only what follows the last carriage return.</summary>
    public static string Settle(string text)
    {
        if (!text.Contains('\r', StringComparison.Ordinal))
            return text;
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        return string.Join('\n', lines.Select(line => line.TrimEnd('\r')).Select(line => line[(line.LastIndexOf('\r') + 1)..]));
    }
}
