using System.Reflection;
using System.Text.Json.Nodes;

namespace Align.Tool.Jupyter;

/// <summary>What the kernel says about itself.</summary>
internal static class KernelInfo
{
    /// <summary>The version of the message protocol.</summary>
    public const string Protocol = "5.3";

    private static string Version { get; } = typeof(KernelInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The content of a <c>kernel_info_reply</c>.</summary>
    public static JsonObject Reply() => new()
    {
        ["status"] = "ok",
        ["protocol_version"] = Protocol,
        ["implementation"] = "align",
        ["implementation_version"] = Version,
        ["language_info"] = new JsonObject
        {
            ["name"] = "C#",
            ["version"] = "14.0",
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
            ["codemirror_mode"] = "text/x-csharp",
        },
        ["banner"] = $"Align {Version}: C# script with the alignment kit",
        ["help_links"] = new JsonArray(),
    };
}
